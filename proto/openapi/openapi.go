// Package openapi holds the description of the contract as JSON over HTTP.
package openapi

import _ "embed"

//go:embed saakorn.swagger.json
var description []byte

// Description returns the OpenAPI 2 document of the JSON API.
func Description() []byte { return description }
