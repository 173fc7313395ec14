// Package recorded holds the snapshot that the standalone program starts from. `make portfolio` plays it anew.
package recorded

import _ "embed"

//go:embed portfolio.tar.zst
var snapshot []byte

// Snapshot returns the snapshot.
func Snapshot() []byte { return snapshot }
