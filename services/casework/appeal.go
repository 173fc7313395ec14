package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/casework/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// Disposition is what the directorate does with an appeal.
type Disposition string

// The dispositions (fvl. §§ 31-33).
const (
	AppealDismissed Disposition = "DISMISSED" // late without excuse, or not in the form the law asks for
	AppealGranted   Disposition = "GRANTED"   // the directorate changes its decision
	AppealForwarded Disposition = "FORWARDED" // it maintains the decision, and the appeal body decides
)

// BodyOutcome is what the appeal body decided.
type BodyOutcome string

// The outcomes of a forwarded appeal.
const (
	Upheld  BodyOutcome = "UPHELD"
	Changed BodyOutcome = "CHANGED"
)

// Appeal is a party's appeal of a decision.
type Appeal struct {
	ID            uuid.UUID
	Revision      int64
	CaseID        uuid.UUID
	ApplicationID uuid.UUID
	// PartyID is the enterprise that appeals.
	PartyID uuid.UUID
	// DecisionID is the decision that is appealed.
	DecisionID            uuid.UUID
	Grounds, ChangeWanted string
	Late                  bool
	SubmittedBy           string
	ReceivedAt            time.Time
	OwnerID               string
	// Recommended, Assessment and RecommendedOre are the officer's.
	Recommended    Disposition
	Assessment     string
	RecommendedOre int64
	PreparedBy     string
	PreparedAt     *time.Time
	Disposition    Disposition
	Reasons        string
	DecidedBy      string
	DecidedAt      *time.Time
	Outcome        BodyOutcome
	OutcomeReasons string
	OutcomeAt      *time.Time
	// AmountOre is what the case is awarded after the appeal.
	AmountOre int64
	ClosedAt  *time.Time
}

// Etag names the revision; it changes with every change of the appeal.
func (a Appeal) Etag() string { return strconv.FormatInt(a.Revision, 10) }

// AwardChange is a change of an award after its decision.
type AwardChange struct {
	ID uuid.UUID
	// AppealID is Nil for a reversal without appeal.
	AppealID             uuid.UUID
	Outcome              Outcome
	BeforeOre, AmountOre int64
	Reasons              string
	ChangedBy            string
	ChangedAt            time.Time
}

// openAppeal returns the appeal that has not been settled, or nil.
func (f File) openAppeal() *Appeal {
	if i := slices.IndexFunc(f.Appeals, func(a Appeal) bool { return a.ClosedAt == nil }); i >= 0 {
		return &f.Appeals[i]
	}
	return nil
}

// CheckAppeal says whether the party can appeal now, and whether that is late: each party's period
// runs from when it was told itself. Late appeals are received too: whether lateness is excused is for
// people to say (fvl. § 31).
func CheckAppeal(f File, party uuid.UUID, now time.Time) (late bool, err error) {
	deadline, told := f.appealDeadline(party)
	switch {
	case !told:
		return false, fault.NewPrecondition("NOT_NOTIFIED", "there is no decision to appeal yet")
	case slices.ContainsFunc(f.Appeals, func(a Appeal) bool { return a.ClosedAt == nil && a.PartyID == party }):
		return false, fault.NewPrecondition("APPEAL_OPEN", "an appeal is being considered already: add to it with a message")
	}
	return calendar.On(now).After(deadline), nil
}

// involved tells whether the person recommended or decided in the case.
func (f File) involved(personID string) bool {
	return slices.ContainsFunc(f.Recommendations, func(r Recommendation) bool { return r.RecommendedBy == personID }) ||
		slices.ContainsFunc(f.Decisions, func(d Decision) bool { return d.DecidedBy == personID })
}

// CheckAssignAppeal says whether the person can have the appeal: somebody new.
func CheckAssignAppeal(f File, a Appeal, ownerID string) error {
	if a.DecidedAt != nil {
		return errAppealDecided()
	}
	if f.involved(ownerID) {
		return fault.Field("owner_id", "NOT_SOMEBODY_NEW", "give the appeal to somebody who neither recommended nor decided in the case")
	}
	return nil
}

func errAppealDecided() error {
	return fault.NewPrecondition("APPEAL_DECIDED", "the directorate has decided what it does with this appeal")
}

// CheckPrepareAppeal says whether the person can put this before a decision maker.
func CheckPrepareAppeal(f File, a Appeal, rules *scheme.Definition, recommended Disposition, amountOre int64, preparedBy string) error {
	switch {
	case a.DecidedAt != nil:
		return errAppealDecided()
	case a.OwnerID != preparedBy:
		return fault.NewPrecondition("NOT_YOUR_APPEAL", "the appeal belongs to somebody else: have it assigned to you first")
	}
	return checkDisposition(f, a, rules, recommended, amountOre)
}

func checkDisposition(f File, a Appeal, rules *scheme.Definition, d Disposition, amountOre int64) error {
	if d != AppealDismissed && f.tooLate(a, rules) {
		return fault.NewPrecondition("APPEAL_TOO_LATE", fmt.Sprintf(
			"the appeal came more than %d months after the decision: it can only be dismissed", rules.Deadlines.LateAppealMonths))
	}
	if d != AppealGranted {
		if amountOre != 0 {
			return fault.Field("amount_ore", "NO_MONEY_WITHOUT_AWARD", "the amount is zero unless the appeal is granted")
		}
		return nil
	}
	return checkBetter(f, amountOre)
}

// tooLate tells whether the appeal came so late that no reason excuses it (fvl. § 31 third paragraph).
// It is received all the same: that it is dismissed is a decision with grounds, which people make.
func (f File) tooLate(a Appeal, rules *scheme.Definition) bool {
	i := slices.IndexFunc(f.Decisions, func(d Decision) bool { return d.ID == a.DecisionID })
	return i >= 0 && calendar.On(a.ReceivedAt).After(rules.Deadlines.LateAppealLimit(f.Decisions[i].DecidedAt))
}

// checkBetter refuses an amount that does not better the party's position.
func checkBetter(f File, amountOre int64) error {
	if amountOre <= f.AmountAwardedOre || amountOre > f.AmountAppliedOre {
		return fault.Field("amount_ore", "NOT_IN_FAVOUR", fmt.Sprintf(
			"award more than the present %d øre, and no more than the %d øre applied for", f.AmountAwardedOre, f.AmountAppliedOre))
	}
	return nil
}

// CheckDecideAppeal says whether the person can decide like this. Nobody decides what they prepared.
func CheckDecideAppeal(f File, a Appeal, rules *scheme.Definition, d Disposition, amountOre int64, reasons, decidedBy string) error {
	switch {
	case a.DecidedAt != nil:
		return errAppealDecided()
	case a.PreparedAt == nil:
		return fault.NewPrecondition("APPEAL_NOT_PREPARED", "an officer prepares the appeal first")
	case a.PreparedBy == decidedBy:
		return errFourEyes()
	}
	if err := checkDisposition(f, a, rules, d, amountOre); err != nil {
		return err
	}
	if (d != a.Recommended || amountOre != a.RecommendedOre) && strings.TrimSpace(reasons) == "" {
		return fault.Field("reasons", "REQUIRED", "give reasons when the decision departs from the recommendation")
	}
	return nil
}

// CheckAppealOutcome says whether this can be recorded as what the appeal body decided.
func CheckAppealOutcome(f File, a Appeal, outcome BodyOutcome, amountOre int64) error {
	switch {
	case a.Disposition != AppealForwarded || a.ClosedAt != nil:
		return fault.NewPrecondition("NOT_FORWARDED", "only an appeal that lies with the appeal body has an outcome from it")
	case outcome == Upheld && amountOre != f.AmountAwardedOre:
		return fault.Field("amount_ore", "AMOUNT_UNCHANGED", fmt.Sprintf("a decision that is upheld keeps its amount, %d øre", f.AmountAwardedOre))
	case outcome == Changed && (amountOre == f.AmountAwardedOre || amountOre > f.AmountAppliedOre):
		return fault.Field("amount_ore", "NOT_A_CHANGE", "write the new amount, no more than was applied for")
	}
	return nil
}

// CheckReverse says whether the directorate can change its own decision without an appeal: only in
// the party's favour (fvl. § 35, first paragraph, letter a).
func CheckReverse(f File, outcome Outcome, amountOre int64, reversedBy string) error {
	switch {
	case f.DecidedAt == nil || f.Outcome == Withdrawn:
		return fault.NewPrecondition("NOT_DECIDED", "there is no decision to reverse")
	case f.NotifiedAt == nil:
		// Otherwise the party would be told of a change before what it changes.
		return fault.NewPrecondition("NOT_NOTIFIED", "the letter about the decision is on its way: try again when the party has it")
	case f.openAppeal() != nil:
		return fault.NewPrecondition("APPEAL_OPEN", "an appeal is being considered: decide that instead")
	}
	if err := checkFourEyes(f, reversedBy); err != nil {
		return err
	}
	if !outcome.Awards() {
		return fault.Field("outcome", "REVERSAL_TO_DETRIMENT", "only the appeal body reverses a decision to the party's detriment")
	}
	if err := checkBetter(f, amountOre); err != nil {
		return err
	}
	if (outcome == Approved) != (amountOre == f.AmountAppliedOre) {
		return fault.Field("outcome", "OUTCOME_AND_AMOUNT_DIFFER", "approve the whole amount applied for, or approve in part")
	}
	return nil
}

// outcomeFor returns the outcome that goes with an amount.
func outcomeFor(f File, amountOre int64) Outcome {
	switch amountOre {
	case 0:
		return Rejected
	case f.AmountAppliedOre:
		return Approved
	}
	return PartiallyApproved
}

// wonOre returns how much of the present award appeals have added, in øre. A lower award takes from that
// first.
func (f File) wonOre() int64 {
	var won int64
	for _, c := range f.AwardChanges {
		switch more := c.AmountOre - c.BeforeOre; {
		case more > 0 && c.AppealID != uuid.Nil:
			won += more
		case more < 0:
			won = max(0, won+more)
		}
	}
	return won
}

// moveFrame binds so much more, or releases it when it is negative, for a change of the award in the
// case as it was. What an appeal adds may use the money that is held back for appeals, and goes back
// there when it is taken away again.
func (s *Server) moveFrame(ctx context.Context, tx pgx.Tx, f File, c AwardChange, more int64) error {
	continuation := f.Type == scheme.Continuation
	switch {
	case more > 0 && c.AppealID != uuid.Nil:
		return s.Schemes.BindForAppeal(ctx, tx, f.SchemeID, f.GrantYear, more, continuation)
	case more > 0:
		return s.Schemes.Bind(ctx, tx, f.SchemeID, f.GrantYear, more, continuation)
	}
	won := min(f.wonOre(), -more)
	if won > 0 {
		if err := s.Schemes.ReleaseFromAppeal(ctx, tx, f.SchemeID, f.GrantYear, won, continuation); err != nil {
			return err
		}
	}
	if rest := -more - won; rest > 0 {
		return s.Schemes.Release(ctx, tx, f.SchemeID, f.GrantYear, rest, continuation)
	}
	return nil
}

// changeAward gives the case another amount and moves the frame by the difference: all or nothing.
func (s *Server) changeAward(ctx context.Context, tx pgx.Tx, f *File, c AwardChange) error {
	c.ID, c.BeforeOre = uuid.Must(uuid.NewV7()), f.AmountAwardedOre
	before := *f
	f.Outcome, f.AmountAwardedOre = c.Outcome, c.AmountOre
	f.AwardChanges = append(f.AwardChanges, c)
	more, err := s.Grants.Change(ctx, tx, f.news(), c.BeforeOre, c.ChangedAt)
	if err != nil {
		return err
	}
	if err := s.moveFrame(ctx, tx, before, c, more); err != nil {
		return err
	}
	err = db.New(tx).InsertAwardChange(ctx, db.InsertAwardChangeParams{
		ID: c.ID, CaseID: f.ID, AppealID: orNullID(c.AppealID), Outcome: string(c.Outcome), BeforeOre: c.BeforeOre,
		AmountOre: c.AmountOre, Reasons: c.Reasons, ChangedBy: c.ChangedBy, ChangedAt: c.ChangedAt,
	})
	if err != nil {
		return fmt.Errorf("change an award: %w", err)
	}
	return s.Journal.Write(ctx, tx, entryOfDecision(ctx, *f, c.ID, c.ChangedAt))
}

func orNullID(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func saveAppeal(ctx context.Context, tx pgx.Tx, a *Appeal) error {
	revision, err := db.New(tx).UpdateAppeal(ctx, db.UpdateAppealParams{
		ID: a.ID, OwnerID: orNull(a.OwnerID), Recommended: string(a.Recommended), Assessment: a.Assessment, RecommendedOre: a.RecommendedOre,
		PreparedBy: orNull(a.PreparedBy), PreparedAt: a.PreparedAt, Disposition: string(a.Disposition), Reasons: a.Reasons,
		DecidedBy: orNull(a.DecidedBy), DecidedAt: a.DecidedAt, Outcome: string(a.Outcome), OutcomeReasons: a.OutcomeReasons,
		OutcomeAt: a.OutcomeAt, AmountOre: a.AmountOre, ClosedAt: a.ClosedAt,
	})
	switch {
	case database.Violates(err, "four_eyes"):
		return errFourEyes()
	case database.Violates(err, "somebody_new"):
		return fault.NewPrecondition("NOT_SOMEBODY_NEW", "an appeal is prepared by somebody who neither recommended nor decided in the case")
	case err != nil:
		return fmt.Errorf("save an appeal: %w", err)
	}
	a.Revision = revision
	return nil
}

func loadAppeals(ctx context.Context, q Querier, applicationID uuid.UUID) ([]Appeal, error) {
	rows, err := db.New(q).ListAppeals(ctx, applicationID)
	if err != nil {
		return nil, fmt.Errorf("list appeals: %w", err)
	}
	appeals := make([]Appeal, 0, len(rows))
	for _, row := range rows {
		appeals = append(appeals, decodeAppeal(row))
	}
	return appeals, nil
}

func decodeAppeal(row db.Appeal) Appeal {
	return Appeal{
		ID: row.ID, Revision: row.Revision, CaseID: row.CaseID, ApplicationID: row.ApplicationID, PartyID: row.PartyID, DecisionID: row.DecisionID,
		Grounds: row.Grounds, ChangeWanted: row.ChangeWanted, Late: row.Late, SubmittedBy: row.SubmittedBy, ReceivedAt: row.ReceivedAt,
		OwnerID: orEmptyText(row.OwnerID), Recommended: Disposition(row.Recommended), Assessment: row.Assessment,
		RecommendedOre: row.RecommendedOre, PreparedBy: orEmptyText(row.PreparedBy), PreparedAt: row.PreparedAt,
		Disposition: Disposition(row.Disposition), Reasons: row.Reasons, DecidedBy: orEmptyText(row.DecidedBy), DecidedAt: row.DecidedAt,
		Outcome: BodyOutcome(row.Outcome), OutcomeReasons: row.OutcomeReasons, OutcomeAt: row.OutcomeAt, AmountOre: row.AmountOre, ClosedAt: row.ClosedAt,
	}
}

func loadAwardChanges(ctx context.Context, q Querier, caseID uuid.UUID) ([]AwardChange, error) {
	rows, err := db.New(q).ListAwardChanges(ctx, caseID)
	if err != nil {
		return nil, fmt.Errorf("list changes of the award: %w", err)
	}
	changes := make([]AwardChange, 0, len(rows))
	for _, row := range rows {
		c := AwardChange{
			ID: row.ID, Outcome: Outcome(row.Outcome), BeforeOre: row.BeforeOre, AmountOre: row.AmountOre,
			Reasons: row.Reasons, ChangedBy: row.ChangedBy, ChangedAt: row.ChangedAt,
		}
		if row.AppealID != nil {
			c.AppealID = *row.AppealID
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func orEmptyText(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
