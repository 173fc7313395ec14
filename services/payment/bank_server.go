package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/payment/db"
	"saakorn/services/payment/iso20022"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
)

// BankServer answers the BankService of the contract.
type BankServer struct {
	saakornv1.UnimplementedBankServiceServer
	*Book
}

// ImportBankFile reads a file from the bank.
func (s *BankServer) ImportBankFile(ctx context.Context, r *saakornv1.ImportBankFileRequest) (*saakornv1.ImportBankFileResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ImportBankFileResponse, error) {
		file, entries, repeated, err := s.Import(ctx, tx, r.GetName(), r.GetContent())
		if err != nil {
			return nil, err
		}
		answer := &saakornv1.ImportBankFileResponse{File: presentFile(file), Repeated: repeated}
		for _, e := range entries {
			answer.Entries = append(answer.Entries, presentEntry(e))
		}
		return answer, nil
	})
}

// ListBankFiles returns the files that have come, newest first.
func (s *BankServer) ListBankFiles(ctx context.Context, r *saakornv1.ListBankFilesRequest) (*saakornv1.ListBankFilesResponse, error) {
	from, err := page.Place(r, newest())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListBankFiles(ctx, db.ListBankFilesParams{BeforeAt: from.At, BeforeID: from.ID, Most: int32(page.Size(r) + 1)})
	if err != nil {
		return nil, fmt.Errorf("list files from the bank: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListBankFilesRow) place { return place{last.ImportedAt, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListBankFilesResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Files = append(answer.Files, presentFile(BankFile{
			ID: row.ID, Name: row.Name, Kind: iso20022.Kind(row.Kind), MessageID: row.MessageID, ImportedBy: row.ImportedBy, ImportedAt: row.ImportedAt,
		}))
	}
	return answer, nil
}

// ListBankEntries returns what somebody has to look at, or all that one file says.
func (s *BankServer) ListBankEntries(ctx context.Context, r *saakornv1.ListBankEntriesRequest) (*saakornv1.ListBankEntriesResponse, error) {
	type at struct {
		Ordinal int32
		ID      uuid.UUID
	}
	from, err := page.Place(r, at{})
	if err != nil {
		return nil, err
	}
	queries, most := db.New(s.Pool), int32(page.Size(r)+1)
	var rows []db.BankEntry
	if r.GetFileId() != "" {
		rows, err = queries.ListBankEntriesOfFile(ctx, db.ListBankEntriesOfFileParams{FileID: uuid.MustParse(r.GetFileId()), AfterOrdinal: from.Ordinal, Most: most})
	} else {
		rows, err = queries.ListOpenBankEntries(ctx, db.ListOpenBankEntriesParams{AfterID: from.ID, Most: most})
	}
	if err != nil {
		return nil, fmt.Errorf("list entries from the bank: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.BankEntry) at { return at{last.Ordinal, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListBankEntriesResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Entries = append(answer.Entries, presentEntry(decodeEntry(row)))
	}
	return answer, nil
}

// ResolveBankEntry records what was found out about an entry.
func (s *BankServer) ResolveBankEntry(ctx context.Context, r *saakornv1.ResolveBankEntryRequest) (*saakornv1.ResolveBankEntryResponse, error) {
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.ResolveBankEntryResponse, error) {
		id, now, queries := uuid.MustParse(r.GetEntryId()), s.Clock.Now(), db.New(tx)
		if _, err := queries.GetBankEntry(ctx, id); err != nil {
			return nil, notFound("entry", err)
		}
		row, err := queries.ResolveBankEntry(ctx, db.ResolveBankEntryParams{ID: id, ResolvedBy: orNull(actor(ctx)), ResolvedAt: &now, Resolution: r.GetResolution()})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, fault.NewPrecondition("NOTHING_TO_RESOLVE", "nothing is left to find out about this entry")
		}
		if err != nil {
			return nil, fmt.Errorf("resolve an entry from the bank: %w", err)
		}
		err = audit.Record(ctx, tx, audit.Event{
			Action: "BANK_ENTRY_RESOLVED", OccurredAt: now, SubjectKind: "bank_entry", SubjectID: id, After: map[string]any{"resolution": r.GetResolution()},
		})
		return &saakornv1.ResolveBankEntryResponse{Entry: presentEntry(decodeEntry(row))}, err
	})
}

// ListPaymentOrders returns the files to the bank, newest first.
func (s *BankServer) ListPaymentOrders(ctx context.Context, r *saakornv1.ListPaymentOrdersRequest) (*saakornv1.ListPaymentOrdersResponse, error) {
	from, err := page.Place(r, newest())
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListOrders(ctx, db.ListOrdersParams{BeforeAt: from.At, BeforeID: from.ID, Most: int32(page.Size(r) + 1)})
	if err != nil {
		return nil, fmt.Errorf("list files to the bank: %w", err)
	}
	rows, next, err := page.Cut(r, rows, func(last db.ListOrdersRow) place { return place{last.MadeAt, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListPaymentOrdersResponse{NextPageToken: next}
	for _, row := range rows {
		answer.Orders = append(answer.Orders, presentOrder(Order{
			ID: row.ID, MessageID: row.MessageID, Version: iso20022.Version(row.Version), FileName: row.FileName, MadeAt: row.MadeAt, WrittenAt: row.WrittenAt,
		}))
	}
	return answer, nil
}

// GetPaymentOrder returns one file to the bank with its contents.
func (s *BankServer) GetPaymentOrder(ctx context.Context, r *saakornv1.GetPaymentOrderRequest) (*saakornv1.GetPaymentOrderResponse, error) {
	row, err := db.New(s.Pool).GetOrder(ctx, uuid.MustParse(r.GetOrderId()))
	if err != nil {
		return nil, notFound("order", err)
	}
	return &saakornv1.GetPaymentOrderResponse{Content: row.Content, Order: presentOrder(Order{
		ID: row.ID, MessageID: row.MessageID, Version: iso20022.Version(row.Version), FileName: row.FileName, MadeAt: row.MadeAt, WrittenAt: row.WrittenAt,
	})}, nil
}

func presentFile(f BankFile) *saakornv1.BankFile {
	return &saakornv1.BankFile{
		Id: f.ID.String(), Name: f.Name, Kind: saakornv1.BankFileKind(saakornv1.BankFileKind_value["BANK_FILE_KIND_"+string(f.Kind)]),
		MessageId: f.MessageID, ImportedAt: optionalTime(&f.ImportedAt), ImportedBy: f.ImportedBy,
	}
}

func presentEntry(e BankEntry) *saakornv1.BankEntry {
	return &saakornv1.BankEntry{
		Id: e.ID.String(), FileId: e.FileID.String(), Ordinal: e.Ordinal, Reference: e.reference(), Status: e.Entry.Status, Code: e.Entry.Code,
		Text: e.Entry.Text, AmountOre: e.Entry.AmountOre, BookedOn: e.Entry.BookedOn.String(),
		Outcome:   saakornv1.BankEntryOutcome(saakornv1.BankEntryOutcome_value["BANK_ENTRY_OUTCOME_"+string(e.Outcome)]),
		PaymentId: idText(e.PaymentID), ClaimId: idText(e.ClaimID), Resolution: e.Resolution, ResolvedBy: e.ResolvedBy, ResolvedAt: optionalTime(e.ResolvedAt),
	}
}

func presentOrder(o Order) *saakornv1.PaymentOrder {
	return &saakornv1.PaymentOrder{
		Id: o.ID.String(), MessageId: o.MessageID, Version: string(o.Version), FileName: o.FileName, MadeAt: optionalTime(&o.MadeAt), WrittenAt: optionalTime(o.WrittenAt),
	}
}
