package scheme

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// PresentCall returns the call as the contract has it, with its state at now.
func PresentCall(c Call, now time.Time) *saakornv1.Call {
	return &saakornv1.Call{
		Id: c.ID.String(), Etag: c.Etag(), SchemeId: c.SchemeID, SchemeVersion: c.SchemeVersion, Code: c.Code,
		Title: presentText(c.Title), GrantYear: int32(c.GrantYear),
		OpensAt: timestamppb.New(c.OpensAt), ClosesAt: timestamppb.New(c.ClosesAt),
		State: saakornv1.CallState(saakornv1.CallState_value[statePrefix+string(c.State(now))]),
	}
}

// PresentScheme returns everything about a version of a scheme that everybody may read (R4), as the
// contract has it. Letter texts are left out, which go to their party, and so is what continuations
// are expected to take of a frame.
func PresentScheme(d *Definition) *saakornv1.Scheme {
	return &saakornv1.Scheme{
		Id: d.ID, Version: d.Version, Title: presentText(d.Title), Purpose: presentText(d.Purpose),
		TargetGroup: presentText(d.TargetGroup), Process: presentText(d.Process),
		Administrator: presentText(d.Administrator), AppealBody: presentText(d.AppealBody),
		FormalRequirements: each(d.FormalRequirements, presentRequirement),
		ApplicationTypes:   each(d.ApplicationTypes, presentType),
		Sections:           each(d.Sections, presentSection),
		BudgetLines:        each(d.BudgetLines, presentBudgetLine),
		Attachments:        presentAttachments(d.Attachments),
		LetterOfIntent:     presentGate(d.LetterOfIntent),
		Assessment:         presentAssessment(d.Assessment),
		Deadlines:          presentDeadlines(d.Deadlines),
		MaxGrantYears:      int32(d.GrantYears.Max),
		Awards:             presentAwards(d.Awards),
		Statutes:           each(d.Statutes, presentStatute),
		Impartiality: &saakornv1.SchemeImpartiality{
			Required: d.Impartiality.Required, Text: presentText(d.Impartiality.Text),
		},
		ContinuationQuestion: presentText(d.Continuation.Question),
		Budgets:              each(d.Budgets, presentBudget),
		Reporting:            presentReporting(d.Reporting),
		Followup:             presentFollowup(d.Followup),
		Payment:              presentPayment(d.Payment),
		Referral:             presentReferral(d.Referral),
	}
}

func each[T, P any](items []T, present func(T) P) []P {
	presented := make([]P, 0, len(items))
	for _, item := range items {
		presented = append(presented, present(item))
	}
	return presented
}

// presentText leaves out a text that is not there.
func presentText(t Text) *saakornv1.LocalizedText {
	if t == (Text{}) {
		return nil
	}
	return &saakornv1.LocalizedText{Nb: t.Nb, Nn: t.Nn, En: t.En}
}

func readText(t *saakornv1.LocalizedText) Text {
	return Text{Nb: t.GetNb(), Nn: t.GetNn(), En: t.GetEn()}
}

func presentTypeKey(key ApplicationTypeKey) saakornv1.ApplicationType {
	return saakornv1.ApplicationType(saakornv1.ApplicationType_value["APPLICATION_TYPE_"+string(key)])
}

func presentGate(gate Gate) saakornv1.LetterOfIntentGate {
	return saakornv1.LetterOfIntentGate(saakornv1.LetterOfIntentGate_value["LETTER_OF_INTENT_GATE_"+string(gate)])
}

func presentRequirement(r FormalRequirement) *saakornv1.FormalRequirement {
	return &saakornv1.FormalRequirement{
		Key: r.Key, Title: presentText(r.Title), Description: presentText(r.Description),
		Evidence: each(r.Evidence, func(e Evidence) *saakornv1.LocalizedText { return presentText(e.Title) }),
	}
}

func presentType(t ApplicationType) *saakornv1.ApplicationTypeRule {
	return &saakornv1.ApplicationTypeRule{
		Type: presentTypeKey(t.Key), Title: presentText(t.Title), Description: presentText(t.Description),
		MaxAmountOre: t.MaxAmountOre, PlanYears: int32(t.PlanYears),
	}
}

func presentSection(s Section) *saakornv1.QuestionSection {
	return &saakornv1.QuestionSection{
		Key: s.Key, Title: presentText(s.Title), Intro: presentText(s.Intro), Questions: each(s.Questions, presentQuestion),
	}
}

func presentQuestion(q Question) *saakornv1.Question {
	return &saakornv1.Question{
		Key: q.Key, Kind: string(q.Kind), Field: q.Field, Label: presentText(q.Label), Help: presentText(q.Help),
		Example: presentText(q.Example), MaxLength: int32(q.MaxLength), RequiredFor: each(q.RequiredFor, presentTypeKey),
		Choices: each(q.Choices, func(c Choice) *saakornv1.QuestionChoice {
			return &saakornv1.QuestionChoice{Key: c.Key, Label: presentText(c.Label)}
		}),
	}
}

func presentBudgetLine(l BudgetLine) *saakornv1.BudgetLineRule {
	return &saakornv1.BudgetLineRule{Key: l.Key, Title: presentText(l.Title), Help: presentText(l.Help), Eligible: l.Eligible}
}

func presentAttachments(r AttachmentRules) *saakornv1.AttachmentRules {
	return &saakornv1.AttachmentRules{
		MaxBytes: r.MaxBytes, MaxTotalBytes: r.MaxTotalBytes, MaxCount: int32(r.MaxCount), MediaTypes: r.MediaTypes,
		Kinds: each(r.Kinds, func(k AttachmentKind) *saakornv1.AttachmentKindRule {
			return &saakornv1.AttachmentKindRule{
				Key: k.Key, Title: presentText(k.Title), Help: presentText(k.Help), RequiredFor: each(k.RequiredFor, presentTypeKey),
			}
		}),
	}
}

func presentAssessment(r AssessmentRules) *saakornv1.AssessmentRules {
	return &saakornv1.AssessmentRules{
		Assessors: int32(r.Assessors), MaxSpread: int32(r.MaxSpread), Moderation: r.Moderation,
		ScaleMin: int32(r.Scale.Min), ScaleMax: int32(r.Scale.Max),
		ScaleLabels: each(r.Scale.Labels, func(l ScaleLabel) *saakornv1.ScaleLabel {
			return &saakornv1.ScaleLabel{Value: int32(l.Value), Text: presentText(l.Text)}
		}),
		Criteria: each(r.Criteria, func(c Criterion) *saakornv1.AwardCriterion {
			return &saakornv1.AwardCriterion{
				Key: c.Key, Title: presentText(c.Title), Guidance: presentText(c.Guidance), AppliesTo: each(c.AppliesTo, presentTypeKey),
			}
		}),
	}
}

func presentDeadlines(d Deadlines) *saakornv1.SchemeDeadlines {
	return &saakornv1.SchemeDeadlines{
		DraftReminderDays: each(d.DraftReminderDays, func(days int) int32 { return int32(days) }),
		LatePolicy:        string(d.Late.Policy), LateGraceHours: int32(d.Late.GraceHours),
		InterimReplyMonths: int32(d.InterimReplyMonths), AppealWeeks: int32(d.AppealWeeks),
		StalledDays: int32(d.StalledDays), DecisionDays: int32(d.DecisionDays),
		DeficiencyDays: int32(d.Deficiency.Days), DeficiencyReminderDays: int32(d.Deficiency.ReminderDays),
		LateAppealMonths:    int32(d.LateAppealMonths),
		ReversalNoticeWeeks: int32(d.Reversal.NoticeWeeks), ReversalDecisionMonths: int32(d.Reversal.DecisionMonths),
	}
}

func presentBudget(b Budget) *saakornv1.SchemeBudget {
	return &saakornv1.SchemeBudget{
		Year: int32(b.Year), FrameOre: b.FrameOre, AppealReserveOre: b.AppealReserveOre, Source: b.Source,
	}
}

func presentStatute(s Statute) *saakornv1.StatuteReference {
	return &saakornv1.StatuteReference{
		Key: s.Key, Name: presentText(s.Name), Reference: s.Reference,
		ValidFrom: s.ValidFrom.String(), ValidTo: s.ValidTo.String(),
	}
}
