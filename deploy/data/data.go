// Package data holds what the report AFI 2020:10 says, as the files that `saakorn import` loads.
package data

import "embed"

//go:embed *.csv
var report embed.FS

// Report returns the files.
func Report() embed.FS { return report }
