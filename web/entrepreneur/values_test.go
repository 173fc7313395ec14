package entrepreneur

import (
	order "cmp"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
	"saakorn/web/text"
)

// What a page shows and sends back unchanged says the same as before, in every language.
func TestAPageThatIsSentBackUnchangedChangesNothing(t *testing.T) {
	api := installationtest.New(t)
	got, err := api.Schemes.GetScheme(t.Context(), &saakornv1.GetSchemeRequest{SchemeId: "social-entrepreneurship", Version: "2019-1"})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	kind := saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY
	content := installationtest.Content(2019, kind)
	content.Contacts[0].Phone = "22 22 22 22"
	content.Budget.OwnContributionOre = 12_345_67
	content.Budget.OtherFunding = []*saakornv1.OtherFunding{
		{Source: "Sparebankstiftelsen", AmountOre: 50_000_00, Status: saakornv1.FundingStatus_FUNDING_STATUS_GRANTED, SameCosts: true},
		{Source: "Kommunen", AmountOre: 1_00, Status: saakornv1.FundingStatus_FUNDING_STATUS_APPLIED},
	}
	content.Collaborations = []*saakornv1.Collaboration{{
		NavUnitId: "01a210a2-0000-7000-8000-000000000000", Type: saakornv1.CollaborationType_COLLABORATION_TYPE_SUPPLIER,
		Line: saakornv1.PartnershipLine_PARTNERSHIP_LINE_BOTH, Description: "Vi leverer kurs.",
	}}
	content.Declarations.DeMinimisAid = []*saakornv1.DeMinimisAid{{Grantor: "Kommunen", AmountEurCents: 4_000_00, GrantedOn: "2018-05-15"}}
	content.SustainabilityPlan.Milestones = slices.Insert(content.GetSustainabilityPlan().GetMilestones(), 1, &saakornv1.Milestone{Year: 2019, Description: "Et lokale"})
	d := &draft{app: &saakornv1.Application{Type: kind, Content: content}, scheme: got.GetScheme(), years: []int32{2019, 2020, 2021}}
	// Income is a set: the page has an order of its own.
	unordered := protocmp.SortRepeated(func(a, b *saakornv1.YearIncome) bool {
		return order.Or(order.Compare(a.GetYear(), b.GetYear()), order.Compare(a.GetSource(), b.GetSource())) < 0
	})
	for _, l := range text.Languages() {
		p := texts.Printer(l)
		back := proto.CloneOf(content)
		for _, section := range d.scheme.GetSections() {
			form := url.Values{}
			for name, value := range shown(p, d, section) {
				form.Set(name, value)
			}
			if _, errs := read(p, d, section, typed(form), back); len(errs) > 0 {
				t.Errorf("%s, %s: %v", l, section.GetKey(), errs)
			}
		}
		if diff := cmp.Diff(content, back, protocmp.Transform(), unordered); diff != "" {
			t.Errorf("%s (-shown +read):\n%s", l, diff)
		}
	}
}

func TestRowsInWhichNothingStandsAreClosedUp(t *testing.T) {
	v := typed(url.Values{
		"contacts.0.name": {""}, "contacts.0.email": {" "}, "contacts.1.name": {"Kari"}, "contacts.4.email": {"ola@saakorn.example"},
		"budget.items.0.line_key": {"wages"}, "budget.items.0.amount_ore": {""},
	})
	want := values{"contacts.0.name": "Kari", "contacts.1.email": "ola@saakorn.example"}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := v.count("contacts"); n != 2 {
		t.Errorf("%d contacts", n)
	}
}

func TestFieldsOfTheAPIAreFoundOnThePage(t *testing.T) {
	s := &saakornv1.QuestionSection{Questions: []*saakornv1.Question{
		{Key: "title", Field: "title"}, {Key: "contacts", Field: "contacts"}, {Key: "costs", Field: "business_model.costs"},
		{Key: "shared_need"}, {Key: "budget", Field: "budget"},
	}}
	for field, want := range map[string]string{
		"content.title": "title", "content.contacts[1].email": "contacts.1.email", "business_model.costs": "costs",
		"content.answers.shared_need": "shared_need", "content.budget.items[0].amount_ore": "budget.items.0.amount_ore",
	} {
		if got, ok := inputID(s, field); !ok || got != want {
			t.Errorf("%s: got %q, %t", field, got, ok)
		}
	}
	for _, field := range []string{"content.titles", "content.problem", "business_model.costs_of_others"} {
		if got, ok := inputID(s, field); ok {
			t.Errorf("%s is found at %q", field, got)
		}
	}
}
