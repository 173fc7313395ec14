package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/db"
	"saakorn/services/platform/access"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/command"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/letter"
	"saakorn/services/scheme"
)

// LetterServer answers the LetterService of the contract.
type LetterServer struct {
	saakornv1.UnimplementedLetterServiceServer
	*Server

	Proceeding *Proceeding
	Archive    letter.Archive
	// Mailbox tells that letters can go to the enterprises' own mailboxes.
	Mailbox bool
}

// PreviewLetter shows a letter about a case as it would be sent now.
func (s *LetterServer) PreviewLetter(ctx context.Context, r *saakornv1.PreviewLetterRequest) (*saakornv1.PreviewLetterResponse, error) {
	f, err := load(ctx, s.Pool, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkImpartial(ctx, s.Pool, f.ID); err != nil {
		return nil, err
	}
	caller, _ := access.From(ctx)
	if f.undecidedAssessor(caller.ID) {
		return nil, fault.NewDenied("ASSESSMENT_NOT_SUBMITTED", "submit your own assessment first: what others recommend would colour it")
	}
	l, err := s.Proceeding.Preview(ctx, f, draft{
		kind: scheme.LetterKey(r.GetKind()), language: r.GetLanguage(), reasons: r.GetReasons(), missing: r.GetMissing(),
	})
	if err != nil {
		return nil, err
	}
	preview, err := s.render(l)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.PreviewLetterResponse{Preview: preview}
	for _, route := range l.Routes(s.Mailbox) {
		answer.Routes = append(answer.Routes, &saakornv1.LetterRoute{Channel: presentChannel(route.Channel), Recipient: route.Recipient})
	}
	return answer, nil
}

func (s *LetterServer) render(l letter.Letter) (*saakornv1.LetterPreview, error) {
	d, err := s.Archive.Renderer.Render(l)
	if err != nil {
		return nil, err
	}
	return &saakornv1.LetterPreview{
		Kind: l.Kind, Language: l.Language, Subject: l.Subject, Parts: presentParts(l.Parts), Html: d.HTML, Pdf: d.PDF,
	}, nil
}

// PreviewTemplates shows the letters of a scheme version with made-up names and figures.
func (s *LetterServer) PreviewTemplates(ctx context.Context, r *saakornv1.PreviewTemplatesRequest) (*saakornv1.PreviewTemplatesResponse, error) {
	rules, err := s.Schemes.Definition(ctx, r.GetSchemeId(), r.GetVersion())
	if err != nil {
		return nil, err
	}
	kinds := scheme.LetterKeys()
	if r.GetKind() != "" {
		kind, err := letterKind(r.GetKind())
		if err != nil {
			return nil, err
		}
		kinds = []scheme.LetterKey{kind}
	}
	language := r.GetLanguage()
	if language == "" {
		language = scheme.Bokmal
	}
	now := s.Clock.Now()
	answer := &saakornv1.PreviewTemplatesResponse{}
	for _, kind := range kinds {
		l, err := fictionalLetter(rules, kind, language, now)
		if err != nil {
			return nil, err
		}
		preview, err := s.render(l)
		if err != nil {
			return nil, err
		}
		answer.Previews = append(answer.Previews, preview)
	}
	return answer, nil
}

// fictionalLetter writes a letter to a made-up enterprise.
func fictionalLetter(rules *scheme.Definition, kind scheme.LetterKey, language string, now time.Time) (letter.Letter, error) {
	data := rules.FictionalLetter(language, calendar.On(now))
	text, err := rules.RenderLetter(kind, language, data)
	if err != nil {
		return letter.Letter{}, err
	}
	l := letter.Letter{
		Kind: string(kind), Language: language, Subject: text.Subject, CreatedAt: now,
		Head: letter.Head{
			Recipient: data.EnterpriseName, OrganizationNumber: data.OrganizationNumber, CaseNumber: data.CaseNumber, Sender: data.Administrator,
		},
	}
	for _, part := range text.Parts {
		l.Parts = append(l.Parts, letter.Part{Heading: part.Heading, Body: part.Body})
	}
	return l, nil
}

func letterKind(text string) (scheme.LetterKey, error) {
	kind := scheme.LetterKey(text)
	if !slices.Contains(scheme.LetterKeys(), kind) {
		return "", fault.Field("kind", "NO_SUCH_LETTER", "name a letter of the scheme, for example "+string(scheme.LetterApproved))
	}
	return kind, nil
}

// GetLetterDocument returns a letter as a document.
func (s *LetterServer) GetLetterDocument(ctx context.Context, r *saakornv1.GetLetterDocumentRequest) (*saakornv1.GetLetterDocumentResponse, error) {
	l, found, err := letter.Find(ctx, s.Pool, uuid.MustParse(r.GetLetterId()))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.NewNotFound("letter")
	}
	mine, all, err := s.seenParties(ctx, l.ApplicationID)
	if err != nil {
		return nil, asLetterNotFound(err)
	}
	applicant, err := s.applicant(ctx, l.ApplicationID)
	if err != nil {
		return nil, err
	}
	if !all && !slices.Contains(mine, partyOf(l, applicant)) {
		return nil, fault.NewNotFound("letter")
	}
	d, err := s.Archive.Document(ctx, l)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.GetLetterDocumentResponse{Html: d.HTML, Pdf: d.PDF}
	if l.PDFSHA256 != nil {
		answer.SentSha256 = *l.PDFSHA256
	}
	return answer, nil
}

// asLetterNotFound keeps a letter that is not the caller's from telling that there is an application.
func asLetterNotFound(err error) error {
	if fault.Is(err, "NOT_FOUND") {
		return fault.NewNotFound("letter")
	}
	return err
}

// ListNotifications returns when each party was told, and until when each can appeal.
func (s *LetterServer) ListNotifications(ctx context.Context, r *saakornv1.ListNotificationsRequest) (*saakornv1.ListNotificationsResponse, error) {
	id := uuid.MustParse(r.GetApplicationId())
	mine, all, err := s.seenParties(ctx, id)
	if err != nil {
		return nil, err
	}
	answer := &saakornv1.ListNotificationsResponse{}
	c, found, err := s.Store.Find(ctx, s.Pool, id)
	if err != nil || !found {
		return answer, err
	}
	list, err := loadNotifications(ctx, s.Pool, c.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		if !all && !slices.Contains(mine, n.EnterpriseID) {
			continue
		}
		e, err := s.Enterprises.Enterprise(ctx, n.EnterpriseID)
		if err != nil {
			return nil, err
		}
		l, err := letter.Get(ctx, s.Pool, n.LetterID)
		if err != nil {
			return nil, err
		}
		answer.Notifications = append(answer.Notifications, &saakornv1.Notification{
			Id: n.ID.String(), EnterpriseId: n.EnterpriseID.String(), EnterpriseName: e.Name, LetterId: n.LetterID.String(),
			LetterKind: l.Kind, NotifiedAt: timestamppb.New(n.NotifiedAt), AppealDeadline: n.AppealDeadline.String(),
		})
	}
	return answer, nil
}

// AddParty makes an enterprise a party to the case.
func (s *LetterServer) AddParty(ctx context.Context, r *saakornv1.AddPartyRequest) (*saakornv1.AddPartyResponse, error) {
	id := uuid.MustParse(r.GetEnterpriseId())
	if strings.TrimSpace(r.GetReason()) == "" {
		return nil, fault.Field("reason", "REQUIRED", "say why the case concerns the enterprise directly")
	}
	if _, err := s.Enterprises.Enterprise(ctx, id); err != nil {
		if fault.Is(err, "NOT_FOUND") {
			return nil, fault.Field("enterprise_id", "NO_SUCH_ENTERPRISE", "name an enterprise in the register")
		}
		return nil, err
	}
	return command.Run(ctx, s.runner(), r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.AddPartyResponse, error) {
		caller, _ := access.From(ctx)
		f, err := s.change(ctx, tx, r.GetCaseId(), "", "PARTY_ADDED", func(f *File, _ *scheme.Definition, now time.Time) (any, any, error) {
			if err := CheckAddParty(*f, id); err != nil {
				return nil, nil, err
			}
			if err := s.checkReachable(ctx, tx, id); err != nil {
				return nil, nil, err
			}
			_, err := db.New(tx).InsertParty(ctx, db.InsertPartyParams{
				CaseID: f.ID, EnterpriseID: id, Reason: r.GetReason(), AddedBy: caller.ID, AddedAt: now,
			})
			if err != nil {
				return nil, nil, fmt.Errorf("add a party: %w", err)
			}
			f.Parties = append(f.Parties, Party{EnterpriseID: id, Reason: r.GetReason(), AddedBy: caller.ID, AddedAt: now})
			after := map[string]any{"enterprise_id": id, "reason": r.GetReason()}
			return nil, after, s.Journal.Write(ctx, tx, entryOfNote(ctx, *f, "Ny part", now))
		})
		if err != nil {
			return nil, err
		}
		list, err := s.presentParties(ctx, f.Parties)
		return &saakornv1.AddPartyResponse{Parties: list}, err
	})
}

// checkReachable refuses an enterprise that nobody could be told for.
func (s *LetterServer) checkReachable(ctx context.Context, tx pgx.Tx, enterpriseID uuid.UUID) error {
	reachable, err := s.Proceeding.Contacts.Recipients(ctx, tx, enterpriseID)
	if err != nil {
		return err
	}
	if len(reachable) == 0 {
		return fault.Field("enterprise_id", "NOBODY_TO_WRITE_TO", "the enterprise has named no contacts: a party that cannot be told cannot be notified")
	}
	return nil
}

// ListParties returns the parties to the case.
func (s *LetterServer) ListParties(ctx context.Context, r *saakornv1.ListPartiesRequest) (*saakornv1.ListPartiesResponse, error) {
	f, err := load(ctx, s.Pool, uuid.MustParse(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	if err := s.checkImpartial(ctx, s.Pool, f.ID); err != nil {
		return nil, err
	}
	list, err := s.presentParties(ctx, f.Parties)
	return &saakornv1.ListPartiesResponse{Parties: list}, err
}

func (s *LetterServer) presentParties(ctx context.Context, list []Party) ([]*saakornv1.Party, error) {
	presented := make([]*saakornv1.Party, 0, len(list))
	for _, party := range list {
		e, err := s.Enterprises.Enterprise(ctx, party.EnterpriseID)
		if err != nil {
			return nil, err
		}
		p := &saakornv1.Party{
			EnterpriseId: party.EnterpriseID.String(), EnterpriseName: e.Name, Applicant: party.Applicant, Reason: party.Reason, AddedBy: party.AddedBy,
		}
		if !party.Applicant {
			p.AddedAt = timestamppb.New(party.AddedAt)
		}
		presented = append(presented, p)
	}
	return presented, nil
}

// addDeliveries adds how each letter was delivered, for staff.
func (s *Server) addDeliveries(ctx context.Context, letters []*saakornv1.Letter) error {
	ids := make([]uuid.UUID, 0, len(letters))
	for _, l := range letters {
		ids = append(ids, uuid.MustParse(l.GetId()))
	}
	deliveries, err := letter.Deliveries(ctx, s.Pool, ids...)
	if err != nil {
		return err
	}
	attempts, err := letter.Attempts(ctx, s.Pool, ids...)
	if err != nil {
		return err
	}
	for i, l := range letters {
		for _, d := range deliveries[ids[i]] {
			l.Deliveries = append(l.Deliveries, presentDelivery(d, attempts[ids[i]]))
		}
	}
	return nil
}

func presentChannel(w letter.Way) saakornv1.DeliveryChannel {
	return saakornv1.DeliveryChannel(saakornv1.DeliveryChannel_value["DELIVERY_CHANNEL_"+string(w)])
}

func presentDelivery(d letter.Delivery, attempts []letter.Attempt) *saakornv1.Delivery {
	p := &saakornv1.Delivery{
		Channel: presentChannel(d.Channel), Recipient: d.Recipient,
		State:       saakornv1.DeliveryState(saakornv1.DeliveryState_value["DELIVERY_STATE_"+string(d.State)]),
		RequestedAt: timestamppb.New(d.RequestedAt), DeliveredAt: optionalTime(d.DeliveredAt), Reference: d.ExternalReference,
	}
	for _, a := range attempts {
		if a.Channel != d.Channel || a.Recipient != d.Recipient {
			continue
		}
		p.Attempts = append(p.Attempts, &saakornv1.DeliveryAttempt{
			Number: a.Number, StartedAt: timestamppb.New(a.StartedAt), EndedAt: optionalTime(a.EndedAt),
			Result:    saakornv1.AttemptResult(saakornv1.AttemptResult_value["ATTEMPT_RESULT_"+string(a.Result)]),
			Reference: a.Reference, Failure: a.Failure,
		})
	}
	return p
}
