package casework

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/scheme"
)

// Keys of the findings that do not come from the scheme's formal requirements.
const (
	FindingRegistryEntry = "registry_entry"
	FindingSolvency      = "solvency"
	FindingGrantYears    = "grant_years"
)

// Basis is what screening looks at.
type Basis struct {
	Submission application.Submission
	Enterprise enterprise.Enterprise
	// RegistryAnswered is false when the registries could not be asked: what they would say is then
	// undetermined, and never assumed.
	RegistryAnswered bool
	// Granted are the enterprise's earlier years under the scheme.
	Granted   []scheme.GrantedYear
	GrantYear int
}

// Screen runs the automatic checks: one finding for each formal requirement and each registry fact.
// A finding is a proposal with its evidence; people answer it (R1, R2).
func Screen(b Basis, rules *scheme.Definition) []Finding {
	var findings []Finding
	for _, requirement := range rules.FormalRequirements {
		f := b.formal(requirement, rules)
		f.Key, f.FormalRequirement = requirement.Key, true
		findings = append(findings, f)
	}
	return append(findings, b.registryEntry(), b.solvency(), b.grantYears(rules))
}

func (b Basis) formal(r scheme.FormalRequirement, rules *scheme.Definition) Finding {
	switch r.Check {
	case scheme.CheckVoluntaryRegistry:
		return b.voluntary()
	case scheme.CheckArticlesAttached:
		return b.attached(r)
	case scheme.CheckAnswerGiven:
		return b.answered(r, rules)
	case scheme.CheckDeclared:
		return b.declared(r)
	case scheme.CheckBusinessModel:
		return b.ownIncome(rules)
	}
	return Finding{Proposed: Undetermined, Evidence: []string{"Ingen automatisk kontroll: må vurderes av en saksbehandler."}}
}

func unanswered() Finding {
	return Finding{Proposed: Undetermined, Evidence: []string{"Registrene svarte ikke da saken ble kontrollert."}}
}

func verdict(met bool, evidence ...string) Finding {
	f := Finding{Proposed: NotMet, Evidence: evidence}
	if met {
		f.Proposed = Met
	}
	return f
}

func (b Basis) voluntary() Finding {
	if !b.RegistryAnswered {
		return unanswered()
	}
	if b.Enterprise.RegisteredVoluntary {
		return verdict(true, "Registrert i Frivillighetsregisteret ifølge Enhetsregisteret.")
	}
	return verdict(false, "Ikke registrert i Frivillighetsregisteret ifølge Enhetsregisteret.")
}

func (b Basis) attached(r scheme.FormalRequirement) Finding {
	var evidence []string
	for _, e := range r.Evidence {
		if e.Kind != scheme.EvidenceAttachment {
			continue
		}
		for _, f := range b.Submission.Files {
			if f.Kind == e.Key {
				evidence = append(evidence, fmt.Sprintf("%s er vedlagt.", e.Title.Nb))
			}
		}
	}
	if len(evidence) == 0 {
		return verdict(false, "Dokumentet er ikke vedlagt.")
	}
	// That a document is there says nothing of what it says: a person reads it.
	return Finding{Proposed: Undetermined, Evidence: append(evidence, "Innholdet må leses av en saksbehandler.")}
}

func (b Basis) answered(r scheme.FormalRequirement, rules *scheme.Definition) Finding {
	var evidence []string
	met := true
	for _, e := range r.Evidence {
		if e.Kind != scheme.EvidenceQuestion {
			continue
		}
		if application.Answered(b.Submission.Content, rules, e.Key) {
			evidence = append(evidence, fmt.Sprintf("%s: besvart.", e.Title.Nb))
			continue
		}
		met = false
		evidence = append(evidence, fmt.Sprintf("%s: ikke besvart.", e.Title.Nb))
	}
	return verdict(met, evidence...)
}

func (b Basis) declared(r scheme.FormalRequirement) Finding {
	var evidence []string
	met := true
	declarations := b.Submission.Content.GetDeclarations().ProtoReflect()
	for _, e := range r.Evidence {
		if e.Kind != scheme.EvidenceDeclaration {
			continue
		}
		field := declarations.Descriptor().Fields().ByName(protoreflect.Name(e.Key))
		if field != nil && declarations.Get(field).Bool() {
			evidence = append(evidence, fmt.Sprintf("%s: erklært.", e.Title.Nb))
			continue
		}
		met = false
		evidence = append(evidence, fmt.Sprintf("%s: ikke erklært.", e.Title.Nb))
	}
	return verdict(met, evidence...)
}

// ownIncome looks for income other than this grant in the last planned year.
func (b Basis) ownIncome(rules *scheme.Definition) Finding {
	kind, _ := rules.ApplicationType(b.Submission.Type)
	last := b.GrantYear + max(kind.PlanYears, 1) - 1
	var own, all int64
	for _, income := range b.Submission.Content.GetBusinessModel().GetIncome() {
		if int(income.GetYear()) != last {
			continue
		}
		all += income.GetAmountOre()
		if income.GetSource() != saakornv1.IncomeSource_INCOME_SOURCE_SE_GRANT {
			own += income.GetAmountOre()
		}
	}
	return verdict(own > 0, fmt.Sprintf("Planlagte inntekter i %d: %s, av dette %s utenom tilskuddet.",
		last, scheme.FormatAmount(all, scheme.Bokmal), scheme.FormatAmount(own, scheme.Bokmal)))
}

func (b Basis) registryEntry() Finding {
	f := unanswered()
	switch {
	case b.Enterprise.Deleted:
		f = verdict(false, "Slettet i Enhetsregisteret.")
	case b.RegistryAnswered:
		f = verdict(true, "Registrert i Enhetsregisteret.")
	}
	f.Key = FindingRegistryEntry
	return f
}

func (b Basis) solvency() Finding {
	f := unanswered()
	switch {
	case b.Enterprise.Bankrupt:
		f = verdict(false, "Registrert som konkurs i Enhetsregisteret.")
	case b.Enterprise.UnderLiquidation:
		f = verdict(false, "Registrert under avvikling i Enhetsregisteret.")
	case b.RegistryAnswered:
		f = verdict(true, "Ikke registrert konkurs eller avvikling i Enhetsregisteret.")
	}
	f.Key = FindingSolvency
	return f
}

// grantYears holds the earlier awards against the cap of the scheme.
func (b Basis) grantYears(rules *scheme.Definition) Finding {
	development := b.Submission.Type == scheme.NewDevelopment
	years := make([]string, 0, len(b.Granted))
	for _, g := range b.Granted {
		years = append(years, fmt.Sprint(g.Year))
	}
	evidence := "Ingen tidligere tilskuddsår er registrert."
	if len(years) > 0 {
		evidence = fmt.Sprintf("Tidligere tilskuddsår: %s (%d av %d teller).", strings.Join(years, ", "),
			rules.GrantYears.Count(b.Granted, b.GrantYear-1), rules.GrantYears.Max)
	}
	f := verdict(rules.GrantYears.Allowed(slices.Clone(b.Granted), b.GrantYear, development), evidence)
	f.Key = FindingGrantYears
	return f
}
