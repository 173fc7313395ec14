package page_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
)

type place struct{ Name string }

func TestPagesTogetherHoldEveryRowOnce(t *testing.T) {
	rows := []string{"a", "b", "c", "d", "e"}
	var seen []string
	r := &saakornv1.ListEnterprisesRequest{PageSize: 2, Query: "x"}
	for pages := 1; ; pages++ {
		from, err := page.Place(r, place{})
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		if from.Name != "" {
			i = slices.Index(rows, from.Name) + 1
		}
		// As a query with a limit of one more than the page.
		found := rows[i:min(i+page.Size(r)+1, len(rows))]
		found, next, err := page.Cut(r, found, func(last string) place { return place{last} })
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, found...)
		if next == "" {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		if pages > len(rows) {
			t.Fatal("the pages never end")
		}
		r.PageToken = next
	}
	if !slices.Equal(seen, rows) {
		t.Errorf("saw %v, want %v", seen, rows)
	}
}

func TestTheSizeOfAPage(t *testing.T) {
	for asked, want := range map[int32]int{0: 50, 1: 1, 200: 200, 201: 200} {
		if got := page.Size(&saakornv1.ListEnterprisesRequest{PageSize: asked}); got != want {
			t.Errorf("asked for %d: %d rows, want %d", asked, got, want)
		}
	}
}

func TestATokenThatWasNotGivenForTheListIsRefused(t *testing.T) {
	r := &saakornv1.ListEnterprisesRequest{PageSize: 1, Query: "x"}
	_, token, err := page.Cut(r, []string{"a", "b"}, func(last string) place { return place{last} })
	if err != nil {
		t.Fatal(err)
	}
	other := proto.CloneOf(r)
	other.Query, other.PageToken = "y", token
	tests := map[string]page.Request{
		"other filters": other,
		"another list":  &saakornv1.ListNavUnitsRequest{PageToken: token},
		"not base64":    &saakornv1.ListEnterprisesRequest{Query: "x", PageToken: "æ"},
		"not JSON":      &saakornv1.ListEnterprisesRequest{Query: "x", PageToken: base64.RawURLEncoding.EncodeToString([]byte("{"))},
		"a NUL":         &saakornv1.ListEnterprisesRequest{Query: "x", PageToken: withNUL(t, token)},
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			from, err := page.Place(r, place{"first"})
			f, ok := errors.AsType[*fault.Fault](err)
			if !ok || len(f.Violations) != 1 || f.Violations[0].Field != "page_token" || f.Violations[0].Reason != "BAD_PAGE_TOKEN" {
				t.Errorf("got %v and %v", from, err)
			}
		})
	}
}

// withNUL returns the token of the same list with a place that the database cannot compare with.
func withNUL(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	var parts map[string]any
	if err := json.Unmarshal(raw, &parts); err != nil {
		t.Fatal(err)
	}
	parts["p"] = place{"a\x00"}
	if raw, err = json.Marshal(parts); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}
