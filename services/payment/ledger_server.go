package payment

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/db"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
)

// LedgerServer answers the LedgerService of the contract.
type LedgerServer struct {
	saakornv1.UnimplementedLedgerServiceServer
	*Book
}

// GetLedgerBalances returns where the kroner of an award, or of a grant year, are.
func (s *LedgerServer) GetLedgerBalances(ctx context.Context, r *saakornv1.GetLedgerBalancesRequest) (*saakornv1.GetLedgerBalancesResponse, error) {
	if r.GetAwardId() != "" {
		a, err := s.Awards.Award(ctx, s.Pool, uuid.MustParse(r.GetAwardId()))
		if err != nil {
			return nil, err
		}
		balances, err := loadBalances(ctx, s.Pool, a.ID)
		return &saakornv1.GetLedgerBalancesResponse{Balances: presentBalances(balances)}, err
	}
	if r.GetSchemeId() == "" || r.GetGrantYear() == 0 {
		return nil, fault.Field("award_id", "REQUIRED", "name an award, or a scheme_id and a grant_year")
	}
	rows, err := db.New(s.Pool).SumBalances(ctx, db.SumBalancesParams{SchemeID: r.GetSchemeId(), GrantYear: r.GetGrantYear()})
	if err != nil {
		return nil, fmt.Errorf("sum balances: %w", err)
	}
	balances := Balances{}
	for _, row := range rows {
		balances[Account(row.Account)] = row.AmountOre
	}
	return &saakornv1.GetLedgerBalancesResponse{Balances: presentBalances(balances)}, nil
}

// ListLedgerPostings returns the postings of an award, oldest first.
func (s *LedgerServer) ListLedgerPostings(ctx context.Context, r *saakornv1.ListLedgerPostingsRequest) (*saakornv1.ListLedgerPostingsResponse, error) {
	after, err := page.Place(r, int64(0))
	if err != nil {
		return nil, err
	}
	queries := db.New(s.Pool)
	rows, err := queries.ListPostings(ctx, db.ListPostingsParams{AwardID: uuid.MustParse(r.GetAwardId()), AfterID: after, Most: int32(page.Size(r) + 1)})
	if err != nil {
		return nil, fmt.Errorf("list postings: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.LedgerPosting) int64 { return last.ID })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListLedgerPostingsResponse{NextPageToken: next}
	ids := make([]int64, 0, len(rows))
	byID := map[int64]*saakornv1.LedgerPosting{}
	for _, row := range rows {
		p := &saakornv1.LedgerPosting{
			Id: row.ID, Kind: row.Kind, PaymentId: idText(orNil(row.PaymentID)), ClaimId: idText(orNil(row.ClaimID)), PostedBy: row.PostedBy,
			PostedAt: optionalTime(&row.PostedAt),
		}
		ids, byID[row.ID] = append(ids, row.ID), p
		answer.Postings = append(answer.Postings, p)
	}
	lines, err := queries.ListLines(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("list lines: %w", err)
	}
	for _, l := range lines {
		byID[l.PostingID].Lines = append(byID[l.PostingID].Lines, &saakornv1.LedgerLine{AwardId: l.AwardID.String(), Account: l.Account, AmountOre: l.AmountOre})
	}
	return answer, nil
}

// mostDifferences is how many differences an answer holds.
const mostDifferences = 100

// ProveLedger proves that the ledger balances, at one moment.
func (s *LedgerServer) ProveLedger(ctx context.Context, _ *saakornv1.ProveLedgerRequest) (*saakornv1.ProveLedgerResponse, error) {
	answer := &saakornv1.ProveLedgerResponse{}
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.Pool, snapshot, func(tx pgx.Tx) error {
		differences, err := Differences(ctx, tx, mostDifferences)
		if err != nil {
			return err
		}
		for _, d := range differences {
			answer.Differences = append(answer.Differences, &saakornv1.LedgerDifference{
				Finding: d.Finding, AwardId: idText(d.AwardID), Account: d.Account, LedgerOre: d.LedgerOre, FactsOre: d.FactsOre,
			})
		}
		size, err := db.New(tx).CountLedger(ctx)
		if err != nil {
			return fmt.Errorf("count the ledger: %w", err)
		}
		answer.Balanced, answer.Postings, answer.Lines = len(differences) == 0, size.Postings, size.Lines
		return nil
	})
	return answer, err
}

// Differences returns where the ledger is out of balance, or says something else than the payments and
// claims do: one query over everything. None means that it balances to the øre.
func Differences(ctx context.Context, q Querier, most int) ([]Difference, error) {
	rows, err := db.New(q).ListDifferences(ctx, int32(most))
	if err != nil {
		return nil, fmt.Errorf("prove the ledger: %w", err)
	}
	return decodeAll(rows, func(row db.ListDifferencesRow) Difference {
		return Difference{Finding: row.Finding, AwardID: row.AwardID, Account: row.Account, LedgerOre: row.LedgerOre, FactsOre: row.FactsOre}
	}), nil
}
