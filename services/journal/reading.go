package journal

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/journal/db"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
)

// place is where a page of entries begins: after this one. A list of one case counts by Number,
// others by date and Sequence.
type place struct {
	On       calendar.Date
	Sequence int32
	Number   int32
}

// period is a range of journal dates, both included.
type period struct{ from, to calendar.Date }

// parsePeriod reads dates written as YYYY-MM-DD; an empty one means without limit.
func parsePeriod(from, to string) (period, error) {
	p := period{calendar.Date{Year: 1, Month: 1, Day: 1}, calendar.Date{Year: 9999, Month: 12, Day: 31}}
	var wrong []fault.Violation
	for _, field := range []struct {
		name, text string
		date       *calendar.Date
	}{{"from_date", from, &p.from}, {"to_date", to, &p.to}} {
		if field.text == "" {
			continue
		}
		date, err := calendar.Parse(field.text)
		if err != nil {
			wrong = append(wrong, fault.Violation{Field: field.name, Reason: "NO_DATE", Description: "write a day that exists, as YYYY-MM-DD"})
		}
		*field.date = date
	}
	if len(wrong) == 0 && p.to.Before(p.from) {
		wrong = append(wrong, fault.Violation{Field: "to_date", Reason: "BEFORE_FROM_DATE", Description: "the last day comes before the first"})
	}
	if len(wrong) > 0 {
		return p, fault.NewInvalid(wrong...)
	}
	return p, nil
}

// ListJournalEntries returns the entries of a case or of a period with full titles and names. What belongs to
// a case that is closed to the caller is shown as the public sees it.
func (s *Server) ListJournalEntries(ctx context.Context, r *saakornv1.ListJournalEntriesRequest) (*saakornv1.ListJournalEntriesResponse, error) {
	entries, next, err := s.list(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.GetCaseId() != "" && len(entries) > 0 {
		if err := s.Cases.CheckImpartial(ctx, entries[0].ApplicationID); err != nil {
			return nil, err
		}
	}
	if err := s.cover(ctx, entries); err != nil {
		return nil, err
	}
	answer := &saakornv1.ListJournalEntriesResponse{NextPageToken: next}
	for _, e := range entries {
		answer.Entries = append(answer.Entries, present(e))
	}
	return answer, nil
}

// cover takes what the public does not see out of the entries of cases that are closed to the caller.
func (s *Server) cover(ctx context.Context, entries []Journaling) error {
	applications := make([]uuid.UUID, 0, len(entries))
	for _, e := range entries {
		applications = append(applications, e.ApplicationID)
	}
	closed, err := s.Cases.ClosedTo(ctx, applications)
	if err != nil {
		return err
	}
	for i := range entries {
		if closed[entries[i].ApplicationID] {
			entries[i] = entries[i].asPublic()
		}
	}
	return nil
}

// GetPublicJournal returns the journal as anybody may read it (offl. § 3).
func (s *Server) GetPublicJournal(ctx context.Context, r *saakornv1.GetPublicJournalRequest) (*saakornv1.GetPublicJournalResponse, error) {
	entries, next, err := s.list(ctx, r)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetPublicJournalResponse{NextPageToken: next}
	for _, e := range entries {
		answer.Entries = append(answer.Entries, presentPublic(e))
	}
	return answer, nil
}

// listing is a request for a part of the journal.
type listing interface {
	page.Request
	GetFromDate() string
	GetToDate() string
}

func (s *Server) list(ctx context.Context, r listing) ([]Journaling, string, error) {
	p, err := parsePeriod(r.GetFromDate(), r.GetToDate())
	if err != nil {
		return nil, "", err
	}
	from, err := page.Place(r, place{On: p.from})
	if err != nil {
		return nil, "", err
	}
	rows, err := s.rows(ctx, r, p, from)
	if err != nil {
		return nil, "", fmt.Errorf("list the journal: %w", err)
	}
	entries := make([]Journaling, 0, len(rows))
	for _, row := range rows {
		e, err := decode(row.JournalEntry, row.JournalFile)
		if err != nil {
			return nil, "", err
		}
		entries = append(entries, e)
	}
	return page.Cut(r, entries, func(last Journaling) place { return place{last.JournaledOn, last.Sequence, last.Number} })
}

func (s *Server) rows(ctx context.Context, r listing, p period, from place) ([]db.ListPeriodRow, error) {
	queries, limit := db.New(s.Pool), int32(page.Size(r)+1)
	ofCase, ok := r.(*saakornv1.ListJournalEntriesRequest)
	if !ok || ofCase.GetCaseId() == "" {
		return queries.ListPeriod(ctx, db.ListPeriodParams{
			AfterJournaledOn: encodeDate(from.On), AfterSequence: from.Sequence, Until: encodeDate(p.to), RowLimit: limit,
		})
	}
	rows, err := queries.ListCase(ctx, db.ListCaseParams{
		CaseID: uuid.MustParse(ofCase.GetCaseId()), AfterNumber: from.Number, Since: encodeDate(p.from), Until: encodeDate(p.to), RowLimit: limit,
	})
	list := make([]db.ListPeriodRow, 0, len(rows))
	for _, row := range rows {
		list = append(list, db.ListPeriodRow(row))
	}
	return list, err
}

// duePlace is where a page of requests begins: after this one, those due first.
type duePlace struct {
	DueOn calendar.Date
	ID    uuid.UUID
}

// ListAccessRequests returns the requests for access, those due first.
func (s *Server) ListAccessRequests(ctx context.Context, r *saakornv1.ListAccessRequestsRequest) (*saakornv1.ListAccessRequestsResponse, error) {
	from, err := page.Place(r, duePlace{DueOn: calendar.Date{Year: 1, Month: 1, Day: 1}})
	if err != nil {
		return nil, err
	}
	requests, err := s.requests(ctx, r, from)
	if err != nil {
		return nil, fmt.Errorf("list requests for access: %w", err)
	}
	requests, next, err := page.Cut(r, requests, func(last AccessRequest) duePlace { return duePlace{last.DueOn, last.ID} })
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListAccessRequestsResponse{NextPageToken: next}
	for _, request := range requests {
		answer.AccessRequests = append(answer.AccessRequests, presentRequest(request))
	}
	return answer, nil
}

func (s *Server) requests(ctx context.Context, r *saakornv1.ListAccessRequestsRequest, from duePlace) ([]AccessRequest, error) {
	queries := db.New(s.Pool)
	params := db.ListAccessRequestsParams{AfterDueOn: encodeDate(from.DueOn), AfterID: from.ID, RowLimit: int32(page.Size(r) + 1)}
	var list []AccessRequest
	if r.GetUnanswered() {
		rows, err := queries.ListUnansweredAccessRequests(ctx, db.ListUnansweredAccessRequestsParams(params))
		for _, row := range rows {
			list = append(list, decodeRequest(db.GetAccessRequestRow(row)))
		}
		return list, err
	}
	rows, err := queries.ListAccessRequests(ctx, params)
	for _, row := range rows {
		list = append(list, decodeRequest(db.GetAccessRequestRow(row)))
	}
	return list, err
}

// GetAccessAnswer returns what became of a request, without who asked.
func (s *Server) GetAccessAnswer(ctx context.Context, r *saakornv1.GetAccessAnswerRequest) (*saakornv1.GetAccessAnswerResponse, error) {
	row, err := db.New(s.Pool).GetAccessRequest(ctx, uuid.MustParse(r.GetAccessRequestId()))
	if err != nil {
		return nil, notFound(err, "request for access")
	}
	request := decodeRequest(row)
	p := presentRequest(request)
	answer := &saakornv1.GetAccessAnswerResponse{
		Reference: p.GetReference(), ReceivedAt: p.GetReceivedAt(), DueDate: p.GetDueDate(), Answer: p.GetAnswer(),
		LegalBasis: p.GetLegalBasis(), Reasons: p.GetReasons(), AnsweredAt: p.GetAnsweredAt(),
	}
	if deadline, refused := request.AppealDeadline(); refused {
		answer.Appeal, answer.AppealDeadline = howToAppeal(), deadline.String()
	}
	return answer, nil
}

// howToAppeal is what whoever does not get everything is told (offl. § 31).
func howToAppeal() *saakornv1.LocalizedText {
	return &saakornv1.LocalizedText{
		Nb: "Du kan klage på avslaget innen tre uker etter at du fikk svaret. Send klagen til oss, og skriv hvilket dokument den gjelder. Endrer vi ikke svaret, sender vi klagen videre til klageinstansen. Du kan også be om en nærmere begrunnelse innen tre uker.",
		Nn: "Du kan klage på avslaget innan tre veker etter at du fekk svaret. Send klaga til oss, og skriv kva dokument ho gjeld. Endrar vi ikkje svaret, sender vi klaga vidare til klageinstansen. Du kan òg be om ei nærare grunngiving innan tre veker.",
		En: "You can appeal the refusal within three weeks of receiving the answer. Send the appeal to us, and say which document it is about. If we do not change the answer, we send the appeal on to the appeal body. You can also ask for further reasons within three weeks.",
	}
}
