package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"saakorn/services/casework/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/scheme"
)

// NoticeState is what has become of a deficiency notice.
type NoticeState string

// The states of a notice.
const (
	NoticeOpen      NoticeState = "OPEN"
	NoticeAnswered  NoticeState = "ANSWERED"
	NoticeExpired   NoticeState = "EXPIRED" // nothing came in time
	NoticeCancelled NoticeState = "CANCELLED"
)

// Missing is one thing that the applicant is asked for.
type Missing struct {
	Field string `json:"field,omitempty"`
	Text  string `json:"text"`
}

// Notice asks the applicant to complete the application (fvl. §§ 11 and 17). It is no decision and
// starts no appeal period.
type Notice struct {
	ID    uuid.UUID
	Items []Missing
	// Deadline is the last date for an answer (Europe/Oslo).
	Deadline calendar.Date
	State    NoticeState
	// AskedVersion is the version that was found incomplete, AnsweredVersion the one that answered.
	AskedVersion, AnsweredVersion int32
	SentBy                        string
	CreatedAt                     time.Time
	RemindedAt, ClosedAt          *time.Time
}

// openNotice returns the notice that waits for an answer, or nil.
func (f File) openNotice() *Notice {
	if i := slices.IndexFunc(f.Notices, func(n Notice) bool { return n.State == NoticeOpen }); i >= 0 {
		return &f.Notices[i]
	}
	return nil
}

// CheckAsk says whether the applicant can be asked now.
func CheckAsk(f File) error {
	if f.openNotice() != nil {
		return fault.NewPrecondition("NOTICE_OPEN", "the applicant has been asked already: wait for the answer, or cancel that notice")
	}
	return f.checkStep(Clarification, Assessing, Recommending, Deciding)
}

// ask opens a notice: the applicant may complete the application until its deadline has passed, and
// the clock of the case pauses.
func (s *Server) ask(ctx context.Context, tx pgx.Tx, f *File, items []Missing, rules *scheme.Definition, askedBy string, now time.Time) (Notice, error) {
	n := Notice{
		ID: uuid.Must(uuid.NewV7()), Items: items, Deadline: rules.Deadlines.DeficiencyDeadline(now), State: NoticeOpen,
		AskedVersion: f.ScreenedVersion, SentBy: askedBy, CreatedAt: now,
	}
	stored, err := json.Marshal(items)
	if err != nil {
		return n, fmt.Errorf("encode what is missing: %w", err)
	}
	err = db.New(tx).InsertNotice(ctx, db.InsertNoticeParams{
		ID: n.ID, CaseID: f.ID, Items: stored, Deadline: encodeDate(n.Deadline), AskedVersion: n.AskedVersion, SentBy: askedBy, CreatedAt: now,
	})
	if err != nil {
		return n, fmt.Errorf("ask for what is missing: %w", err)
	}
	until := n.Deadline.End()
	if err := s.Applications.LetComplete(ctx, tx, f.ApplicationID, &until, now); err != nil {
		return n, err
	}
	f.Notices = append([]Notice{n}, f.Notices...)
	return n, recordClock(ctx, tx, f.ID, ClockEvent{Kind: ClockPaused, At: now, Reason: "DEFICIENCY_NOTICE"})
}

// closeNotice ends the open notice in one of the ways it can end; the clock resumes.
func closeNotice(ctx context.Context, tx pgx.Tx, f *File, state NoticeState, version int32, now time.Time) error {
	n := f.openNotice()
	if n == nil {
		return nil
	}
	closed, err := db.New(tx).CloseNotice(ctx, db.CloseNoticeParams{ID: n.ID, State: string(state), AnsweredVersion: version, ClosedAt: &now})
	if err != nil {
		return fmt.Errorf("close a notice: %w", err)
	}
	n.State, n.AnsweredVersion, n.ClosedAt = state, version, &now
	if closed == 0 {
		return nil
	}
	return recordClock(ctx, tx, f.ID, ClockEvent{Kind: ClockResumed, At: now, Reason: "NOTICE_" + string(state)})
}

func loadNotices(ctx context.Context, q Querier, caseID uuid.UUID) ([]Notice, error) {
	rows, err := db.New(q).ListNotices(ctx, caseID)
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	notices := make([]Notice, 0, len(rows))
	for _, row := range rows {
		n := Notice{
			ID: row.ID, Deadline: decodeDate(row.Deadline.Time), State: NoticeState(row.State), AskedVersion: row.AskedVersion,
			AnsweredVersion: row.AnsweredVersion, SentBy: row.SentBy, CreatedAt: row.CreatedAt, RemindedAt: row.RemindedAt, ClosedAt: row.ClosedAt,
		}
		if err := json.Unmarshal(row.Items, &n.Items); err != nil {
			return nil, fmt.Errorf("decode what is missing: %w", err)
		}
		notices = append(notices, n)
	}
	return notices, nil
}

// RemindOfMissing records that the applicant has been reminded of the open notice.
func (p *Proceeding) RemindOfMissing(ctx context.Context, applicationID uuid.UUID) error {
	return p.change(ctx, applicationID, "APPLICANT_REMINDED", func(ctx context.Context, tx pgx.Tx, f *File, _ *scheme.Definition, now time.Time) (any, error) {
		n := f.openNotice()
		if n == nil || n.RemindedAt != nil {
			return nil, errDone
		}
		if err := db.New(tx).MarkNoticeReminded(ctx, db.MarkNoticeRemindedParams{ID: n.ID, RemindedAt: &now}); err != nil {
			return nil, fmt.Errorf("record a reminder: %w", err)
		}
		return map[string]any{"notice_id": n.ID}, nil
	})
}

// ExpireNotice ends the open notice when its deadline has passed without an answer. What is missing
// then counts as missing: the officer answers the findings with what there is.
func (p *Proceeding) ExpireNotice(ctx context.Context, applicationID uuid.UUID) error {
	return p.change(ctx, applicationID, "NOTICE_EXPIRED", func(ctx context.Context, tx pgx.Tx, f *File, _ *scheme.Definition, now time.Time) (any, error) {
		n := f.openNotice()
		if n == nil || now.Before(n.Deadline.End()) {
			return nil, errDone
		}
		if err := p.Submissions.LetComplete(ctx, tx, f.ApplicationID, nil, now); err != nil {
			return nil, err
		}
		return map[string]any{"notice_id": n.ID}, closeNotice(ctx, tx, f, NoticeExpired, 0, now)
	})
}

// RecordBreach records that the date for a decision has passed. Why, a person says.
func (p *Proceeding) RecordBreach(ctx context.Context, applicationID uuid.UUID) error {
	return p.change(ctx, applicationID, "DEADLINE_BREACHED", func(ctx context.Context, tx pgx.Tx, f *File, rules *scheme.Definition, now time.Time) (any, error) {
		events, err := loadClock(ctx, tx, f.ID)
		if err != nil {
			return nil, err
		}
		state := ReadClock(events, rules.Deadlines.DecisionDue(f.CallClosesAt), now)
		overdue, running := state.overdueAt()
		if !running || now.Before(overdue) {
			return nil, errDone
		}
		return map[string]any{"due": state.Due.String()}, recordClock(ctx, tx, f.ID, ClockEvent{Kind: ClockBreached, At: now})
	})
}
