package followup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/followup/db"
	"saakorn/services/grant"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/scheme"
)

// planQuestions plans what the enterprise is asked after its exit. Repeating it changes nothing.
func planQuestions(ctx context.Context, tx pgx.Tx, l grant.Lifecycle, rules scheme.AfterRules) error {
	for _, months := range rules.Months {
		err := db.New(tx).InsertAfterQuestion(ctx, db.InsertAfterQuestionParams{
			ID: uuid.Must(uuid.NewV7()), LifecycleID: l.ID, EnterpriseID: l.EnterpriseID, SchemeID: l.SchemeID, Months: int32(months),
			DueOn: encodeDate(calendar.NextWorkday(l.Exit.On.AddMonths(months))),
		})
		if err != nil {
			return fmt.Errorf("plan a question after the grant: %w", err)
		}
	}
	return nil
}

// asksAfter tells whether an enterprise with this exit is asked how it goes: not one that is no more.
func asksAfter(l grant.Lifecycle) bool {
	return l.State == grant.LifecycleClosed && l.Exit.Kind != grant.ExitBankrupt && l.Exit.Kind != grant.ExitMerged
}

// StartAfterFollowup starts asking an enterprise that has left the scheme how it goes.
func (s *Server) StartAfterFollowup(ctx context.Context, r *saakornv1.StartAfterFollowupRequest) (*saakornv1.StartAfterFollowupResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.StartAfterFollowupResponse, error) {
		l, _, rules, err := s.lock(ctx, tx, r.GetLifecycleId())
		if err != nil {
			return nil, err
		}
		if !asksAfter(l) {
			return nil, fault.NewPrecondition("NOT_CLOSED", "only an enterprise that has left the scheme and still exists is asked how it goes")
		}
		now := s.Clock.Now()
		if err := planQuestions(ctx, tx, l, rules.Followup.After); err != nil {
			return nil, err
		}
		if err := record(ctx, tx, "lifecycle", l.ID, "AFTER_FOLLOWUP_STARTED", now, nil, map[string]any{"exit_on": l.Exit.On.String()}); err != nil {
			return nil, err
		}
		questions, err := listQuestions(ctx, tx, l.ID)
		if err != nil {
			return nil, err
		}
		return &saakornv1.StartAfterFollowupResponse{Questions: decodeAll(questions, presentQuestion)}, s.Waker.Wake(ctx, tx, subject(l.ID), now)
	})
}

// ListAfterQuestions returns what is asked after the grant, and what was answered. Others than the enterprise see
// no small numbers of persons.
func (s *Server) ListAfterQuestions(ctx context.Context, r *saakornv1.ListAfterQuestionsRequest) (*saakornv1.ListAfterQuestionsResponse, error) {
	l, own, err := s.lifecycle(ctx, r.GetLifecycleId())
	if err != nil {
		return nil, err
	}
	questions, err := listQuestions(ctx, s.Pool, l.ID)
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Newest(ctx, l.SchemeID)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListAfterQuestionsResponse{}
	for _, q := range questions {
		if !own {
			q.Answer = suppress(q.Answer, rules.Reporting.Suppression)
		}
		shown := presentQuestion(q)
		shown.AnswerBy = q.AnswerBy(rules.Followup.After).String()
		answer.Questions = append(answer.Questions, shown)
	}
	return answer, nil
}

// questionPlace is where a page of questions begins: after this due date and identifier.
type questionPlace struct {
	DueOn calendar.Date
	ID    uuid.UUID
}

// ListAfterFollowups returns what is asked of every enterprise after the grant, in one state. Small numbers of
// persons are taken out.
func (s *Server) ListAfterFollowups(ctx context.Context, r *saakornv1.ListAfterFollowupsRequest) (*saakornv1.ListAfterFollowupsResponse, error) {
	after, err := page.Place(r, questionPlace{calendar.Date{Year: 1990, Month: time.January, Day: 1}, uuid.Nil})
	if err != nil {
		return nil, err
	}
	state := strings.TrimPrefix(r.GetState().String(), "AFTER_QUESTION_STATE_")
	rows, err := db.New(s.Pool).ListAfterFollowups(ctx, db.ListAfterFollowupsParams{
		State: state, AfterDate: encodeDate(after.DueOn), AfterID: after.ID, RowLimit: int32(page.Size(r) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list questions after the grant: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.AfterQuestion) questionPlace { return questionPlace{decodeDate(last.DueOn), last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListAfterFollowupsResponse{NextPageToken: next}
	for _, row := range rows {
		p, err := s.presentToStaff(ctx, row)
		if err != nil {
			return nil, err
		}
		answer.Questions = append(answer.Questions, p)
	}
	return answer, nil
}

// presentToStaff returns the question with the enterprise's name and without small numbers of persons.
func (s *Server) presentToStaff(ctx context.Context, row db.AfterQuestion) (*saakornv1.AfterQuestion, error) {
	q, err := decodeQuestion(row)
	if err != nil {
		return nil, err
	}
	rules, err := s.Schemes.Newest(ctx, q.SchemeID)
	if err != nil {
		return nil, err
	}
	party, err := s.Enterprises.Enterprise(ctx, q.EnterpriseID)
	if err != nil {
		return nil, err
	}
	q.Answer = suppress(q.Answer, rules.Reporting.Suppression)
	p := presentQuestion(q)
	p.EnterpriseName = party.Name
	return p, nil
}

// suppress returns the answer without small numbers of persons, and without what they could be worked out of.
func suppress(a *saakornv1.AfterAnswer, rule scheme.SuppressionRule) *saakornv1.AfterAnswer {
	if a == nil {
		return nil
	}
	shown := proto.CloneOf(a)
	for _, pair := range []struct{ part, all **int64 }{{&shown.InWork_6M, &shown.Followed_6M}, {&shown.InWork_12M, &shown.Followed_12M}} {
		if *pair.part == nil || *pair.all == nil {
			continue
		}
		if rule.Hides(**pair.part) || rule.Hides(**pair.all-**pair.part) {
			*pair.part = nil
		}
		if rule.Hides(**pair.all) {
			*pair.all = nil
		}
	}
	return shown
}

// AnswerAfterQuestion answers how it goes after the grant.
func (s *Server) AnswerAfterQuestion(ctx context.Context, r *saakornv1.AnswerAfterQuestionRequest) (*saakornv1.AnswerAfterQuestionResponse, error) {
	if err := checkTexts(r); err != nil {
		return nil, err
	}
	before, err := db.New(s.Pool).GetAfterQuestion(ctx, uuid.MustParse(r.GetQuestionId()))
	if err != nil {
		return nil, notFound("question", err)
	}
	if err := mine(ctx, s.Enterprises, before.EnterpriseID, "question"); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AnswerAfterQuestionResponse, error) {
		row, err := db.New(tx).LockAfterQuestion(ctx, before.ID)
		if err != nil {
			return nil, notFound("question", err)
		}
		q, err := decodeQuestion(row)
		if err != nil {
			return nil, err
		}
		if r.GetEtag() != q.Etag() {
			return nil, fault.NewConflict(q.Etag())
		}
		if err := CheckAnswer(q, r.GetAnswer()); err != nil {
			return nil, err
		}
		caller, _ := access.From(ctx)
		now := s.Clock.Now()
		q.State, q.Answer, q.AnsweredBy, q.AnsweredAt = Answered, r.GetAnswer(), caller.ID, &now
		if err := saveQuestion(ctx, tx, &q); err != nil {
			return nil, err
		}
		err = record(ctx, tx, "after_question", q.ID, "AFTER_QUESTION_ANSWERED", now, nil, map[string]any{"months": q.Months, "still_running": q.Answer.GetStillRunning()})
		if err != nil {
			return nil, err
		}
		return &saakornv1.AnswerAfterQuestionResponse{Question: presentQuestion(q)}, s.Waker.Wake(ctx, tx, subject(q.LifecycleID), now)
	})
}

// GetAfterSummary returns how enterprises of a scheme do after the grant.
func (s *Server) GetAfterSummary(ctx context.Context, r *saakornv1.GetAfterSummaryRequest) (*saakornv1.GetAfterSummaryResponse, error) {
	rules, err := s.Schemes.Newest(ctx, r.GetSchemeId())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).SummariseAfter(ctx, r.GetSchemeId())
	if err != nil {
		return nil, fmt.Errorf("summarise what became of enterprises: %w", err)
	}
	smallest := int32(rules.Reporting.Suppression.SmallestGroup)
	answer := &saakornv1.GetAfterSummaryResponse{SmallestGroup: smallest}
	for _, row := range rows {
		g := &saakornv1.AfterGroup{Months: row.Months, Answered: row.Answered, Unanswered: row.Unanswered}
		if row.Answered >= smallest {
			g.StillRunningBp = new(row.Running * 10_000 / row.Answered)
		}
		answer.Groups = append(answer.Groups, g)
	}
	return answer, nil
}
