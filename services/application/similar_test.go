package application_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/database"
)

const newOrdinary = saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY

// field is a call with applications of the first three fictional enterprises: a bicycle workshop and
// a sewing room have applied, and somebody writes about bicycles.
type field struct {
	*installationtest.API
	workshop, sewing, draft *saakornv1.Application
}

func newField(t *testing.T) *field {
	t.Helper()
	f := &field{API: installationtest.New(t)}
	call := f.OpenCall(t)
	write := func(person, title, problem, target, product string) *saakornv1.Application {
		enterprise := f.RegisterEnterprise(t, person)
		draft := f.CompleteDraft(t, person, call, enterprise.GetId(), newOrdinary)
		c := draft.GetContent()
		c.Title, c.Problem, c.TargetGroup.Description, c.BusinessModel.Product = title, problem, target, product
		c.ExistingServices, c.Novelty = "Kommunen har dagtilbud.", "Deltakerne eier virksomheten."
		return f.Save(t, person, draft, c)
	}
	f.workshop = write("entrepreneur-01", "Sykkelverksted på hjul", "Ungdommer uten skoleplass får ikke praksis. De kan reparere sykler.",
		"Ungdom mellom 16 og 20 år.", "Ombygging av lastesykler med hemmelig girkasse.")
	f.sewing = write("entrepreneur-02", "Systue for kvinner", "Kvinner med kort botid har fagkunnskap som ingen spør etter.",
		"Kvinner med innvandrerbakgrunn.", "Omsøm av arbeidstøy.")
	f.draft = write("entrepreneur-03", "Verksted for elektriske sykler", "Ungdommene mangler skoleplass, og byen mangler noen som reparerer sykler.",
		"Ungdom.", "Reparasjon.")
	f.Submit(t, "entrepreneur-01", f.workshop)
	f.Submit(t, "entrepreneur-02", f.sewing)
	return f
}

func (f *field) announce(t *testing.T, a *saakornv1.Application, outcome string, awarded bool) {
	t.Helper()
	err := database.InTransaction(t.Context(), f.Installation.Pool, func(tx pgx.Tx) error {
		return f.Installation.Applications.Announce(t.Context(), tx, uuid.MustParse(a.GetId()), outcome, awarded)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (f *field) similar(ctx context.Context, caller string, a *saakornv1.Application, query string) ([]*saakornv1.SimilarApplication, error) {
	answer, err := f.Applications.ListSimilarApplications(f.As(ctx, caller), &saakornv1.ListSimilarApplicationsRequest{
		ApplicationId: a.GetId(), Query: query,
	})
	return answer.GetApplications(), err
}

// titles asks and returns what is found, the most alike first.
func (f *field) titles(t *testing.T, caller string, a *saakornv1.Application, query string) []string {
	t.Helper()
	found, err := f.similar(t.Context(), caller, a, query)
	if err != nil {
		t.Fatal(err)
	}
	titles := []string{}
	for _, s := range found {
		titles = append(titles, s.GetTitle())
	}
	return titles
}

func TestApplicantsFindPublicGrantsThatAreAlike(t *testing.T) {
	f := newField(t)
	if got := f.titles(t, "entrepreneur-03", f.draft, ""); len(got) != 0 {
		t.Errorf("before anything was awarded: %v", got)
	}
	f.announce(t, f.workshop, "APPROVED", true)
	f.announce(t, f.sewing, "REJECTED", false)
	found, err := f.similar(t.Context(), "entrepreneur-03", f.draft, "")
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v: %v", found, err)
	}
	got := found[0]
	if got.GetTitle() != f.workshop.GetContent().GetTitle() || got.GetEnterpriseName() == "" || got.GetGrantYear() != 2019 ||
		got.GetOutcome() != saakornv1.Outcome_OUTCOME_APPROVED || got.GetSameEnterprise() || got.GetApplicationId() != "" {
		t.Errorf("found %v", got)
	}
	if got.GetLikeness() <= 0 || got.GetLikeness() > 1 || !strings.Contains(got.GetSummary(), "Ungdommer uten skoleplass") {
		t.Errorf("found %v", got)
	}
	marked := map[string]bool{}
	for _, h := range got.GetHighlights() {
		for _, p := range h.GetParts() {
			if p.GetMarked() {
				marked[p.GetText()] = true
			}
		}
	}
	if !marked["sykler"] || !marked["skoleplass"] {
		t.Errorf("marked are %v", marked)
	}
	f.announce(t, f.workshop, "REJECTED", false) // reversed
	if got := f.titles(t, "entrepreneur-03", f.draft, ""); len(got) != 0 {
		t.Errorf("after the reversal: %v", got)
	}
}

func TestWhatIsNotPublicCannotBeGuessed(t *testing.T) {
	f := newField(t)
	f.announce(t, f.workshop, "APPROVED", true)
	for _, query := range []string{"girkasse", "lastesykler OR girkasse", `"hemmelig girkasse"`} {
		if got := f.titles(t, "entrepreneur-03", f.draft, query); len(got) != 0 {
			t.Errorf("an applicant finds %v by %s", got, query)
		}
		if got := f.titles(t, installationtest.Manager, f.sewing, query); len(got) != 1 {
			t.Errorf("an officer finds %v by %s", got, query)
		}
	}
}

func TestOfficersFindEverythingThatWasSubmitted(t *testing.T) {
	f := newField(t)
	f.Submit(t, "entrepreneur-03", f.draft)
	f.announce(t, f.sewing, "REJECTED", false)
	if got := f.titles(t, installationtest.Manager, f.draft, ""); len(got) == 0 || got[0] != f.workshop.GetContent().GetTitle() {
		t.Errorf("like the draft are %v", got)
	}
	for query, want := range map[string][]string{
		"systuer":           {"Systue for kvinner"}, // another form of the word
		"Systua for kviner": {"Systue for kvinner"}, // misspelt
		"sykler -byen":      {"Sykkelverksted på hjul"},
		"enhjørning":        {},
		"og":                {}, // a word that is everywhere
	} {
		if diff := cmp.Diff(want, f.titles(t, installationtest.Manager, f.draft, query)); diff != "" {
			t.Errorf("by %s: %s", query, diff)
		}
	}
	found, err := f.similar(t.Context(), installationtest.Auditor, f.workshop, "systue")
	if err != nil || len(found) != 1 || found[0].GetApplicationId() != f.sewing.GetId() || found[0].GetOutcome() != saakornv1.Outcome_OUTCOME_REJECTED {
		t.Errorf("found %v: %v", found, err)
	}
}

func TestTheNewestSubmittedVersionIsSearched(t *testing.T) {
	f := newField(t)
	c := f.sewing.GetContent()
	c.Title = "Vevstue for menn"
	saved := f.Save(t, "entrepreneur-02", f.sewing, c)
	if got := f.titles(t, installationtest.Manager, f.workshop, "vevstue"); len(got) != 0 {
		t.Errorf("what is not submitted is found: %v", got)
	}
	f.Submit(t, "entrepreneur-02", saved)
	if diff := cmp.Diff([]string{"Vevstue for menn"}, f.titles(t, installationtest.Manager, f.workshop, "vevstue")); diff != "" {
		t.Error(diff)
	}
}

func TestOneAsksOnlyForWhatOneMaySee(t *testing.T) {
	f := newField(t)
	for name, test := range map[string]struct {
		caller string
		about  *saakornv1.Application
		want   codes.Code
	}{
		"one's own draft":               {"entrepreneur-03", f.draft, codes.OK},
		"somebody else's":               {"entrepreneur-01", f.draft, codes.NotFound},
		"a draft, by an officer":        {installationtest.CaseOfficer, f.draft, codes.NotFound},
		"submitted, by a manager":       {installationtest.Manager, f.workshop, codes.OK},
		"before its case is opened":     {installationtest.CaseOfficer, f.workshop, codes.PermissionDenied},
		"an assessor who is not asked":  {installationtest.Assessor, f.workshop, codes.NotFound},
		"somebody without any business": {installationtest.Administrator, f.workshop, codes.PermissionDenied},
	} {
		if _, err := f.similar(t.Context(), test.caller, test.about, ""); status.Code(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
