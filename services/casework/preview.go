package casework

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/letter"
	"saakorn/services/scheme"
)

// draft is a letter that somebody wants to see before it is sent.
type draft struct {
	// kind is empty for the decision letter that follows from the case.
	kind scheme.LetterKey
	// language is empty for the enterprise's own.
	language string
	// reasons and missing, when given, take the place of what lies on the case.
	reasons string
	missing []string
}

// Preview writes a letter about the case as it would be sent now, and keeps nothing. Before the
// decision, the decision letter is written from the recommendation.
func (p *Proceeding) Preview(ctx context.Context, f File, d draft) (letter.Letter, error) {
	rules, err := p.Rounds.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return letter.Letter{}, err
	}
	to, err := p.Enterprises.Enterprise(ctx, f.EnterpriseID)
	if err != nil {
		return letter.Letter{}, err
	}
	if d.language != "" {
		to.Language = d.language
	}
	caller, _ := access.From(ctx)
	now := p.Clock.Now()
	imagined := f.imagine(d, caller, rules, now)
	w, err := imagined.previewed(d)
	if err != nil {
		return letter.Letter{}, err
	}
	var l letter.Letter
	err = p.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		l, err = p.compose(ctx, tx, imagined, to, w, now)
		return err
	})
	return l, err
}

// imagine returns the case as it would be if what is recommended were decided now, with the draft's own
// words in place of those that lie on it.
func (f File) imagine(d draft, caller access.Principal, rules *scheme.Definition, now time.Time) File {
	f.Decisions, f.Notices = slices.Clone(f.Decisions), slices.Clone(f.Notices)
	f.Appeals, f.AwardChanges = slices.Clone(f.Appeals), slices.Clone(f.AwardChanges)
	if r := f.latest(); f.decision() == nil && r != nil {
		decision := Decision{
			ID: uuid.Nil, Round: f.Round, RecommendationVersion: r.Version, Outcome: r.Outcome, AmountOre: r.AmountOre,
			Reasons: r.Reasons, Conditions: r.Conditions, DecidedAt: now,
		}
		if caller.Has(saakornv1.Role_ROLE_DECISION_MAKER) && r.RecommendedBy != caller.ID {
			decision.DecidedBy = caller.ID
		}
		f.Decisions = append(f.Decisions, decision)
		f.Outcome, f.AmountAwardedOre = r.Outcome, r.AmountOre
	}
	if len(d.missing) > 0 {
		notice := Notice{Deadline: rules.Deadlines.DeficiencyDeadline(now)}
		for _, text := range d.missing {
			notice.Items = append(notice.Items, Missing{Text: text})
		}
		f.Notices = append([]Notice{notice}, f.Notices...)
	}
	if d.reasons != "" {
		reword(&f, d.reasons)
	}
	return f
}

// reword puts other reasons into whatever the next letter would be about.
func reword(f *File, reasons string) {
	if decision := f.decision(); decision != nil {
		decision.Reasons = reasons
	}
	if len(f.Appeals) > 0 {
		f.Appeals[0].Reasons, f.Appeals[0].Assessment, f.Appeals[0].OutcomeReasons = reasons, reasons, reasons
	}
	if n := len(f.AwardChanges); n > 0 {
		f.AwardChanges[n-1].Reasons = reasons
	}
}

// previewed returns what the draft is about. It fails when there is nothing of the kind in the case.
func (f File) previewed(d draft) (wantedLetter, error) {
	w := wantedLetter{kind: d.kind, party: f.EnterpriseID}
	decision := f.decision()
	if w.kind == "" {
		if decision == nil {
			return w, fault.NewPrecondition("NOTHING_RECOMMENDED", "nothing has been recommended yet: name the kind of letter that you want to see")
		}
		w.kind = decisionLetter(decision.Outcome)
	}
	if _, err := letterKind(string(w.kind)); err != nil {
		return w, err
	}
	nothing := func(what string) (wantedLetter, error) {
		return w, fault.NewPrecondition("NOTHING_TO_WRITE_ABOUT", "there is no "+what+" in this case for the letter to be about")
	}
	switch w.kind {
	case scheme.LetterApproved, scheme.LetterPartiallyApproved, scheme.LetterRejected, scheme.LetterDismissed:
		if decision == nil {
			return nothing("recommendation")
		}
	case scheme.LetterDeficiencyNotice, scheme.LetterDeficiencyReminder:
		if len(f.Notices) == 0 {
			return nothing("question to the applicant")
		}
	case scheme.LetterAppealReceived, scheme.LetterAppealDismissed, scheme.LetterAppealGranted, scheme.LetterAppealForwarded,
		scheme.LetterAppealReferral, scheme.LetterAppealUpheld, scheme.LetterAppealChanged:
		if len(f.Appeals) == 0 {
			return nothing("appeal")
		}
		w.appeal, w.change = f.imaginedAppeal(w.kind), f.changeAfter(f.Appeals[0].ID)
	case scheme.LetterReversed:
		if decision == nil {
			return nothing("decision")
		}
		if i := slices.IndexFunc(f.AwardChanges, func(c AwardChange) bool { return c.AppealID == uuid.Nil }); i >= 0 {
			w.change = &f.AwardChanges[i]
		}
	default:
	}
	return w, nil
}

// imaginedAppeal returns the newest appeal as it would be when the letter is written.
func (f File) imaginedAppeal(kind scheme.LetterKey) *Appeal {
	a := f.Appeals[0]
	if a.Disposition != "" || kind == scheme.LetterAppealReceived {
		return &a
	}
	a.Reasons, a.AmountOre = a.Assessment, f.AmountAwardedOre
	switch kind {
	case scheme.LetterAppealGranted:
		a.Disposition, a.AmountOre = AppealGranted, max(a.RecommendedOre, f.AmountAwardedOre)
	case scheme.LetterAppealDismissed:
		a.Disposition = AppealDismissed
	default:
		a.Disposition = AppealForwarded
	}
	return &a
}
