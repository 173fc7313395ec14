package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	applications "saakorn/services/application/fictional"
	enterprises "saakorn/services/enterprise/fictional"
	"saakorn/services/scheme"
)

// maxTemplates bounds how many enterprises apply; each writes one application.
const maxTemplates = 16

// template is a complete draft that was made through the API. The drafts of a round are copies of it.
type template struct {
	id   uuid.UUID
	etag string
	// person is who submits, token how.
	person, token string
}

// draft is an application that can be submitted.
type draft struct {
	id uuid.UUID
	of *template
}

// side is one of the two programs in one rig, with a call of its own so that their rows can be told apart.
type side struct {
	callID    uuid.UUID
	templates []*template
}

// author makes calls and applications through the API.
type author struct {
	connection *grpc.ClientConn
	enterprise []uuid.UUID
	tokens     []string
}

func dial(address string) (*grpc.ClientConn, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, fmt.Errorf("connect to the API: %w", err)
	}
	return connection, nil
}

func (a *author) signIn(ctx context.Context, person string) (string, error) {
	answer, err := saakornv1.NewDevelopmentServiceClient(a.connection).
		IssueDevelopmentToken(ctx, &saakornv1.IssueDevelopmentTokenRequest{UserId: person})
	if err != nil {
		return "", fmt.Errorf("sign in as %s: %w", person, err)
	}
	return answer.GetToken(), nil
}

func signedIn(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// newAuthor signs in the applicants and registers their enterprises.
func newAuthor(ctx context.Context, address string) (*author, error) {
	connection, err := dial(address)
	if err != nil {
		return nil, err
	}
	a := &author{connection: connection}
	for _, e := range enterprises.Enterprises()[:maxTemplates] {
		token, err := a.signIn(ctx, e.PersonID())
		if err != nil {
			return nil, err
		}
		id, err := a.register(signedIn(ctx, token), e.Number)
		if err != nil {
			return nil, err
		}
		a.enterprise, a.tokens = append(a.enterprise, id), append(a.tokens, token)
	}
	return a, nil
}

// register returns the enterprise with the number, registered now or before.
func (a *author) register(ctx context.Context, number string) (uuid.UUID, error) {
	registry := saakornv1.NewEnterpriseServiceClient(a.connection)
	found, err := registry.LookUpEnterprise(ctx, &saakornv1.LookUpEnterpriseRequest{OrganizationNumber: number})
	if err != nil {
		return uuid.Nil, fmt.Errorf("look up the enterprise %s: %w", number, err)
	}
	if found.GetEnterpriseId() != "" {
		return uuid.Parse(found.GetEnterpriseId())
	}
	answer, err := registry.RegisterEnterprise(ctx, &saakornv1.RegisterEnterpriseRequest{
		RequestId: uuid.NewString(), OrganizationNumber: number,
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("register the enterprise %s: %w", number, err)
	}
	return uuid.Parse(answer.GetEnterprise().GetId())
}

// newSide announces a call under the newest scheme and writes one complete draft for each enterprise.
func (a *author) newSide(ctx context.Context, code string) (*side, error) {
	published, err := scheme.Published()
	if err != nil {
		return nil, err
	}
	newest := published[len(published)-1].Definition
	year := newest.Budgets[0].Year
	callID, err := a.announce(ctx, newest.ID, code, year)
	if err != nil {
		return nil, err
	}
	s := &side{callID: callID}
	for i := range a.enterprise {
		t, err := a.write(ctx, i, callID, year)
		if err != nil {
			return nil, err
		}
		s.templates = append(s.templates, t)
	}
	return s, nil
}

func (a *author) announce(ctx context.Context, schemeID, code string, year int) (uuid.UUID, error) {
	token, err := a.signIn(ctx, "manager-1")
	if err != nil {
		return uuid.Nil, err
	}
	now := time.Now()
	title := "Måling " + code
	answer, err := saakornv1.NewCallServiceClient(a.connection).CreateCall(signedIn(ctx, token), &saakornv1.CreateCallRequest{
		RequestId: uuid.NewString(), SchemeId: schemeID, Code: code, GrantYear: int32(year),
		Title:   &saakornv1.LocalizedText{Nb: title, Nn: title, En: "Measurement " + code},
		OpensAt: timestamppb.New(now.Add(-time.Hour)), ClosesAt: timestamppb.New(now.AddDate(0, 1, 0)),
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("announce the call %s: %w", code, err)
	}
	return uuid.Parse(answer.GetCall().GetId())
}

// write makes a complete draft for the enterprise with the index.
func (a *author) write(ctx context.Context, index int, callID uuid.UUID, year int) (*template, error) {
	e, ctx := enterprises.Enterprises()[index], signedIn(ctx, a.tokens[index])
	service := saakornv1.NewApplicationServiceClient(a.connection)
	const kind = saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY
	created, err := service.CreateApplication(ctx, &saakornv1.CreateApplicationRequest{
		RequestId: uuid.NewString(), CallId: callID.String(), EnterpriseId: a.enterprise[index].String(), Type: kind,
	})
	if err != nil {
		return nil, fmt.Errorf("begin an application: %w", err)
	}
	id := created.GetApplication().GetId()
	content := applications.Content(rand.New(rand.NewPCG(1, uint64(index))), applications.Applicant{ //nolint:gosec // the same applications in every run
		Enterprise: e.Name, Contact: e.People[0].Name(), Email: e.PersonID() + "@saakorn.example",
		Type: kind, GrantYear: year, AmountOre: 80_000_000,
	})
	_, err = service.UpdateApplication(ctx, &saakornv1.UpdateApplicationRequest{
		RequestId: uuid.NewString(), ApplicationId: id, Etag: created.GetApplication().GetEtag(), Content: content,
	})
	if err != nil {
		return nil, fmt.Errorf("write an application: %w", err)
	}
	etag, err := upload(ctx, service, id)
	return &template{uuid.MustParse(id), etag, e.PersonID(), a.tokens[index]}, err
}

// upload attaches the articles of association and returns the application's etag.
func upload(ctx context.Context, service saakornv1.ApplicationServiceClient, id string) (string, error) {
	stream, err := service.UploadAttachment(ctx)
	if err != nil {
		return "", fmt.Errorf("attach a file: %w", err)
	}
	parts := []*saakornv1.UploadAttachmentRequest{
		{Part: &saakornv1.UploadAttachmentRequest_Header{Header: &saakornv1.UploadHeader{
			RequestId: uuid.NewString(), ApplicationId: id, Kind: "articles_of_association", FileName: "vedtekter.pdf",
		}}},
		{Part: &saakornv1.UploadAttachmentRequest_Chunk{Chunk: applications.PDF("Vedtekter")}},
	}
	for _, part := range parts {
		if err := stream.Send(part); err != nil {
			break // the answer says why
		}
	}
	answer, err := stream.CloseAndRecv()
	if err != nil {
		return "", fmt.Errorf("attach a file: %w", err)
	}
	return answer.GetEtag(), nil
}

// copies makes so many drafts of the side, evenly of its templates, straight in the database.
func (g *rig) copies(ctx context.Context, s *side, count int) ([]draft, error) {
	drafts := make([]draft, count)
	ids, templates := make([]uuid.UUID, count), make([]uuid.UUID, count)
	for i := range drafts {
		drafts[i] = draft{uuid.Must(uuid.NewV7()), s.templates[i%len(s.templates)]}
		ids[i], templates[i] = drafts[i].id, drafts[i].of.id
	}
	err := pgx.BeginFunc(ctx, g.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO application (id, revision, call_id, enterprise_id, scheme_id, scheme_version,
				application_type, content, created_by, created_at, updated_at)
			SELECT n.id, t.revision, t.call_id, t.enterprise_id, t.scheme_id, t.scheme_version,
				t.application_type, t.content, t.created_by, t.created_at, t.updated_at
			FROM unnest($1::uuid[], $2::uuid[]) AS n (id, template) JOIN application t ON t.id = n.template`, ids, templates)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO attachment (id, application_id, kind, file_name, media_type, size_bytes, sha256,
				blob_key, uploaded_by, uploaded_at)
			SELECT gen_random_uuid(), n.id, t.kind, t.file_name, t.media_type, t.size_bytes, t.sha256,
				t.blob_key, t.uploaded_by, t.uploaded_at
			FROM unnest($1::uuid[], $2::uuid[]) AS n (id, template) JOIN attachment t ON t.application_id = n.template`, ids, templates)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("copy drafts: %w", err)
	}
	return drafts, nil
}
