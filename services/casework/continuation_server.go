package casework

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
	"saakorn/services/scheme"
)

// ContinuationServer answers the ContinuationService of the contract.
type ContinuationServer struct {
	saakornv1.UnimplementedContinuationServiceServer
	*Server
}

// GetContinuation returns last year's grant beside this year's application.
func (s *ContinuationServer) GetContinuation(ctx context.Context, r *saakornv1.GetContinuationRequest) (*saakornv1.GetContinuationResponse, error) {
	f, err := load(ctx, s.Pool, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	roster, err := s.roster(ctx, s.Pool)
	if err != nil {
		return nil, err
	}
	covered := roster.StandsInFor(caller.ID)
	if !caller.Has(access.Staff()...) && f.toAssess(caller.ID, covered...) == nil {
		return nil, fault.NewNotFound("case")
	}
	if err := s.checkImpartial(ctx, s.Pool, f.ID); err != nil {
		return nil, err
	}
	if f.Type != scheme.Continuation {
		return nil, fault.NewPrecondition("NO_CONTINUATION", "the application is not for a continuation: there is no last year to compare with")
	}
	rules, err := s.Schemes.Definition(ctx, f.SchemeID, f.SchemeVersion)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetContinuationResponse{Question: presentText(rules.Continuation.Question)}
	if !f.undecidedAssessor(caller.ID, covered...) {
		if answer.Answers, err = presentDirections(ctx, s.Pool, f.Directions...); err != nil {
			return nil, err
		}
	}
	return answer, s.compare(ctx, f.Case, rules, answer)
}

// compare adds last year and what differs; nothing when no earlier grant is known.
func (s *ContinuationServer) compare(ctx context.Context, c Case, rules *scheme.Definition, answer *saakornv1.GetContinuationResponse) error {
	row, err := db.New(s.Pool).GetEarlierGrant(ctx, db.GetEarlierGrantParams{
		EnterpriseID: c.EnterpriseID, SchemeID: c.SchemeID, GrantYear: int32(c.GrantYear),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // an enterprise may come with years from before Såkorn
	}
	if err != nil {
		return fmt.Errorf("look for the earlier grant: %w", err)
	}
	earlier := decode(row)
	last, err := s.Applications.Submission(ctx, s.Pool, earlier.ApplicationID)
	if err != nil {
		return err
	}
	this, err := s.Applications.Submission(ctx, s.Pool, c.ApplicationID)
	if err != nil {
		return err
	}
	before, after := yearOf(last, earlier.GrantYear), yearOf(this, c.GrantYear)
	answer.Earlier = &saakornv1.EarlierGrant{
		CaseId: earlier.ID.String(), ApplicationId: earlier.ApplicationID.String(), CaseNumber: earlier.Number,
		GrantYear: before.grant, AmountAppliedOre: earlier.AmountAppliedOre, AmountAwardedOre: earlier.AmountAwardedOre,
	}
	answer.Fields = compareFields(before, after, rules)
	answer.BudgetLines = compareBudgets(before, after, rules)
	answer.Income = compareIncome(before, after)
	answer.Costs = amountDifference("", nil, costOf(before), costOf(after))
	answer.OwnContribution = amountDifference("", nil, before.content.GetBudget().GetOwnContributionOre(), after.content.GetBudget().GetOwnContributionOre())
	answer.AmountApplied = amountDifference("", nil, before.content.GetAmountAppliedOre(), after.content.GetAmountAppliedOre())
	answer.Targets = compareTargets(before, after)
	answer.Milestones = promised(before)
	return nil
}

// AnswerContinuation answers the scheme's question, with reasons.
func (s *ContinuationServer) AnswerContinuation(ctx context.Context, r *saakornv1.AnswerContinuationRequest) (*saakornv1.AnswerContinuationResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AnswerContinuationResponse, error) {
		caller, _ := access.From(ctx)
		var given DirectionAnswer
		f, err := s.change(ctx, tx, r.GetCaseId(), r.GetEtag(), "CONTINUATION_ANSWERED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			if err := CheckAnswerContinuation(*f, r.GetReasons(), now); err != nil {
				return nil, nil, err
			}
			given = DirectionAnswer{
				Direction: Direction(strings.TrimPrefix(r.GetDirection().String(), directionPrefix)), Reasons: r.GetReasons(),
				AnsweredBy: caller.ID, AnsweredAt: now,
			}
			before := f.direction()
			f.Directions = append([]DirectionAnswer{given}, f.Directions...)
			err := db.New(tx).InsertContinuationAnswer(ctx, db.InsertContinuationAnswerParams{
				CaseID: f.ID, Round: f.Round, Direction: string(given.Direction), Reasons: given.Reasons, AnsweredBy: caller.ID, AnsweredAt: now,
			})
			if err != nil {
				return nil, nil, fmt.Errorf("answer about a continuation: %w", err)
			}
			return before, given, nil
		})
		if err != nil {
			return nil, err
		}
		c, err := s.present(ctx, tx, f.Case)
		if err != nil {
			return nil, err
		}
		answers, err := presentDirections(ctx, tx, given)
		if err != nil {
			return nil, err
		}
		return &saakornv1.AnswerContinuationResponse{Answer: answers[0], Case: c}, nil
	})
}

const directionPrefix = "DIRECTION_"

func presentDirections(ctx context.Context, q person.Querier, answers ...DirectionAnswer) ([]*saakornv1.ContinuationAnswer, error) {
	ids := make([]string, 0, len(answers))
	for _, a := range answers {
		ids = append(ids, a.AnsweredBy)
	}
	names, err := person.Names(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	list := make([]*saakornv1.ContinuationAnswer, 0, len(answers))
	for _, a := range answers {
		list = append(list, &saakornv1.ContinuationAnswer{
			Direction: saakornv1.Direction(saakornv1.Direction_value[directionPrefix+string(a.Direction)]), Reasons: a.Reasons,
			AnsweredBy: a.AnsweredBy, AnsweredByName: names[a.AnsweredBy], AnsweredAt: timestamppb.New(a.AnsweredAt),
		})
	}
	return list, nil
}
