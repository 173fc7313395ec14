// Package recorded holds answers of the public registers about invented enterprises, in the
// registers' own JSON. Package fictional says who they are; the files are written by the program
// beside this package and never by hand.
package recorded

import (
	"embed"
	"io/fs"
)

//go:generate go run ../record

//go:embed enheter roller frivillige altinn regnskap
var files embed.FS

// Answers returns the files: enheter, roller, frivillige, regnskap and altinn, each with one file per
// organisation number.
func Answers() fs.FS { return files }
