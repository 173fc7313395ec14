// Package page reads and writes page tokens (AIP-158). A token holds the place where the next page
// begins and which list it belongs to, so that it cannot be used with other filters.
package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"

	"saakorn/services/platform/fault"
)

// The sizes of a page when the caller does not say, and at most.
const (
	defaultSize = 50
	maxSize     = 200
)

// Request is a list request of the contract.
type Request interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

type token[P any] struct {
	Place P      `json:"p"`
	List  []byte `json:"l"`
}

// Size returns how many rows the page has.
func Size(r Request) int {
	switch size := int(r.GetPageSize()); {
	case size == 0:
		return defaultSize
	case size > maxSize:
		return maxSize
	default:
		return size
	}
}

// Place returns where the page begins, and first when the caller asks for the first page. The
// fault for a token that was not given for this list names the field page_token.
func Place[P any](r Request, first P) (P, error) {
	if r.GetPageToken() == "" {
		return first, nil
	}
	bad := fault.Field("page_token", "BAD_PAGE_TOKEN", "send the next_page_token of the same list, with the same filters")
	raw, err := base64.RawURLEncoding.DecodeString(r.GetPageToken())
	if err != nil {
		return first, bad
	}
	var t token[P]
	// No place holds the character U+0000, and the database has no room for it.
	if err := json.Unmarshal(raw, &t); err != nil || bytes.Contains(raw, []byte(`\u0000`)) {
		return first, bad
	}
	list, err := fingerprint(r)
	if err != nil {
		return first, err
	}
	if string(t.List) != string(list) {
		return first, bad
	}
	return t.Place, nil
}

// Cut returns the rows of the page and the token of the next one; list more rows than Size by one
// to know whether there is one. place says where the page after a row begins.
func Cut[R, P any](r Request, rows []R, place func(last R) P) ([]R, string, error) {
	size := Size(r)
	if len(rows) <= size {
		return rows, "", nil
	}
	rows = rows[:size]
	list, err := fingerprint(r)
	if err != nil {
		return nil, "", err
	}
	raw, err := json.Marshal(token[P]{place(rows[size-1]), list})
	if err != nil {
		return nil, "", fmt.Errorf("write a page token: %w", err)
	}
	return rows, base64.RawURLEncoding.EncodeToString(raw), nil
}

// fingerprint tells lists apart by everything in the request but the page.
func fingerprint(r Request) ([]byte, error) {
	list := proto.Clone(r)
	fields := list.ProtoReflect().Descriptor().Fields()
	list.ProtoReflect().Clear(fields.ByName("page_size"))
	list.ProtoReflect().Clear(fields.ByName("page_token"))
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("write a page token: %w", err)
	}
	sum := sha256.Sum256(append([]byte(list.ProtoReflect().Descriptor().FullName()), raw...))
	return sum[:8], nil
}
