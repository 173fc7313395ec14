package application_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	writing "saakorn/services/application/fictional"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// nobodysNumber is a valid national identity number of the synthetic kind (month raised by 80).
const nobodysNumber = "01819100140"

// The call that the rules are held against, and moments around it.
var (
	opens   = calendar.Date{Year: 2019, Month: time.January, Day: 7}.At(8, 0)
	inTime  = opens.AddDate(0, 0, 1)
	closes  = calendar.Date{Year: 2019, Month: time.January, Day: 29}.At(0, 0)
	graceIs = 48 * time.Hour
)

// published reads the scheme files once.
var published = sync.OnceValues(scheme.Published)

// rules returns a call under the scheme of 2019, which receives late for two days. The test may
// change the rules at their top level.
func rules(t *testing.T) application.Round {
	t.Helper()
	sources, err := published()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(sources, func(s scheme.Source) bool { return s.Definition.Version == "2019-1" })
	if i < 0 {
		t.Fatal("no scheme of 2019")
	}
	d := *sources[i].Definition
	return application.Round{Scheme: &d, Call: scheme.Call{
		ID: uuid.New(), SchemeID: d.ID, SchemeVersion: d.Version, Code: "SE-2019", GrantYear: 2019, OpensAt: opens, ClosesAt: closes,
	}}
}

// refusing is rules without grace.
func refusing(t *testing.T) application.Round {
	r := rules(t)
	r.Scheme.Deadlines.Late = scheme.LateRule{Policy: scheme.LateRefuse}
	return r
}

// draft returns a complete draft of a new ordinary application, and the files it needs.
func draft(t *testing.T) (application.Application, []application.Attachment) {
	t.Helper()
	a := application.Application{
		ID: uuid.New(), Revision: 7, Type: scheme.NewOrdinary, State: application.Draft, Unsubmitted: true,
		Content: content(scheme.NewOrdinary), CreatedAt: opens.Add(time.Hour),
	}
	return a, []application.Attachment{{ID: uuid.New(), ApplicationID: a.ID, Kind: "articles_of_association", SHA256: "aa", SizeBytes: 10}}
}

func content(kind scheme.ApplicationTypeKey) *saakornv1.ApplicationContent {
	return writing.Content(rand.New(rand.NewPCG(3, 4)), writing.Applicant{
		Enterprise: "Spirehagen (fiktiv)", Contact: "Amina Askespire", Email: "amina@saakorn.example",
		Type: application.PresentType(kind), GrantYear: 2019, AmountOre: 900_000_00,
	})
}

// wantReason demands a fault with the reason, or no error when it is empty.
func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	if !fault.Is(err, reason) {
		t.Errorf("got %v, want the reason %s", err, reason)
	}
}

// wantViolations demands a fault that names exactly these fields, each as "field REASON".
func wantViolations(t *testing.T, err error, want ...string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		t.Fatalf("got %v, want a fault about %v", err, want)
	}
	if diff := cmp.Diff(want, named(f.Violations)); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func named(violations []fault.Violation) []string {
	var names []string
	for _, v := range violations {
		names = append(names, v.Field+" "+v.Reason)
	}
	slices.Sort(names)
	return names
}
