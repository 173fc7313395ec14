package scheme

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
)

func moments(t *testing.T, texts ...string) []time.Time {
	t.Helper()
	var read []time.Time
	for _, text := range texts {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, moment)
	}
	return read
}

// reasons returns "field REASON" for each violation of a fault, or the reason of another fault.
func reasons(err error) []string {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return nil
	}
	if f.Kind != fault.Invalid {
		return []string{f.Reason}
	}
	var found []string
	for _, v := range f.Violations {
		found = append(found, v.Field+" "+v.Reason)
	}
	slices.Sort(found)
	return found
}

func TestStateOfACallFollowsItsTimes(t *testing.T) {
	at := moments(t, "2027-01-01T08:00:00Z", "2027-02-01T11:00:00Z")
	call := Call{OpensAt: at[0], ClosesAt: at[1]}
	tests := []struct {
		now  time.Time
		want CallState
	}{
		{at[0].Add(-time.Microsecond), CallPlanned},
		{at[0], CallOpen},
		{at[1].Add(-time.Microsecond), CallOpen},
		{at[1], CallClosed},
	}
	for _, test := range tests {
		if got := call.State(test.now); got != test.want {
			t.Errorf("%v: %s, want %s", test.now, got, test.want)
		}
	}
}

func TestNewCallNamesEveryFieldToMend(t *testing.T) {
	d := published2019(t)
	at := moments(t, "2019-01-01T00:00:00Z", "2019-01-15T08:00:00Z", "2019-02-15T11:00:00Z", "2018-08-31T21:59:59Z")
	now, opens, closes, beforeValid := at[0], at[1], at[2], at[3]
	title := Text{Nb: "Tilskudd", Nn: "Tilskot", En: "Grant"}
	tests := []struct {
		name string
		a    Announcement
		want []string
	}{
		{"all is well", Announcement{Title: title, GrantYear: 2019, OpensAt: opens, ClosesAt: closes}, nil},
		{"opens at once", Announcement{Title: title, GrantYear: 2019, OpensAt: now.Add(-time.Hour), ClosesAt: closes}, nil},
		{
			"nothing is well", Announcement{Title: Text{Nb: "Tilskudd", En: strings.Repeat("ø", 201)}, GrantYear: 2011, OpensAt: opens, ClosesAt: opens},
			[]string{"closes_at NOT_AFTER_OPENING", "grant_year NO_FRAME", "title.en TOO_LONG", "title.nn REQUIRED"},
		},
		{
			"has closed already", Announcement{Title: title, GrantYear: 2019, OpensAt: now.Add(-time.Hour), ClosesAt: now},
			[]string{"closes_at IN_THE_PAST"},
		},
		{
			// 31 August 23:59:59 in Oslo.
			"opens a second before the version is valid", Announcement{Title: title, GrantYear: 2019, OpensAt: beforeValid, ClosesAt: closes},
			[]string{"opens_at VERSION_NOT_VALID"},
		},
		{
			"opens when the version becomes valid", Announcement{Title: title, GrantYear: 2019, OpensAt: beforeValid.Add(time.Second), ClosesAt: closes},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewCall(uuid.New(), d, test.a, now)
			if err != nil && len(test.want) == 0 {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, reasons(err)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatMayChangeDependsOnWhereTheCallStands(t *testing.T) {
	d := published2019(t)
	at := moments(t, "2019-01-15T08:00:00Z", "2019-02-15T11:00:00Z")
	title := Text{Nb: "Tilskudd", Nn: "Tilskot", En: "Grant"}
	call := Call{Revision: 3, Title: title, OpensAt: at[0], ClosesAt: at[1]}
	planned, open, closed := at[0].Add(-time.Hour), at[0], at[1]
	tests := []struct {
		name string
		now  time.Time
		to   CallChange
		want []string
	}{
		{"planned: moved", planned, CallChange{title, at[0].Add(time.Hour), at[1].Add(-time.Hour)}, nil},
		{"planned: closes before it opens", planned, CallChange{title, at[1], at[0]}, []string{"closes_at NOT_AFTER_OPENING"}},
		{"planned: without a title", planned, CallChange{Text{}, at[0], at[1]}, []string{"title.en REQUIRED", "title.nb REQUIRED", "title.nn REQUIRED"}},
		{"open: extended", open, CallChange{title, at[0], at[1].Add(time.Second)}, nil},
		{"open: new title", open, CallChange{Text{Nb: "a", Nn: "b", En: "c"}, at[0], at[1]}, nil},
		{"open: shortened", open, CallChange{title, at[0], at[1].Add(-time.Second)}, []string{"closes_at SHORTENED"}},
		{"open: opening moved", open, CallChange{title, at[0].Add(time.Hour), at[1]}, []string{"opens_at ALREADY_OPEN"}},
		{"closed: extended", closed, CallChange{title, at[0], at[1].Add(time.Hour)}, []string{"CALL_CLOSED"}},
		{"closed: new title", closed, CallChange{Text{Nb: "a", Nn: "b", En: "c"}, at[0], at[1]}, []string{"CALL_CLOSED"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := call.Change(d, test.to, test.now)
			if diff := cmp.Diff(test.want, reasons(err)); diff != "" {
				t.Fatalf("reasons (-want +got):\n%s", diff)
			}
			want := call
			if err == nil {
				want.Revision, want.Title, want.OpensAt, want.ClosesAt = 4, test.to.Title, test.to.OpensAt, test.to.ClosesAt
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("call (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallUsesTheNewestVersionThatIsValidWhenItOpens(t *testing.T) {
	day := func(year int) calendar.Date { return calendar.Date{Year: year, Month: time.September, Day: 1} }
	editions := []Edition{{"s", "2027-1", day(2026)}, {"s", "2020-1", day(2019)}, {"s", "2019-1", day(2018)}}
	at := moments(t, "2019-08-31T21:59:59Z", "2019-08-31T22:00:00Z", "2018-08-31T21:59:59Z")
	tests := []struct {
		name     string
		editions []Edition
		wanted   string
		opens    time.Time
		version  string
		want     []string
	}{
		{"the evening before", editions, "", at[0], "2019-1", nil},
		{"from midnight", editions, "", at[1], "2020-1", nil},
		{"an older one when asked for", editions, "2019-1", at[1], "2019-1", nil},
		{"none is valid yet", editions, "", at[2], "", []string{"opens_at NO_VALID_VERSION"}},
		{"unknown version", editions, "2020-2", at[1], "", []string{"scheme_version UNKNOWN_VERSION"}},
		{"unknown scheme", nil, "", at[1], "", []string{"scheme_id UNKNOWN_SCHEME"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ChooseEdition(test.editions, test.wanted, test.opens)
			if got.Version != test.version {
				t.Errorf("version %q, want %q", got.Version, test.version)
			}
			if diff := cmp.Diff(test.want, reasons(err)); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}
