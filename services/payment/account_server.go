package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
)

// AccountServer answers the PayeeAccountService of the contract.
type AccountServer struct {
	saakornv1.UnimplementedPayeeAccountServiceServer
	*Book
}

// ProposePayeeAccount proposes an account that the enterprise is to be paid to.
func (s *AccountServer) ProposePayeeAccount(ctx context.Context, r *saakornv1.ProposePayeeAccountRequest) (*saakornv1.ProposePayeeAccountResponse, error) {
	enterpriseID := uuid.MustParse(r.GetEnterpriseId())
	if err := s.checkEdits(ctx, enterpriseID); err != nil {
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ProposePayeeAccountResponse, error) {
		a, err := s.propose(ctx, tx, enterpriseID, r.GetNumber(), r.GetReason(), s.Clock.Now())
		if err != nil {
			return nil, err
		}
		return &saakornv1.ProposePayeeAccountResponse{Account: presentAccount(ctx, a)}, nil
	})
}

// Propose proposes the first account of an enterprise. Its faults name the field "number".
func (b *Book) Propose(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID, number string, now time.Time) error {
	current, err := currentAccount(ctx, tx, enterpriseID)
	if err != nil {
		return err
	}
	if current != nil {
		return fault.Field("number", "ACCOUNT_EXISTS", "the enterprise has an account already: propose another with ProposePayeeAccount")
	}
	_, err = b.propose(ctx, tx, enterpriseID, number, "", now)
	return err
}

func (b *Book) propose(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID, typed, reason string, now time.Time) (PayeeAccount, error) {
	number, err := ParseAccountNumber(typed)
	if err != nil {
		return PayeeAccount{}, err
	}
	current, err := currentAccount(ctx, tx, enterpriseID)
	if err != nil {
		return PayeeAccount{}, err
	}
	reason = strings.TrimSpace(reason)
	switch {
	case current == nil:
	case current.Number == number:
		return PayeeAccount{}, fault.Field("number", "UNCHANGED", "the enterprise is paid to this account already")
	case reason == "":
		return PayeeAccount{}, fault.Field("reason", "REQUIRED", "say why the account is changed")
	}
	a := PayeeAccount{
		ID: uuid.Must(uuid.NewV7()), Revision: 1, EnterpriseID: enterpriseID, Number: number, Reason: reason,
		State: AccountProposed, ProposedBy: actor(ctx), ProposedAt: now,
	}
	err = db.New(tx).InsertPayeeAccount(ctx, db.InsertPayeeAccountParams{
		ID: a.ID, EnterpriseID: enterpriseID, Number: string(number), Reason: a.Reason, ProposedBy: a.ProposedBy, ProposedAt: now,
	})
	if database.Violates(err, "payee_account_proposed") {
		return PayeeAccount{}, fault.NewPrecondition("ACCOUNT_PROPOSED", "an account waits to be confirmed: it is confirmed or refused first")
	}
	if err != nil {
		return PayeeAccount{}, fmt.Errorf("propose an account: %w", err)
	}
	return a, recordAccount(ctx, tx, a, "ACCOUNT_PROPOSED", now)
}

// recordAccount records what happened to an account. The event holds no more of the number than people
// are shown.
func recordAccount(ctx context.Context, tx pgx.Tx, a PayeeAccount, action string, now time.Time) error {
	return audit.Record(ctx, tx, audit.Event{
		Action: action, OccurredAt: now, SubjectKind: "payee_account", SubjectID: a.ID,
		After: map[string]any{"enterprise_id": a.EnterpriseID, "number": a.Number.Masked(), "state": a.State, "evidence": a.Evidence, "reason": a.RefuseReason},
	})
}

// lockAccount returns the account and keeps others from changing it until the transaction ends.
func lockAccount(ctx context.Context, tx pgx.Tx, id, etag string) (PayeeAccount, error) {
	row, err := db.New(tx).LockPayeeAccount(ctx, uuid.MustParse(id))
	if err != nil {
		return PayeeAccount{}, notFound("account", err)
	}
	a := decodeAccount(row)
	if a.Etag() != etag {
		return a, fault.NewConflict(a.Etag())
	}
	return a, nil
}

// ConfirmPayeeAccount confirms a proposed account; the one before it is replaced.
func (s *AccountServer) ConfirmPayeeAccount(ctx context.Context, r *saakornv1.ConfirmPayeeAccountRequest) (*saakornv1.ConfirmPayeeAccountResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ConfirmPayeeAccountResponse, error) {
		a, err := lockAccount(ctx, tx, r.GetAccountId(), r.GetEtag())
		if err != nil {
			return nil, err
		}
		if err := CheckConfirm(a, r.GetNumber(), r.GetEvidence(), actor(ctx)); err != nil {
			return nil, err
		}
		now, queries := s.Clock.Now(), db.New(tx)
		err = queries.ReplacePayeeAccount(ctx, db.ReplacePayeeAccountParams{EnterpriseID: a.EnterpriseID, Now: &now})
		if err != nil {
			return nil, fmt.Errorf("replace an account: %w", err)
		}
		row, err := queries.ConfirmPayeeAccount(ctx, db.ConfirmPayeeAccountParams{
			ID: a.ID, Evidence: strings.TrimSpace(r.GetEvidence()), ConfirmedBy: orNull(actor(ctx)), ConfirmedAt: &now,
		})
		if database.Violates(err, "payee_account_own") {
			return nil, fault.Field("number", "ANOTHER_ENTERPRISES", "another enterprise is paid to this account: an account is one enterprise's own")
		}
		if err != nil {
			return nil, fmt.Errorf("confirm an account: %w", err)
		}
		a = decodeAccount(row)
		if err := recordAccount(ctx, tx, a, "ACCOUNT_CONFIRMED", now); err != nil {
			return nil, err
		}
		if err := s.wakeEnterprise(ctx, tx, a.EnterpriseID, now); err != nil {
			return nil, err
		}
		return &saakornv1.ConfirmPayeeAccountResponse{Account: presentAccount(ctx, a)}, nil
	})
}

// RefusePayeeAccount refuses a proposed account.
func (s *AccountServer) RefusePayeeAccount(ctx context.Context, r *saakornv1.RefusePayeeAccountRequest) (*saakornv1.RefusePayeeAccountResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RefusePayeeAccountResponse, error) {
		a, err := lockAccount(ctx, tx, r.GetAccountId(), r.GetEtag())
		if err != nil {
			return nil, err
		}
		if err := checkProposed(a); err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		row, err := db.New(tx).RefusePayeeAccount(ctx, db.RefusePayeeAccountParams{
			ID: a.ID, RefuseReason: r.GetReason(), RefusedBy: orNull(actor(ctx)), RefusedAt: &now,
		})
		if err != nil {
			return nil, fmt.Errorf("refuse an account: %w", err)
		}
		a = decodeAccount(row)
		if err := recordAccount(ctx, tx, a, "ACCOUNT_REFUSED", now); err != nil {
			return nil, err
		}
		return &saakornv1.RefusePayeeAccountResponse{Account: presentAccount(ctx, a)}, nil
	})
}

// ListPayeeAccounts returns the accounts of an enterprise, newest first.
func (s *AccountServer) ListPayeeAccounts(ctx context.Context, r *saakornv1.ListPayeeAccountsRequest) (*saakornv1.ListPayeeAccountsResponse, error) {
	enterpriseID := uuid.MustParse(r.GetEnterpriseId())
	if err := s.checkSees(ctx, enterpriseID, "enterprise"); err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListPayeeAccounts(ctx, enterpriseID)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return &saakornv1.ListPayeeAccountsResponse{Accounts: presentAccounts(ctx, decodeAll(rows, decodeAccount))}, nil
}

// ListProposedAccounts returns the accounts that wait to be confirmed, oldest first.
func (s *AccountServer) ListProposedAccounts(ctx context.Context, r *saakornv1.ListProposedAccountsRequest) (*saakornv1.ListProposedAccountsResponse, error) {
	from, err := page.Place(r, place{})
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListProposedAccounts(ctx, db.ListProposedAccountsParams{AfterAt: from.At, AfterID: from.ID, Most: int32(page.Size(r) + 1)})
	if err != nil {
		return nil, fmt.Errorf("list proposed accounts: %w", err)
	}
	accounts, next, err := page.Cut(r, decodeAll(rows, decodeAccount), func(last PayeeAccount) place { return place{last.ProposedAt, last.ID} })
	if err != nil {
		return nil, err
	}
	return &saakornv1.ListProposedAccountsResponse{Accounts: presentAccounts(ctx, accounts), NextPageToken: next}, nil
}

func presentAccounts(ctx context.Context, accounts []PayeeAccount) []*saakornv1.PayeeAccount {
	presented := make([]*saakornv1.PayeeAccount, 0, len(accounts))
	for _, a := range accounts {
		presented = append(presented, presentAccount(ctx, a))
	}
	return presented
}

// presentAccount shows the evidence to staff only.
func presentAccount(ctx context.Context, a PayeeAccount) *saakornv1.PayeeAccount {
	p := &saakornv1.PayeeAccount{
		Id: a.ID.String(), Etag: a.Etag(), EnterpriseId: a.EnterpriseID.String(), Number: a.Number.Masked(), Reason: a.Reason,
		State:      saakornv1.PayeeAccountState(saakornv1.PayeeAccountState_value["PAYEE_ACCOUNT_STATE_"+string(a.State)]),
		ProposedBy: a.ProposedBy, ProposedAt: optionalTime(&a.ProposedAt), ConfirmedBy: a.ConfirmedBy, ConfirmedAt: optionalTime(a.ConfirmedAt),
		RefuseReason: a.RefuseReason, RefusedAt: optionalTime(a.RefusedAt), ReplacedAt: optionalTime(a.ReplacedAt),
	}
	if caller, _ := access.From(ctx); caller.Has(staff()...) {
		p.Evidence = a.Evidence
	}
	return p
}
