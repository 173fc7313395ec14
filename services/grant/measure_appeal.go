package grant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Disposition is what the directorate does with an appeal of a measure (fvl. §§ 31-33).
type Disposition string

// The dispositions.
const (
	AppealDismissed Disposition = "DISMISSED" // late without excuse, or not in the form the law asks for
	AppealGranted   Disposition = "GRANTED"   // the measure is undone
	AppealForwarded Disposition = "FORWARDED" // it stands, and the appeal body decides
)

// Outcome is what the appeal body decided about a measure.
type Outcome string

// The outcomes of a forwarded appeal.
const (
	MeasureUpheld  Outcome = "UPHELD"
	MeasureChanged Outcome = "CHANGED" // the measure is undone
)

// MeasureAppeal is a party's appeal of a measure.
type MeasureAppeal struct {
	ID                    uuid.UUID
	MeasureID             uuid.UUID
	Grounds, ChangeWanted string
	Late                  bool
	SubmittedBy           string
	ReceivedAt            time.Time
	// Recommended and Assessment are those of an officer who had nothing to do with the measure.
	Recommended    Disposition
	Assessment     string
	PreparedBy     string
	PreparedAt     *time.Time
	Disposition    Disposition
	Reasons        string
	DecidedBy      string
	DecidedAt      *time.Time
	Outcome        Outcome
	OutcomeReasons string
	OutcomeAt      *time.Time
	ClosedAt       *time.Time
}

// appealed tells whether an appeal of a measure is being considered.
func (f File) appealed() bool {
	return slices.ContainsFunc(f.Appeals, func(a MeasureAppeal) bool { return a.ClosedAt == nil })
}

// appeal returns the newest appeal of the measure, or nil.
func (f File) appeal(m Measure) *MeasureAppeal {
	for i := len(f.Appeals) - 1; i >= 0; i-- {
		if f.Appeals[i].MeasureID == m.ID {
			return &f.Appeals[i]
		}
	}
	return nil
}

// CheckAppealMeasure says whether the measure can be appealed now, and whether that is late. Whether
// lateness is excused is for people to say (fvl. § 31).
func CheckAppealMeasure(f File, m Measure, now time.Time) (late bool, err error) {
	if err := m.checkState(MeasureDecided); err != nil {
		return false, err
	}
	switch a := f.appeal(m); {
	case m.ToldAt == nil:
		return false, fault.NewPrecondition("NOT_NOTIFIED", "the letter about the decision is on its way: appeal when you have it")
	case a != nil && a.ClosedAt == nil:
		return false, fault.NewPrecondition("APPEAL_OPEN", "an appeal is being considered already: add to it with a message")
	}
	return calendar.On(now).After(f.Rules.Deadlines.AppealDeadline(*m.ToldAt)), nil
}

// CheckPrepareMeasureAppeal says whether the person can prepare the appeal with this recommendation: somebody
// new.
func CheckPrepareMeasureAppeal(m Measure, a *MeasureAppeal, rules *scheme.Definition, recommended Disposition, preparedBy string) error {
	if err := a.checkUndecided(); err != nil {
		return err
	}
	if err := checkInTime(m, *a, rules, recommended); err != nil {
		return err
	}
	if slices.Contains(append(slices.Clone(m.Involved), m.ProposedBy, m.DecidedBy), preparedBy) {
		return errNotSomebodyNew()
	}
	return nil
}

func errNotSomebodyNew() error {
	return fault.NewPrecondition("NOT_SOMEBODY_NEW", "an appeal is prepared by somebody who had nothing to do with the measure")
}

func (a *MeasureAppeal) checkUndecided() error {
	switch {
	case a == nil:
		return fault.NewPrecondition("NOT_APPEALED", "nobody has appealed this measure")
	case a.DecidedAt != nil:
		return fault.NewPrecondition("APPEAL_DECIDED", "the directorate has decided what it does with this appeal")
	}
	return nil
}

// checkInTime refuses anything but a dismissal of an appeal that came so long after the decision that no reason
// excuses it (fvl. § 31 third paragraph). It is received all the same: that it is dismissed is a decision with
// grounds, which people make.
func checkInTime(m Measure, a MeasureAppeal, rules *scheme.Definition, d Disposition) error {
	tooLate := m.DecidedAt != nil && calendar.On(a.ReceivedAt).After(rules.Deadlines.LateAppealLimit(*m.DecidedAt))
	if !tooLate || d == AppealDismissed {
		return nil
	}
	return fault.NewPrecondition("APPEAL_TOO_LATE", fmt.Sprintf(
		"the appeal came more than %d months after the decision: it can only be dismissed", rules.Deadlines.LateAppealMonths))
}

// CheckDecideMeasureAppeal says whether the person can decide like this. Nobody decides what they prepared.
func CheckDecideMeasureAppeal(m Measure, a *MeasureAppeal, rules *scheme.Definition, d Disposition, reasons, decidedBy string) error {
	if err := a.checkUndecided(); err != nil {
		return err
	}
	if err := checkInTime(m, *a, rules, d); err != nil {
		return err
	}
	switch {
	case a.PreparedAt == nil:
		return fault.NewPrecondition("APPEAL_NOT_PREPARED", "an officer prepares the appeal first")
	case a.PreparedBy == decidedBy:
		return errFourEyes()
	case d != a.Recommended && strings.TrimSpace(reasons) == "":
		return fault.Field("reasons", "REQUIRED", "give reasons when the decision departs from the recommendation")
	}
	return nil
}

// appealBody stands for the body that decides appeals, which does not sign in here.
const appealBody = "appeal-body"

// reverse undoes a measure that an appeal was right about: prepared and decided by those. What has been
// given back to the frame since is bound again.
func (s *MeasureServer) reverse(ctx context.Context, tx pgx.Tx, f *File, m *Measure, preparedBy, decidedBy, reasons string, now time.Time) error {
	m.State, m.ReversedAt = MeasureReversed, &now
	switch m.Kind {
	case Suspend:
		if x := f.suspension(*m); x != nil && x.LiftedAt == nil {
			x.LiftPreparedBy, x.LiftPreparedAt, x.LiftReason, x.LiftedBy, x.LiftedAt = preparedBy, &now, reasons, decidedBy, &now
			return saveSuspension(ctx, tx, x)
		}
		return nil
	case Stop:
		if f.State == Stopped {
			f.State, f.StoppedAt = Accepted, nil
		}
	case Reduce:
		f.AmountOre = min(f.AmountOre+m.AmountOre, f.CommittedOre)
	case Recover:
		return nil
	}
	again := f.AmountOre - f.BoundOre()
	if f.State != Accepted || again <= 0 {
		return nil
	}
	f.ReleasedOre -= again
	return s.Schemes.Bind(ctx, tx, f.SchemeID, f.GrantYear, again, f.Type == scheme.Continuation)
}

func loadMeasureAppeals(ctx context.Context, q Querier, awardID uuid.UUID) ([]MeasureAppeal, error) {
	rows, err := db.New(q).ListMeasureAppeals(ctx, awardID)
	if err != nil {
		return nil, fmt.Errorf("list appeals of measures: %w", err)
	}
	return decodeAll(rows, func(row db.MeasureAppeal) MeasureAppeal {
		return MeasureAppeal{
			ID: row.ID, MeasureID: row.MeasureID, Grounds: row.Grounds, ChangeWanted: row.ChangeWanted, Late: row.Late,
			SubmittedBy: row.SubmittedBy, ReceivedAt: row.ReceivedAt, Recommended: Disposition(row.Recommended), Assessment: row.Assessment,
			PreparedBy: orEmpty(row.PreparedBy), PreparedAt: row.PreparedAt, Disposition: Disposition(row.Disposition), Reasons: row.Reasons,
			DecidedBy: orEmpty(row.DecidedBy), DecidedAt: row.DecidedAt, Outcome: Outcome(row.Outcome), OutcomeReasons: row.OutcomeReasons,
			OutcomeAt: row.OutcomeAt, ClosedAt: row.ClosedAt,
		}
	}), nil
}

func saveMeasureAppeal(ctx context.Context, tx pgx.Tx, a MeasureAppeal) error {
	err := db.New(tx).UpdateMeasureAppeal(ctx, db.UpdateMeasureAppealParams{
		ID: a.ID, Recommended: string(a.Recommended), Assessment: a.Assessment, PreparedBy: orNull(a.PreparedBy), PreparedAt: a.PreparedAt,
		Disposition: string(a.Disposition), Reasons: a.Reasons, DecidedBy: orNull(a.DecidedBy), DecidedAt: a.DecidedAt,
		Outcome: string(a.Outcome), OutcomeReasons: a.OutcomeReasons, OutcomeAt: a.OutcomeAt, ClosedAt: a.ClosedAt,
	})
	switch {
	case database.Violates(err, "measure_appeal_four_eyes"):
		return errFourEyes()
	case database.Violates(err, "somebody_new"):
		return errNotSomebodyNew()
	case err != nil:
		return fmt.Errorf("save an appeal of a measure: %w", err)
	}
	return nil
}

// appealNotes are the letters that the appeal calls for so far.
func (f File) appealNotes(a *MeasureAppeal) []note {
	id := a.ID.String()
	m := f.measure(a.MeasureID.String())
	list := []note{{at: a.ReceivedAt, kind: scheme.LetterMeasureAppealReceived, key: "measure-appeal-received/" + id, award: f, measure: m, appeal: a}}
	add := func(at *time.Time, kind scheme.LetterKey, key string) {
		list = append(list, note{at: *at, kind: kind, key: key + id, award: f, measure: m, appeal: a})
	}
	switch a.Disposition {
	case AppealDismissed:
		add(a.DecidedAt, scheme.LetterMeasureAppealDismissed, "measure-appeal-decided/")
	case AppealGranted:
		add(a.DecidedAt, scheme.LetterMeasureAppealGranted, "measure-appeal-decided/")
	case AppealForwarded:
		add(a.DecidedAt, scheme.LetterMeasureAppealForwarded, "measure-appeal-decided/")
		add(a.DecidedAt, scheme.LetterMeasureAppealReferral, "measure-appeal-referral/")
	}
	if a.Outcome != "" {
		add(a.OutcomeAt, scheme.LetterMeasureAppealOutcome, "measure-appeal-outcome/")
	}
	return list
}

// appealData adds what the letters about an appeal tell.
func (n note) appealData(data *scheme.LetterData, language string) {
	a := n.appeal
	data.Measure, data.AppealOutcome = string(n.measure.Kind), string(a.Outcome)
	data.AppealReceivedAt, data.AppealLate, data.AppealGrounds = scheme.FormatTime(a.ReceivedAt, language), a.Late, a.Grounds
	data.DecisionDate, data.DecisionReasons = scheme.FormatDate(calendar.On(*n.measure.DecidedAt), language), n.measure.Reasons
	data.Reasons = a.Reasons
	if n.kind == scheme.LetterMeasureAppealOutcome {
		data.Reasons = a.OutcomeReasons
	}
}

// appealTasks are those about appeals of measures.
func (f File) appealTasks() []timed {
	var list []timed
	for _, a := range f.Appeals {
		switch {
		case a.ClosedAt != nil || a.DecidedAt != nil:
		case a.PreparedAt == nil:
			list = append(list, f.of(a.ReceivedAt, "MEASURE_APPEALED", "measure-appeal/"+a.ID.String(), saakornv1.Role_ROLE_CASE_OFFICER, a.MeasureID))
		default:
			list = append(list, f.of(*a.PreparedAt, "DECIDE_MEASURE_APPEAL", "measure-appeal-decide/"+a.ID.String(), saakornv1.Role_ROLE_DECISION_MAKER, a.MeasureID))
		}
	}
	return list
}

func dispositionOf(d saakornv1.AppealDisposition) Disposition {
	return Disposition(strings.TrimPrefix(d.String(), "APPEAL_DISPOSITION_"))
}

func presentDisposition(d Disposition) saakornv1.AppealDisposition {
	return saakornv1.AppealDisposition(saakornv1.AppealDisposition_value["APPEAL_DISPOSITION_"+string(d)])
}

// presentMeasureAppeal shows what the directorate prepares to staff only.
func presentMeasureAppeal(a MeasureAppeal, toStaff bool) *saakornv1.MeasureAppeal {
	p := &saakornv1.MeasureAppeal{
		Id: a.ID.String(), MeasureId: a.MeasureID.String(), Grounds: a.Grounds, ChangeWanted: a.ChangeWanted, Late: a.Late,
		ReceivedAt: timestamppb.New(a.ReceivedAt), Disposition: presentDisposition(a.Disposition), Reasons: a.Reasons, DecidedBy: a.DecidedBy,
		DecidedAt: optionalTime(a.DecidedAt), Outcome: saakornv1.AppealOutcome(saakornv1.AppealOutcome_value["APPEAL_OUTCOME_"+string(a.Outcome)]),
		OutcomeReasons: a.OutcomeReasons, OutcomeAt: optionalTime(a.OutcomeAt), ClosedAt: optionalTime(a.ClosedAt),
	}
	if toStaff {
		p.Recommended, p.Assessment, p.PreparedBy = presentDisposition(a.Recommended), a.Assessment, a.PreparedBy
	}
	return p
}
