package casework

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/scheme"
)

// sound is what an application looks like that every check finds in order.
func sound() Basis {
	return Basis{
		Submission: application.Submission{
			Application: application.Application{Type: scheme.NewOrdinary, Content: &saakornv1.ApplicationContent{
				ExistingServices: "Kommunen har dagtilbud.", Novelty: "Deltakerne eier.",
				Declarations: &saakornv1.Declarations{SocialEntrepreneur: true, NoDividend: true},
				BusinessModel: &saakornv1.BusinessModel{Income: []*saakornv1.YearIncome{
					{Year: 2027, Source: saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT, AmountOre: 50_000_000},
					{Year: 2029, Source: saakornv1.IncomeSource_INCOME_SOURCE_SALES_BUSINESS, AmountOre: 10_000_000},
				}},
			}},
			Files: []application.Attachment{{Kind: "articles_of_association"}},
		},
		Enterprise:       enterprise.Enterprise{RegisteredVoluntary: true},
		RegistryAnswered: true,
		GrantYear:        2027,
	}
}

func findKey(t *testing.T, findings []Finding, key string) Finding {
	t.Helper()
	for _, f := range findings {
		if f.Key == key {
			return f
		}
	}
	t.Fatalf("there is no finding %s", key)
	return Finding{}
}

func granted(years ...int) []scheme.GrantedYear {
	var list []scheme.GrantedYear
	for _, year := range years {
		list = append(list, scheme.GrantedYear{Year: year})
	}
	return list
}

func TestScreeningProposesWhatTheEvidenceSays(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Basis)
		key    string
		want   Verdict
		says   string
	}{
		"declared":                                 {nil, "social_entrepreneur", Met, "erklært"},
		"not declared":                             {func(b *Basis) { b.Submission.Content.Declarations = nil }, "social_entrepreneur", NotMet, "ikke erklært"},
		"answered":                                 {nil, "new_solution", Met, "besvart"},
		"half answered":                            {func(b *Basis) { b.Submission.Content.Novelty = " " }, "new_solution", NotMet, "ikke besvart"},
		"attached, which a person has to read":     {nil, "no_dividend", Undetermined, "må leses"},
		"not attached":                             {func(b *Basis) { b.Submission.Files = nil }, "no_dividend", NotMet, "ikke vedlagt"},
		"another document attached":                {func(b *Basis) { b.Submission.Files[0].Kind = "budget" }, "no_dividend", NotMet, "ikke vedlagt"},
		"income of its own in the last year":       {nil, "viable", Met, "2029"},
		"income of its own in an earlier year":     {func(b *Basis) { b.Submission.Content.BusinessModel.Income[1].Year = 2028 }, "viable", NotMet, "2029"},
		"only the grant in the last year":          {func(b *Basis) { b.Submission.Content.BusinessModel.Income[0].Year = 2029; onlyFirstIncome(b) }, "viable", NotMet, "2029"},
		"no business model":                        {func(b *Basis) { b.Submission.Content.BusinessModel = nil }, "viable", NotMet, "2029"},
		"in the voluntary registry":                {nil, "voluntary_registry", Met, "Frivillighetsregisteret"},
		"not in the voluntary registry":            {func(b *Basis) { b.Enterprise.RegisteredVoluntary = false }, "voluntary_registry", NotMet, "Ikke registrert"},
		"the registry of volunteers does not say":  {func(b *Basis) { b.RegistryAnswered = false }, "voluntary_registry", Undetermined, "svarte ikke"},
		"in the register":                          {nil, FindingRegistryEntry, Met, "Enhetsregisteret"},
		"removed from the register":                {func(b *Basis) { b.Enterprise.Deleted = true }, FindingRegistryEntry, NotMet, "Slettet"},
		"known as removed, though nobody answers":  {func(b *Basis) { b.Enterprise.Deleted, b.RegistryAnswered = true, false }, FindingRegistryEntry, NotMet, "Slettet"},
		"the register does not answer":             {func(b *Basis) { b.RegistryAnswered = false }, FindingRegistryEntry, Undetermined, "svarte ikke"},
		"solvent":                                  {nil, FindingSolvency, Met, "Ikke registrert"},
		"bankrupt":                                 {func(b *Basis) { b.Enterprise.Bankrupt = true }, FindingSolvency, NotMet, "konkurs"},
		"being wound up":                           {func(b *Basis) { b.Enterprise.UnderLiquidation = true }, FindingSolvency, NotMet, "avvikling"},
		"nobody says whether it is solvent":        {func(b *Basis) { b.RegistryAnswered = false }, FindingSolvency, Undetermined, "svarte ikke"},
		"no earlier years":                         {nil, FindingGrantYears, Met, "Ingen tidligere"},
		"the fifth year":                           {func(b *Basis) { b.Granted = granted(2023, 2024, 2025, 2026) }, FindingGrantYears, Met, "4 av 5"},
		"a sixth year":                             {func(b *Basis) { b.Granted = granted(2022, 2023, 2024, 2025, 2026) }, FindingGrantYears, NotMet, "5 av 5"},
		"a sixth year after a break":               {func(b *Basis) { b.Granted = granted(2018, 2019, 2020, 2021, 2022) }, FindingGrantYears, NotMet, "5 av 5"},
		"this very year's award is not an earlier": {func(b *Basis) { b.Granted = granted(2023, 2024, 2025, 2026, 2027) }, FindingGrantYears, Met, "4 av 5"},
	} {
		t.Run(name, func(t *testing.T) {
			b := sound()
			b.Submission.Content = proto.CloneOf(b.Submission.Content)
			if test.change != nil {
				test.change(&b)
			}
			f := findKey(t, Screen(b, published(t, "2027-1")), test.key)
			if f.Proposed != test.want {
				t.Errorf("proposes %s, want %s: %q", f.Proposed, test.want, f.Evidence)
			}
			if text := strings.Join(f.Evidence, " "); !strings.Contains(text, test.says) {
				t.Errorf("the evidence %q does not say %q", text, test.says)
			}
		})
	}
}

// onlyFirstIncome drops every line of income but the first.
func onlyFirstIncome(b *Basis) {
	model := b.Submission.Content.GetBusinessModel()
	model.Income = model.GetIncome()[:1]
}

func TestScreeningFindsEachRequirementAndEachRegistryFactOnce(t *testing.T) {
	rules := published(t, "2027-1")
	seen := map[string]bool{}
	formal := 0
	for _, f := range Screen(sound(), rules) {
		if seen[f.Key] {
			t.Errorf("%s is found twice", f.Key)
		}
		seen[f.Key] = true
		if f.FormalRequirement {
			formal++
		}
		if f.Answer != "" || len(f.Evidence) == 0 {
			t.Errorf("%s is answered %q on the evidence %q", f.Key, f.Answer, f.Evidence)
		}
	}
	if formal != len(rules.FormalRequirements) || len(seen) != formal+3 {
		t.Errorf("%d formal requirements among %d findings", formal, len(seen))
	}
}
