package reporting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/page"
	"saakorn/services/platform/person"
	"saakorn/services/reporting/db"
	"saakorn/services/scheme"
)

// OfficePart is what a Nav office that is named as partner answers about a report, by itself (R35).
type OfficePart struct {
	ID          uuid.UUID
	Revision    int64
	ReportID    uuid.UUID
	NavUnitID   uuid.UUID
	PersonID    string
	Answers     []*saakornv1.OfficeAnswer
	InvitedAt   time.Time
	SubmittedAt *time.Time
}

// Etag names the revision; it changes with every change of the part.
func (p OfficePart) Etag() string { return fmt.Sprint(p.Revision) }

// CheckAnswers finds what is wrong with an office's answers, and what is missing when they are to be
// submitted.
func CheckAnswers(answers []*saakornv1.OfficeAnswer, questions []scheme.OfficeQuestion, submit bool) []fault.Violation {
	var found []fault.Violation
	given := map[string]bool{}
	for i, a := range answers {
		field := fmt.Sprintf("answers[%d]", i)
		j := slices.IndexFunc(questions, func(q scheme.OfficeQuestion) bool { return q.Key == a.GetQuestionKey() })
		_, number := a.GetValue().(*saakornv1.OfficeAnswer_Number)
		switch {
		case j < 0:
			found = append(found, fault.Violation{Field: field + ".question_key", Reason: "NO_SUCH_QUESTION", Description: "answer a question of the scheme"})
			continue
		case given[a.GetQuestionKey()]:
			found = append(found, fault.Violation{Field: field + ".question_key", Reason: "ANSWERED_TWICE", Description: "answer each question once"})
		case a.GetValue() != nil && number != questions[j].Number:
			found = append(found, fault.Violation{Field: field, Reason: "WRONG_KIND", Description: "answer a number with a number, and the others with text"})
		}
		found = append(found, nationalIDs(field, a)...)
		given[a.GetQuestionKey()] = number || strings.TrimSpace(a.GetText()) != ""
	}
	for _, q := range questions {
		if submit && q.Required && !given[q.Key] {
			found = append(found, fault.Violation{Field: "answers." + q.Key, Reason: "REQUIRED", Description: fmt.Sprintf("answer «%s»", q.Label.In(scheme.English))})
		}
	}
	return found
}

// InviteOffice names who answers for a Nav office that the application names as partner. Somebody else
// can be named until the part has been submitted.
func (s *Server) InviteOffice(ctx context.Context, q *saakornv1.InviteOfficeRequest) (*saakornv1.InviteOfficeResponse, error) {
	caller, _ := access.From(ctx)
	if !caller.Has(saakornv1.Role_ROLE_CASE_OFFICER) {
		if err := s.mine(ctx, q.GetReportId(), true); err != nil {
			return nil, err
		}
	}
	return command.Run(ctx, s.runner(), q, func(ctx context.Context, tx pgx.Tx) (*saakornv1.InviteOfficeResponse, error) {
		r, err := lock(ctx, tx, uuid.MustParse(q.GetReportId()))
		if err != nil {
			return nil, err
		}
		if err := s.checkInvitation(ctx, tx, r, q); err != nil {
			return nil, err
		}
		now := s.Clock.Now()
		done, err := db.New(tx).InsertOfficePart(ctx, db.InsertOfficePartParams{
			ID: uuid.Must(uuid.NewV7()), ReportID: r.ID, NavUnitID: uuid.MustParse(q.GetNavUnitId()), PersonID: q.GetPersonId(),
			InvitedBy: caller.ID, InvitedAt: now,
		})
		if err != nil {
			return nil, fmt.Errorf("invite an office: %w", err)
		}
		if done == 0 {
			return nil, fault.NewPrecondition("PART_SUBMITTED", "the office has submitted its part already")
		}
		after := map[string]any{"nav_unit_id": q.GetNavUnitId(), "person_id": q.GetPersonId()}
		if err := record(ctx, tx, r, "OFFICE_INVITED", now, nil, after); err != nil {
			return nil, err
		}
		parts, err := listParts(ctx, tx, r.ID)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(parts, func(p OfficePart) bool { return p.NavUnitID.String() == q.GetNavUnitId() })
		return &saakornv1.InviteOfficeResponse{Part: presentPart(parts[i])}, nil
	})
}

func (s *Server) checkInvitation(ctx context.Context, tx pgx.Tx, r Report, q *saakornv1.InviteOfficeRequest) error {
	if r.Settled() {
		return r.checkState(Open, Submitted, Returned, Reviewed)
	}
	applied, err := s.Applications.Submission(ctx, tx, r.ApplicationID)
	if err != nil {
		return err
	}
	named := slices.ContainsFunc(applied.Content.GetCollaborations(), func(c *saakornv1.Collaboration) bool { return c.GetNavUnitId() == q.GetNavUnitId() })
	if !named {
		return fault.Field("nav_unit_id", "NO_PARTNER", "invite a Nav office that the application names as partner")
	}
	p, err := person.Get(ctx, tx, q.GetPersonId())
	if fault.Is(err, "NOT_FOUND") || err == nil && !p.Has(saakornv1.Role_ROLE_OFFICE_CONTACT) {
		return fault.Field("person_id", "NO_SUCH_PERSON", "name somebody in the directory who is a contact in a Nav office")
	}
	return err
}

func listParts(ctx context.Context, q Querier, reportID uuid.UUID) ([]OfficePart, error) {
	rows, err := db.New(q).ListOfficeParts(ctx, reportID)
	if err != nil {
		return nil, fmt.Errorf("list the parts of offices: %w", err)
	}
	return decodeParts(rows)
}

func decodeParts(rows []db.ReportOfficePart) ([]OfficePart, error) {
	parts := make([]OfficePart, 0, len(rows))
	for _, row := range rows {
		p := OfficePart{
			ID: row.ID, Revision: row.Revision, ReportID: row.ReportID, NavUnitID: row.NavUnitID, PersonID: row.PersonID,
			InvitedAt: row.InvitedAt, SubmittedAt: row.SubmittedAt,
		}
		var err error
		if p.Answers, err = decodeAnswers(row.Answers); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// officeParts returns what offices have submitted, and of the others only that they have been asked.
func (s *Server) officeParts(ctx context.Context, r Report) ([]*saakornv1.ReportOfficePart, error) {
	parts, err := listParts(ctx, s.Pool, r.ID)
	if err != nil {
		return nil, err
	}
	list := make([]*saakornv1.ReportOfficePart, 0, len(parts))
	for _, p := range parts {
		presented := presentPart(p)
		if p.SubmittedAt == nil {
			presented.Answers = nil
		}
		list = append(list, presented)
	}
	return list, s.addUnitNames(ctx, list)
}

func (s *Server) addUnitNames(ctx context.Context, parts []*saakornv1.ReportOfficePart) error {
	ids := make([]uuid.UUID, 0, len(parts))
	for _, p := range parts {
		ids = append(ids, uuid.MustParse(p.GetNavUnitId()))
	}
	names, err := s.Enterprises.NavUnitNames(ctx, ids)
	if err != nil {
		return err
	}
	for i, p := range parts {
		p.NavUnitName = names[ids[i]]
	}
	return nil
}

type partPlace struct {
	At time.Time
	ID uuid.UUID
}

// ListOfficeParts returns the parts that the caller answers for their office.
func (s *Server) ListOfficeParts(ctx context.Context, q *saakornv1.ListOfficePartsRequest) (*saakornv1.ListOfficePartsResponse, error) {
	caller, _ := access.From(ctx)
	from, err := page.Place(q, partPlace{lastDate().Start(), uuid.Max})
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.Pool).ListPartsOfPerson(ctx, db.ListPartsOfPersonParams{
		PersonID: caller.ID, BeforeAt: from.At, BeforeID: from.ID, RowLimit: int32(page.Size(q) + 1),
	})
	if err != nil {
		return nil, fmt.Errorf("list the parts of a person: %w", err)
	}
	rows, next, err := page.Cut(q, rows, func(last db.ReportOfficePart) partPlace { return partPlace{last.InvitedAt, last.ID} })
	if err != nil {
		return nil, err
	}
	parts, err := decodeParts(rows)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListOfficePartsResponse{NextPageToken: next}
	for _, p := range parts {
		presented := presentPart(p)
		if err := s.addReport(ctx, presented, p.ReportID); err != nil {
			return nil, err
		}
		answer.Parts = append(answer.Parts, presented)
	}
	return answer, s.addUnitNames(ctx, answer.GetParts())
}

// addReport adds the little that an office needs to know of the report.
func (s *Server) addReport(ctx context.Context, p *saakornv1.ReportOfficePart, reportID uuid.UUID) error {
	r, err := s.Store.Report(ctx, s.Pool, reportID)
	if err != nil {
		return err
	}
	e, err := s.Enterprises.Enterprise(ctx, r.EnterpriseID)
	if err != nil {
		return err
	}
	p.EnterpriseName, p.GrantYear, p.DueOn = e.Name, int32(r.GrantYear), r.DueOn.String()
	p.SchemeId, p.SchemeVersion = r.SchemeID, r.SchemeVersion
	return nil
}

// UpdateOfficePart saves, and submits when asked to, the office's own part.
func (s *Server) UpdateOfficePart(ctx context.Context, q *saakornv1.UpdateOfficePartRequest) (*saakornv1.UpdateOfficePartResponse, error) {
	return command.Run(ctx, s.runner(), q, func(ctx context.Context, tx pgx.Tx) (*saakornv1.UpdateOfficePartResponse, error) {
		caller, _ := access.From(ctx)
		row, err := db.New(tx).LockOfficePart(ctx, uuid.MustParse(q.GetPartId()))
		if err != nil {
			return nil, notFound("part of a report", err)
		}
		parts, err := decodeParts([]db.ReportOfficePart{row})
		if err != nil {
			return nil, err
		}
		p := parts[0]
		switch {
		case p.PersonID != caller.ID:
			return nil, fault.NewNotFound("part of a report")
		case p.SubmittedAt != nil:
			return nil, fault.NewPrecondition("PART_SUBMITTED", "the part has been submitted and stands")
		case q.GetEtag() != p.Etag():
			return nil, fault.NewConflict(p.Etag())
		}
		r, err := s.Store.Report(ctx, tx, p.ReportID)
		if err != nil {
			return nil, err
		}
		rules, err := s.Schemes.Definition(ctx, r.SchemeID, r.SchemeVersion)
		if err != nil {
			return nil, err
		}
		if wrong := CheckAnswers(q.GetAnswers(), rules.Reporting.OfficeQuestions, q.GetSubmit()); len(wrong) > 0 {
			return nil, fault.NewInvalid(wrong...)
		}
		now := s.Clock.Now()
		p.Answers = q.GetAnswers()
		action := "OFFICE_PART_SAVED"
		if q.GetSubmit() {
			p.SubmittedAt, action = &now, "OFFICE_PART_SUBMITTED"
		}
		if err := savePart(ctx, tx, &p); err != nil {
			return nil, err
		}
		if err := record(ctx, tx, r, action, now, nil, map[string]any{"part_id": p.ID, "nav_unit_id": p.NavUnitID}); err != nil {
			return nil, err
		}
		return &saakornv1.UpdateOfficePartResponse{Part: presentPart(p)}, nil
	})
}

func savePart(ctx context.Context, tx pgx.Tx, p *OfficePart) error {
	answers, err := encodeAnswers(p.Answers)
	if err != nil {
		return err
	}
	p.Revision, err = db.New(tx).UpdateOfficePart(ctx, db.UpdateOfficePartParams{ID: p.ID, Answers: answers, SubmittedAt: p.SubmittedAt})
	if err != nil {
		return fmt.Errorf("save the part of an office: %w", err)
	}
	return nil
}

// Answers are stored as a part of the contract that holds nothing but them.
func encodeAnswers(answers []*saakornv1.OfficeAnswer) (json.RawMessage, error) {
	stored, err := protojson.Marshal(&saakornv1.ReportOfficePart{Answers: answers})
	if err != nil {
		return nil, fmt.Errorf("encode answers: %w", err)
	}
	return stored, nil
}

func decodeAnswers(stored json.RawMessage) ([]*saakornv1.OfficeAnswer, error) {
	part := &saakornv1.ReportOfficePart{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(stored, part); err != nil {
		return nil, fmt.Errorf("decode answers: %w", err)
	}
	return part.GetAnswers(), nil
}

func presentPart(p OfficePart) *saakornv1.ReportOfficePart {
	presented := &saakornv1.ReportOfficePart{
		Id: p.ID.String(), Etag: p.Etag(), ReportId: p.ReportID.String(), NavUnitId: p.NavUnitID.String(), PersonId: p.PersonID, Answers: p.Answers,
	}
	if p.SubmittedAt != nil {
		presented.SubmittedAt = timestamppb.New(*p.SubmittedAt)
	}
	return presented
}
