package casework

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/letter"
)

// The contract's enums are the stored words with a prefix.
const (
	stepPrefix    = "CASE_STEP_"
	outcomePrefix = "OUTCOME_"
	verdictPrefix = "FINDING_OUTCOME_"
)

func presentStep(s Step) saakornv1.CaseStep {
	return saakornv1.CaseStep(saakornv1.CaseStep_value[stepPrefix+string(s)])
}

func presentOutcome(o Outcome) saakornv1.Outcome {
	return saakornv1.Outcome(saakornv1.Outcome_value[outcomePrefix+string(o)])
}

func presentVerdict(v Verdict) saakornv1.FindingOutcome {
	return saakornv1.FindingOutcome(saakornv1.FindingOutcome_value[verdictPrefix+string(v)])
}

func outcomeOf(o saakornv1.Outcome) Outcome {
	return Outcome(strings.TrimPrefix(o.String(), outcomePrefix))
}

func verdictOf(v saakornv1.FindingOutcome) Verdict {
	return Verdict(strings.TrimPrefix(v.String(), verdictPrefix))
}

func scoresOf(scores []*saakornv1.Score) []Score {
	list := make([]Score, 0, len(scores))
	for _, s := range scores {
		list = append(list, Score{Criterion: s.GetCriterion(), Value: int(s.GetValue()), Reason: s.GetReason()})
	}
	return list
}

func stepOf(s saakornv1.CaseStep) Step {
	return Step(strings.TrimPrefix(s.String(), stepPrefix))
}

func optionalID(text string) *uuid.UUID {
	if text == "" {
		return nil
	}
	id := uuid.MustParse(text)
	return &id
}

func presentCase(c Case, names map[string]string) *saakornv1.Case {
	p := &saakornv1.Case{
		Id: c.ID.String(), Etag: c.Etag(), Number: c.Number, ApplicationId: c.ApplicationID.String(), Reference: c.Reference,
		CallId: c.CallID.String(), EnterpriseId: c.EnterpriseID.String(), EnterpriseName: c.EnterpriseName,
		ApplicationType: application.PresentType(c.Type), SchemeId: c.SchemeID, SchemeVersion: c.SchemeVersion,
		Step: presentStep(c.Step), Outcome: presentOutcome(c.Outcome), Round: c.Round, OwnerId: c.OwnerID,
		OwnerName: names[c.OwnerID], Late: c.Late, AmountAppliedOre: c.AmountAppliedOre, AmountAwardedOre: c.AmountAwardedOre,
		ReceivedAt: timestamppb.New(c.ReceivedAt), DecidedAt: optionalTime(c.DecidedAt), NotifiedAt: optionalTime(c.NotifiedAt),
		ClosedAt: optionalTime(c.ClosedAt), DueAt: optionalTime(c.DueAt),
	}
	if !c.AppealDeadline.IsZero() {
		p.AppealDeadline = c.AppealDeadline.String()
	}
	return p
}

func presentFinding(f Finding) *saakornv1.Finding {
	return &saakornv1.Finding{
		Id: f.ID.String(), Key: f.Key, FormalRequirement: f.FormalRequirement, Proposed: presentVerdict(f.Proposed),
		Evidence: f.Evidence, Answer: presentVerdict(f.Answer), Reason: f.Reason, AnsweredBy: f.AnsweredBy, AnsweredAt: optionalTime(f.AnsweredAt),
	}
}

// presentAssessment shows the scores as they are now, and how moderation changed them to those who may
// know.
func presentAssessment(a Assessment, names map[string]string, withChanges bool) *saakornv1.Assessment {
	p := &saakornv1.Assessment{
		Id: a.ID.String(), AssessorId: a.AssessorID, AssessorName: names[a.AssessorID], SubmittedAt: optionalTime(a.SubmittedAt),
		SetAsideAt: optionalTime(a.SetAsideAt),
	}
	for _, s := range a.Current() {
		p.Scores = append(p.Scores, &saakornv1.Score{Criterion: s.Criterion, Value: int32(s.Value), Reason: s.Reason})
	}
	if !withChanges {
		return p
	}
	for _, c := range a.Changes {
		p.Changes = append(p.Changes, &saakornv1.ScoreChange{
			Criterion: c.Criterion, Before: int32(c.Before), Value: int32(c.Value), Reason: c.Reason, ChangedAt: timestamppb.New(c.ChangedAt),
		})
	}
	return p
}

func presentSpreads(spreads []CriterionSpread, maxSpread int) []*saakornv1.CriterionSpread {
	list := make([]*saakornv1.CriterionSpread, 0, len(spreads))
	for _, s := range spreads {
		list = append(list, &saakornv1.CriterionSpread{
			Criterion: s.Criterion, Lowest: int32(s.Lowest), Highest: int32(s.Highest), Spread: int32(s.Spread()),
			Exceeds: s.Spread() > maxSpread, Average: s.Average(), Assessors: int32(s.Assessors),
		})
	}
	return list
}

func presentRecommendation(r Recommendation) *saakornv1.Recommendation {
	return &saakornv1.Recommendation{
		Round: r.Round, Version: r.Version, Outcome: presentOutcome(r.Outcome), AmountOre: r.AmountOre, Reasons: r.Reasons,
		Conditions: r.Conditions, RecommendedBy: r.RecommendedBy, RecommendedAt: timestamppb.New(r.RecommendedAt),
		ReturnedBy: r.ReturnedBy, ReturnNote: r.ReturnNote, ReturnedAt: optionalTime(r.ReturnedAt),
		RecommenderLeft: r.left(),
	}
}

func presentDecision(d Decision) *saakornv1.Decision {
	return &saakornv1.Decision{
		Id: d.ID.String(), Round: d.Round, RecommendationVersion: d.RecommendationVersion, Outcome: presentOutcome(d.Outcome),
		AmountOre: d.AmountOre, Reasons: d.Reasons, Conditions: d.Conditions, DecidedBy: d.DecidedBy, DecidedAt: timestamppb.New(d.DecidedAt),
	}
}

func presentEvent(e audit.Event, hidden bool) *saakornv1.Event {
	p := &saakornv1.Event{
		Id: strconv.FormatInt(e.ID, 10), Action: e.Action, OccurredAt: timestamppb.New(e.OccurredAt), ActorId: e.ActorID,
		SubjectKind: e.SubjectKind, SubjectId: e.SubjectID.String(),
	}
	if hidden {
		return p
	}
	p.Before, p.After = text(e.Before), text(e.After)
	return p
}

func text(stored any) string {
	raw, _ := stored.(json.RawMessage)
	return string(raw)
}

func presentLetter(l letter.Letter) *saakornv1.Letter {
	p := &saakornv1.Letter{
		Id: l.ID.String(), Kind: l.Kind, Language: l.Language, Subject: l.Subject,
		CreatedAt: timestamppb.New(l.CreatedAt), SentAt: optionalTime(l.SentAt),
	}
	if l.PartyID != uuid.Nil {
		p.EnterpriseId = l.PartyID.String()
	}
	p.Parts = presentParts(l.Parts)
	return p
}

func presentParts(parts []letter.Part) []*saakornv1.LetterPart {
	list := make([]*saakornv1.LetterPart, 0, len(parts))
	for _, part := range parts {
		list = append(list, &saakornv1.LetterPart{Heading: part.Heading, Body: part.Body})
	}
	return list
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
