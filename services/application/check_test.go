package application_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/platform/file"
	"saakorn/services/scheme"
)

func TestACompleteApplicationHasNoProblems(t *testing.T) {
	for _, kind := range []scheme.ApplicationTypeKey{scheme.NewDevelopment, scheme.NewOrdinary, scheme.Continuation} {
		t.Run(string(kind), func(t *testing.T) {
			a, files := draft(t)
			a.Type, a.Content = kind, content(kind)
			files = append(files, application.Attachment{ID: uuid.New(), Kind: "annual_accounts"})
			if got := application.Check(a, files, rules(t)); len(got.Problems)+len(got.Warnings) > 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestEveryQuestionOfTheTypeIsAskedForAtOnce(t *testing.T) {
	r := rules(t)
	for _, kind := range []scheme.ApplicationTypeKey{scheme.NewDevelopment, scheme.NewOrdinary, scheme.Continuation} {
		t.Run(string(kind), func(t *testing.T) {
			want := map[string]bool{}
			for _, section := range r.Scheme.Sections {
				for _, q := range section.Questions {
					field := "content." + q.Field
					if q.Field == "" {
						field = "content.answers." + q.Key
					}
					for _, required := range q.RequiredFor {
						want[field+" REQUIRED"] = want[field+" REQUIRED"] || required == kind
					}
				}
			}
			for _, k := range r.Scheme.Attachments.Kinds {
				for _, required := range k.RequiredFor {
					want["attachments."+k.Key+" ATTACHMENT_MISSING"] = want["attachments."+k.Key+" ATTACHMENT_MISSING"] || required == kind
				}
			}
			got := application.Check(application.Application{Type: kind, Content: &saakornv1.ApplicationContent{}}, nil, r)
			found := named(got.Problems)
			for _, name := range found {
				if !want[name] {
					t.Errorf("not asked of this type, or twice: %s", name)
				}
				delete(want, name)
			}
			for name, required := range want {
				if required {
					t.Errorf("not asked for: %s", name)
				}
			}
		})
	}
}

func TestWhatHindersSubmission(t *testing.T) {
	ceiling := int64(800_000_00)
	tests := []struct {
		name   string
		change func(*application.Application, *scheme.Definition)
		want   []string
	}{
		{"a target for a year is missing", func(a *application.Application, _ *scheme.Definition) {
			a.Content.TheoryOfChange.Indicators[1].Targets = a.Content.TheoryOfChange.Indicators[1].Targets[:1]
		}, []string{"content.theory_of_change.indicators[1].targets YEAR_MISSING"}},
		{"income, costs and milestones of a year are missing", func(a *application.Application, _ *scheme.Definition) {
			a.Content.BusinessModel.Income = a.Content.BusinessModel.Income[:2]
			a.Content.BusinessModel.Costs = a.Content.BusinessModel.Costs[1:]
			a.Content.SustainabilityPlan.Milestones = a.Content.SustainabilityPlan.Milestones[:2]
		}, []string{
			"content.business_model.costs YEAR_MISSING", "content.business_model.income YEAR_MISSING",
			"content.sustainability_plan.milestones YEAR_MISSING",
		}},
		{"the budget is off by an øre", func(a *application.Application, _ *scheme.Definition) { a.Content.Budget.Items[0].AmountOre++ },
			[]string{"content.budget BUDGET_DOES_NOT_ADD_UP"}},
		{"a budget without costs", func(a *application.Application, _ *scheme.Definition) { a.Content.Budget.Items = nil },
			[]string{"content.budget.items REQUIRED"}},
		{"a budget that says nothing", func(a *application.Application, _ *scheme.Definition) {
			a.Content.Budget = &saakornv1.ApplicationBudget{}
		}, []string{"content.budget REQUIRED"}},
		{"more than the costs that the grant can pay for", func(a *application.Application, _ *scheme.Definition) {
			for _, item := range a.Content.Budget.Items {
				item.LineKey = "debt"
			}
		}, []string{"content.amount_applied_ore MORE_THAN_ELIGIBLE"}},
		{"more than the ceiling", func(_ *application.Application, d *scheme.Definition) {
			d.ApplicationTypes = []scheme.ApplicationType{{Key: scheme.NewOrdinary, PlanYears: 3, MaxAmountOre: &ceiling}}
		}, []string{"content.amount_applied_ore ABOVE_CEILING"}},
		{"a letter of intent that is not attached", func(a *application.Application, _ *scheme.Definition) {
			a.Content.Collaborations = []*saakornv1.Collaboration{{LetterOfIntentAttachmentId: uuid.NewString()}}
		}, []string{"content.collaborations[0].letter_of_intent_attachment_id NO_SUCH_ATTACHMENT"}},
		{"no letter of intent where the scheme requires one", func(a *application.Application, d *scheme.Definition) {
			d.LetterOfIntent = scheme.GateRequire
			a.Content.Collaborations = []*saakornv1.Collaboration{{}}
		}, []string{"content.collaborations[0].letter_of_intent_attachment_id LETTER_OF_INTENT_MISSING"}},
		{"a date that does not exist", func(a *application.Application, _ *scheme.Definition) {
			a.Content.Declarations.DeMinimisAid = []*saakornv1.DeMinimisAid{{GrantedOn: "2018-02-30", AmountEurCents: 1}}
		}, []string{"content.declarations.de_minimis_aid[0].granted_on NO_SUCH_DATE"}},
		{"a declaration that is not made", func(a *application.Application, _ *scheme.Definition) {
			a.Content.Declarations.Truthful, a.Content.Declarations.NoDoubleFunding = false, false
		}, []string{"content.declarations.no_double_funding REQUIRED", "content.declarations.truthful REQUIRED"}},
		{"a text of spaces", func(a *application.Application, _ *scheme.Definition) {
			a.Content.TargetGroup.Description = "\t \u00a0"
		},
			[]string{"content.target_group.description REQUIRED"}},
		{"many things at once", func(a *application.Application, _ *scheme.Definition) {
			a.Content.Title, a.Content.Novelty = "", strings.Repeat("å", 3001)
			a.Content.Budget.OwnContributionOre += 100
			a.Content.Problem = "Deltaker " + nobodysNumber
		}, []string{
			"content.budget BUDGET_DOES_NOT_ADD_UP", "content.novelty TOO_LONG",
			"content.problem NATIONAL_IDENTITY_NUMBER", "content.title REQUIRED",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, files := draft(t)
			r := rules(t)
			tt.change(&a, r.Scheme)
			got := application.Check(a, files, r)
			if diff := cmp.Diff(tt.want, named(got.Problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			for _, p := range got.Problems {
				if p.Description == "" {
					t.Errorf("%s says nothing on how to mend it", p.Field)
				}
			}
		})
	}
}

func TestWhatIsWorthALook(t *testing.T) {
	aid := func(date string, cents int64) *saakornv1.DeMinimisAid {
		return &saakornv1.DeMinimisAid{Grantor: "Kommunen", GrantedOn: date, AmountEurCents: cents}
	}
	tests := []struct {
		name   string
		change func(*saakornv1.ApplicationContent, *scheme.Definition)
		want   []string
	}{
		{"granted funding for the same costs", func(c *saakornv1.ApplicationContent, _ *scheme.Definition) {
			c.Budget.OwnContributionOre -= 100
			c.Budget.OtherFunding = []*saakornv1.OtherFunding{{
				Source: "Stiftelsen", AmountOre: 100, SameCosts: true, Status: saakornv1.FundingStatus_FUNDING_STATUS_GRANTED,
			}}
		}, []string{"content.budget.other_funding[0].same_costs DOUBLE_FUNDING"}},
		{"funding for the same costs that is only applied for", func(c *saakornv1.ApplicationContent, _ *scheme.Definition) {
			c.Budget.OwnContributionOre -= 100
			c.Budget.OtherFunding = []*saakornv1.OtherFunding{{
				Source: "Stiftelsen", AmountOre: 100, SameCosts: true, Status: saakornv1.FundingStatus_FUNDING_STATUS_APPLIED,
			}}
		}, nil},
		{"no letter of intent", func(c *saakornv1.ApplicationContent, _ *scheme.Definition) {
			c.Collaborations = []*saakornv1.Collaboration{{}}
		}, []string{"content.collaborations[0].letter_of_intent_attachment_id LETTER_OF_INTENT_MISSING"}},
		{"no letter of intent where the scheme does not ask", func(c *saakornv1.ApplicationContent, d *scheme.Definition) {
			d.LetterOfIntent = scheme.GateOff
			c.Collaborations = []*saakornv1.Collaboration{{}}
		}, nil},
		{"minor aid at the ceiling", func(c *saakornv1.ApplicationContent, d *scheme.Definition) {
			c.Declarations.DeMinimisAid = []*saakornv1.DeMinimisAid{aid("2018-05-01", d.DeMinimis.CeilingEURCents)}
		}, nil},
		{"minor aid above the ceiling", func(c *saakornv1.ApplicationContent, d *scheme.Definition) {
			c.Declarations.DeMinimisAid = []*saakornv1.DeMinimisAid{aid("2018-05-01", d.DeMinimis.CeilingEURCents), aid("2017-01-02", 1)}
		}, []string{"content.declarations.de_minimis_aid DE_MINIMIS_CEILING"}},
		{"minor aid that lies before the period", func(c *saakornv1.ApplicationContent, d *scheme.Definition) {
			c.Declarations.DeMinimisAid = []*saakornv1.DeMinimisAid{aid("2018-05-01", d.DeMinimis.CeilingEURCents), aid("2016-01-28", 1)}
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, files := draft(t)
			r := rules(t)
			tt.change(a.Content, r.Scheme)
			got := application.Check(a, files, r)
			if diff := cmp.Diff(tt.want, named(got.Warnings)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if len(got.Problems) > 0 {
				t.Errorf("problems: %v", got.Problems)
			}
		})
	}
}

func TestAReceivedFileIsHeldAgainstTheLimits(t *testing.T) {
	limits := scheme.AttachmentRules{MaxCount: 2, MaxBytes: 100, MaxTotalBytes: 150, MediaTypes: []string{"application/pdf"}}
	pdf := file.Kept{Size: 60, MediaType: "application/pdf"}
	tests := []struct {
		name    string
		kept    file.Kept
		present []application.Attachment
		want    string
	}{
		{"a file within the limits", pdf, nil, ""},
		{"the last that there is room for", pdf, []application.Attachment{{SizeBytes: 90}}, ""},
		{"an empty file", file.Kept{MediaType: "application/pdf"}, nil, "chunk FILE_EMPTY"},
		{"a program", file.Kept{Size: 60, MediaType: "application/x-elf"}, nil, "chunk FILE_TYPE_NOT_ACCEPTED"},
		{"a file too many", pdf, []application.Attachment{{SizeBytes: 1}, {SizeBytes: 1}}, "header.application_id TOO_MANY_FILES"},
		{"a byte too many together", pdf, []application.Attachment{{SizeBytes: 91}}, "chunk FILES_TOO_LARGE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := application.CheckFile(tt.kept, tt.present, limits)
			if tt.want == "" {
				wantReason(t, err, "")
				return
			}
			wantViolations(t, err, tt.want)
		})
	}
}
