package payment

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/grant"
	"saakorn/services/payment/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/task"
)

// Server answers the PaymentService of the contract.
type Server struct {
	saakornv1.UnimplementedPaymentServiceServer
	*Book
}

func (b *Book) runner() command.Runner { return command.Runner{Pool: b.Pool, Clock: b.Clock} }

// staff are the roles that see the money of every enterprise.
func staff() []saakornv1.Role {
	return append(access.Staff(), saakornv1.Role_ROLE_PAYMENT_APPROVER)
}

// checkSees hides the enterprise's money from whoever may not act for it and is not of the staff.
func (b *Book) checkSees(ctx context.Context, enterpriseID uuid.UUID, what string) error {
	caller, _ := access.From(ctx)
	if caller.Has(staff()...) {
		return nil
	}
	right, err := b.Enterprises.Right(ctx, caller.ID, enterpriseID)
	if err != nil {
		return err
	}
	if !right.CanRead() {
		return fault.NewNotFound(what)
	}
	return nil
}

// checkEdits refuses whoever is an entrepreneur and may not edit for the enterprise.
func (b *Book) checkEdits(ctx context.Context, enterpriseID uuid.UUID) error {
	caller, _ := access.From(ctx)
	if caller.Has(saakornv1.Role_ROLE_CASE_OFFICER) {
		_, err := b.Enterprises.Enterprise(ctx, enterpriseID)
		return err
	}
	right, err := b.Enterprises.Right(ctx, caller.ID, enterpriseID)
	if err != nil {
		return err
	}
	switch {
	case !right.CanRead():
		return fault.NewNotFound("enterprise")
	case !right.CanEdit():
		return fault.NewDenied("READER_ONLY", "you may read for this enterprise: ask its administrator for the right to edit")
	}
	return nil
}

// GetPaymentPlan returns the instalments of an award with everything about them.
func (s *Server) GetPaymentPlan(ctx context.Context, r *saakornv1.GetPaymentPlanRequest) (*saakornv1.GetPaymentPlanResponse, error) {
	a, err := s.Awards.Award(ctx, s.Pool, uuid.MustParse(r.GetAwardId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, a.EnterpriseID, "award"); err != nil {
		return nil, err
	}
	m, err := s.read(ctx, s.Pool, a)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetPaymentPlanResponse{Balances: presentBalances(m.Balances)}
	var account *PayeeAccount
	if answer.Instalments, account, err = s.presentPlan(ctx, s.Pool, &m); err != nil {
		return nil, err
	}
	if account != nil {
		answer.Account = account.Number.Masked()
	}
	warning, err := s.warnOf(ctx, s.Pool, &m, calendar.On(s.Clock.Now()))
	if err != nil {
		return nil, err
	}
	answer.RunwayWarning = presentWarning(warning)
	answer.DaysToPayment, err = s.daysToPayment(ctx, a)
	return answer, err
}

// daysToPayment returns how long the first payment took; nil before it.
func (b *Book) daysToPayment(ctx context.Context, a grant.Award) (*int32, error) {
	if a.AcceptedAt == nil {
		return nil, nil
	}
	known, err := db.New(b.Pool).GetAwardMoney(ctx, a.ID)
	if err != nil || !known.FirstPaidOn.Valid {
		return nil, ignoreNone(err)
	}
	days := int32(calendar.Days(calendar.On(*a.AcceptedAt), decodeDate(known.FirstPaidOn)))
	return &days, nil
}

// PreparePayment prepares the payment of an instalment.
func (s *Server) PreparePayment(ctx context.Context, r *saakornv1.PreparePaymentRequest) (*saakornv1.PreparePaymentResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.PreparePaymentResponse, error) {
		if err := s.Bank.ready(); err != nil {
			return nil, err
		}
		row, err := db.New(tx).GetInstalment(ctx, uuid.MustParse(r.GetInstalmentId()))
		if err != nil {
			return nil, notFound("instalment", err)
		}
		now := s.Clock.Now()
		m, err := s.open(ctx, tx, row.AwardID, now)
		if err != nil {
			return nil, err
		}
		i := m.instalment(row.ID)
		claim, err := claimFor(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		p, err := s.prepare(ctx, tx, &m, *i, claim, r.GetSetOffOre(), now)
		if err != nil {
			return nil, err
		}
		if err := s.Waker.Wake(ctx, tx, subject(m.Award.ID), now); err != nil {
			return nil, err
		}
		presented, err := presentPayments(ctx, tx, []Payment{p})
		if err != nil {
			return nil, err
		}
		return &saakornv1.PreparePaymentResponse{Payment: presented[0]}, nil
	})
}

// claimFor returns the claim that the request sets off against, or nil.
func claimFor(ctx context.Context, tx pgx.Tx, r *saakornv1.PreparePaymentRequest) (*Claim, error) {
	if r.GetClaimId() == "" {
		return nil, nil
	}
	c, err := getClaim(ctx, tx, uuid.MustParse(r.GetClaimId()))
	if fault.Is(err, "NOT_FOUND") {
		return nil, fault.Field("claim_id", "NO_SUCH_CLAIM", "name a claim on this enterprise")
	}
	return &c, err
}

func (s *Server) prepare(ctx context.Context, tx pgx.Tx, m *Money, i Instalment, claim *Claim, setOffOre int64, now time.Time) (Payment, error) {
	basis, err := s.basis(ctx, tx, m, now)
	if err != nil {
		return Payment{}, err
	}
	if err := CheckPrepare(i, GatesOf(i, basis), m.Payments); err != nil {
		return Payment{}, err
	}
	if err := CheckSetOff(i.AmountOre, setOffOre, claim, m.Award.EnterpriseID, m.Rules.Recovery.SetOff); err != nil {
		return Payment{}, err
	}
	p := Payment{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, AwardID: m.Award.ID, EnterpriseID: m.Award.EnterpriseID, InstalmentID: i.ID,
		Attempt: attempts(i, m.Payments) + 1, AmountOre: i.AmountOre, SetOffOre: setOffOre, PayeeAccountID: basis.Account.ID,
		State: Prepared, PreparedBy: actor(ctx), PreparedAt: now,
	}
	p.EndToEndID = endToEndID(p.ID)
	if claim != nil {
		p.ClaimID = claim.ID
	}
	if err := insertPayment(ctx, tx, p); err != nil {
		return p, err
	}
	if _, err := task.Settle(ctx, tx, prepareKey(i.ID), now); err != nil {
		return p, err
	}
	for _, earlier := range m.Payments {
		if earlier.InstalmentID != i.ID {
			continue
		}
		if _, err := task.Settle(ctx, tx, failedKey(earlier), now); err != nil {
			return p, err
		}
	}
	err = m.raise(ctx, tx, approveKey(p), taskApprove, p.ID, saakornv1.Role_ROLE_PAYMENT_APPROVER, calendar.Date{}, nil, now)
	if err != nil {
		return p, err
	}
	return p, m.record(ctx, tx, "PAYMENT_PREPARED", "payment", p.ID, now, nil,
		map[string]any{"amount_ore": p.AmountOre, "set_off_ore": p.SetOffOre, "instalment": i.Ordinal, "attempt": p.Attempt})
}

// changePayment carries out a mutation of one payment: its award is locked, the change is made and
// recorded, and the procedure is told to look.
func (s *Server) changePayment(ctx context.Context, tx pgx.Tx, paymentID, etag, action string, do func(ctx context.Context, m *Money, p *Payment, now time.Time) error) (*saakornv1.Payment, error) {
	found, err := getPayment(ctx, tx, uuid.MustParse(paymentID))
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	m, err := s.open(ctx, tx, found.AwardID, now)
	if err != nil {
		return nil, err
	}
	p := m.payment(found.ID)
	if etag != p.Etag() {
		return nil, fault.NewConflict(p.Etag())
	}
	before := p.State
	if err := do(ctx, &m, p, now); err != nil {
		return nil, err
	}
	err = m.record(ctx, tx, action, "payment", p.ID, now, map[string]any{"state": before},
		map[string]any{"state": p.State, "first_approved_by": p.FirstApprovedBy, "approved_by": p.ApprovedBy, "reason": p.CancelReason})
	if err != nil {
		return nil, err
	}
	if err := s.Waker.Wake(ctx, tx, subject(m.Award.ID), now); err != nil {
		return nil, err
	}
	presented, err := presentPayments(ctx, tx, []Payment{*p})
	if err != nil {
		return nil, err
	}
	return presented[0], nil
}

// ApprovePayment approves a payment: the second approval lets it go to the bank.
func (s *Server) ApprovePayment(ctx context.Context, r *saakornv1.ApprovePaymentRequest) (*saakornv1.ApprovePaymentResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ApprovePaymentResponse, error) {
		p, err := s.changePayment(ctx, tx, r.GetPaymentId(), r.GetEtag(), "PAYMENT_APPROVED", func(ctx context.Context, m *Money, p *Payment, now time.Time) error {
			account, err := getAccount(ctx, tx, p.PayeeAccountID)
			if err != nil {
				return err
			}
			if err := CheckApprove(*p, account, actor(ctx)); err != nil {
				return err
			}
			if err := s.recheck(ctx, tx, m, *p, now); err != nil {
				return err
			}
			if p.FirstApprovedBy == "" {
				p.FirstApprovedBy, p.FirstApprovedAt = actor(ctx), &now
				return savePayment(ctx, tx, p)
			}
			p.ApprovedBy, p.ApprovedAt, p.State = actor(ctx), &now, Approved
			if err := savePayment(ctx, tx, p); err != nil {
				return err
			}
			if _, err := task.Settle(ctx, tx, approveKey(*p), now); err != nil {
				return err
			}
			return m.post(ctx, tx, approving(*p), now)
		})
		return &saakornv1.ApprovePaymentResponse{Payment: p}, err
	})
}

// CancelPayment takes a payment back that has not been sent.
func (s *Server) CancelPayment(ctx context.Context, r *saakornv1.CancelPaymentRequest) (*saakornv1.CancelPaymentResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.CancelPaymentResponse, error) {
		p, err := s.changePayment(ctx, tx, r.GetPaymentId(), r.GetEtag(), "PAYMENT_CANCELLED", func(ctx context.Context, m *Money, p *Payment, now time.Time) error {
			if err := CheckCancel(*p); err != nil {
				return err
			}
			if p.State == Approved {
				if err := m.post(ctx, tx, cancelling(*p), now); err != nil {
					return err
				}
			}
			p.State, p.CancelledBy, p.CancelledAt, p.CancelReason = Cancelled, actor(ctx), &now, r.GetReason()
			for _, key := range []string{approveKey(*p), failedKey(*p)} {
				if _, err := task.Settle(ctx, tx, key, now); err != nil {
					return err
				}
			}
			return savePayment(ctx, tx, p)
		})
		return &saakornv1.CancelPaymentResponse{Payment: p}, err
	})
}

// GetPayment returns one payment.
func (s *Server) GetPayment(ctx context.Context, r *saakornv1.GetPaymentRequest) (*saakornv1.GetPaymentResponse, error) {
	p, err := getPayment(ctx, s.Pool, uuid.MustParse(r.GetPaymentId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkSees(ctx, p.EnterpriseID, "payment"); err != nil {
		return nil, err
	}
	presented, err := presentPayments(ctx, s.Pool, []Payment{p})
	if err != nil {
		return nil, err
	}
	return &saakornv1.GetPaymentResponse{Payment: presented[0]}, nil
}

// place is where a page of a list that runs from the newest begins.
type place struct {
	At time.Time
	ID uuid.UUID
}

// newest is before everything in a list that runs from the newest.
func newest() place { return place{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max} }

// ListPayments returns payments, newest first.
func (s *Server) ListPayments(ctx context.Context, r *saakornv1.ListPaymentsRequest) (*saakornv1.ListPaymentsResponse, error) {
	if err := s.checkList(ctx, r.GetEnterpriseId()); err != nil {
		return nil, err
	}
	from, err := page.Place(r, newest())
	if err != nil {
		return nil, err
	}
	queries, most := db.New(s.Pool), int32(page.Size(r)+1)
	state := ""
	if r.GetState() != saakornv1.PaymentState_PAYMENT_STATE_UNSPECIFIED {
		state = stateOf(r.GetState())
	}
	var rows []db.Payment
	switch {
	case r.GetEnterpriseId() != "":
		rows, err = queries.ListPaymentsOfEnterprise(ctx, db.ListPaymentsOfEnterpriseParams{
			EnterpriseID: uuid.MustParse(r.GetEnterpriseId()), State: state, BeforeAt: from.At, BeforeID: from.ID, Most: most,
		})
	case state != "":
		rows, err = queries.ListPaymentsInState(ctx, db.ListPaymentsInStateParams{State: state, BeforeAt: from.At, BeforeID: from.ID, Most: most})
	default:
		rows, err = queries.ListPayments(ctx, db.ListPaymentsParams{BeforeAt: from.At, BeforeID: from.ID, Most: most})
	}
	if err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	payments, next, err := page.Cut(r, decodeAll(rows, decodePayment), func(last Payment) place { return place{last.PreparedAt, last.ID} })
	if err != nil {
		return nil, err
	}
	presented, err := presentPayments(ctx, s.Pool, payments)
	return &saakornv1.ListPaymentsResponse{Payments: presented, NextPageToken: next}, err
}

// checkList lets staff list everything and entrepreneurs what belongs to an enterprise of theirs.
func (b *Book) checkList(ctx context.Context, enterpriseID string) error {
	caller, _ := access.From(ctx)
	if enterpriseID != "" {
		return b.checkSees(ctx, uuid.MustParse(enterpriseID), "enterprise")
	}
	if !caller.Has(staff()...) {
		return fault.Field("enterprise_id", "REQUIRED", "name the enterprise that you act for")
	}
	return nil
}

// RecordRunway records how long the enterprise's money lasts.
func (s *Server) RecordRunway(ctx context.Context, r *saakornv1.RecordRunwayRequest) (*saakornv1.RecordRunwayResponse, error) {
	enterpriseID := uuid.MustParse(r.GetEnterpriseId())
	if err := s.checkEdits(ctx, enterpriseID); err != nil {
		return nil, err
	}
	until, err := calendar.Parse(r.GetLastsUntil())
	if err != nil {
		return nil, fault.Field("lasts_until", "NO_SUCH_DATE", "write a day that exists as YYYY-MM-DD")
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RecordRunwayResponse, error) {
		now := s.Clock.Now()
		err := db.New(tx).InsertRunway(ctx, db.InsertRunwayParams{EnterpriseID: enterpriseID, RecordedAt: now, LastsUntil: encodeDate(until), RecordedBy: actor(ctx)})
		if err != nil {
			return nil, fmt.Errorf("record a runway: %w", err)
		}
		err = audit.Record(ctx, tx, audit.Event{
			Action: "RUNWAY_RECORDED", OccurredAt: now, SubjectKind: "enterprise", SubjectID: enterpriseID, After: map[string]any{"lasts_until": until},
		})
		if err != nil {
			return nil, err
		}
		if err := s.wakeEnterprise(ctx, tx, enterpriseID, now); err != nil {
			return nil, err
		}
		return &saakornv1.RecordRunwayResponse{LastsUntil: until.String()}, nil
	})
}

// wakeEnterprise has the procedures of the enterprise's awards look.
func (b *Book) wakeEnterprise(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID, now time.Time) error {
	ids, err := db.New(tx).ListAwardsOfEnterprise(ctx, enterpriseID)
	if err != nil {
		return fmt.Errorf("list awards with money: %w", err)
	}
	return b.wakeAll(ctx, tx, ids, now)
}

func (b *Book) wakeAll(ctx context.Context, tx pgx.Tx, awardIDs []uuid.UUID, now time.Time) error {
	for _, id := range awardIDs {
		if err := b.Waker.Wake(ctx, tx, subject(id), now); err != nil {
			return err
		}
	}
	return nil
}

// GetPaymentTimes returns how long first payments take.
func (s *Server) GetPaymentTimes(ctx context.Context, r *saakornv1.GetPaymentTimesRequest) (*saakornv1.GetPaymentTimesResponse, error) {
	rows, err := db.New(s.Pool).ListAwardMoney(ctx, db.ListAwardMoneyParams{SchemeID: r.GetSchemeId(), GrantYear: r.GetGrantYear()})
	if err != nil {
		return nil, fmt.Errorf("list awards with money: %w", err)
	}
	today := calendar.On(s.Clock.Now())
	var paid, waiting []int
	within := int32(0)
	for _, row := range rows {
		switch {
		case row.AcceptedAt == nil:
		case row.FirstPaidOn.Valid:
			a, err := s.Awards.Award(ctx, s.Pool, row.AwardID)
			if err != nil {
				return nil, err
			}
			rules, err := s.Schemes.Definition(ctx, a.SchemeID, a.SchemeVersion)
			if err != nil {
				return nil, err
			}
			days := calendar.Days(calendar.On(*row.AcceptedAt), decodeDate(row.FirstPaidOn))
			paid = append(paid, days)
			if days <= rules.Payment.ExpectedDays {
				within++
			}
		default:
			waiting = append(waiting, calendar.Days(calendar.On(*row.AcceptedAt), today))
		}
	}
	answer := &saakornv1.GetPaymentTimesResponse{Paid: int32(len(paid)), Waiting: int32(len(waiting)), WithinAim: within}
	answer.MedianDays, answer.SlowDays, answer.LongestDays = quantile(paid, 0.5), quantile(paid, 0.9), quantile(paid, 1)
	answer.LongestWaitDays = quantile(waiting, 1)
	return answer, nil
}

// quantile returns the smallest value that at least the share of all values does not exceed; 0 for none.
func quantile(values []int, share float64) int32 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(share * float64(len(sorted))))
	return int32(sorted[max(rank, 1)-1])
}
