package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
	"saakorn/services/session/db"
)

// Server answers the SessionService of the contract.
type Server struct {
	saakornv1.UnimplementedSessionServiceServer

	Pool    *pgxpool.Pool
	Issuers *Issuers
	Tokens  *access.Tokens
	// Clock is the wall clock: sessions expire in real time, also in a rehearsal.
	Clock clock.System
}

// StartSession begins a session for whom the ID token names.
func (s *Server) StartSession(ctx context.Context, r *saakornv1.StartSessionRequest) (*saakornv1.StartSessionResponse, error) {
	p, email, err := s.Issuers.verify(ctx, r.GetIdToken())
	if err != nil {
		return nil, err
	}
	secret, id, now := newSecret(), uuid.New(), s.Clock.Now()
	endsAt := now.Add(longest)
	err = database.InTransaction(ctx, s.Pool, func(tx pgx.Tx) error {
		if err := person.Save(ctx, tx, []person.Person{{ID: p.ID, Name: p.Name, Email: email, Roles: p.Roles}}, now); err != nil {
			return err
		}
		q := db.New(tx)
		err := q.InsertSession(ctx, db.InsertSessionParams{
			ID: id, SecretSha256: hash(secret), PersonID: p.ID, Name: p.Name, Roles: roleNames(p.Roles),
			StartedAt: now, ExpiresAt: expiry(now, endsAt), EndsAt: endsAt,
		})
		if err != nil {
			return fmt.Errorf("store a session: %w", err)
		}
		if err := q.RemoveOldSessions(ctx, now.Add(-kept)); err != nil {
			return fmt.Errorf("remove old sessions: %w", err)
		}
		return audit.Record(access.WithPrincipal(ctx, p), tx, audit.Event{
			Action: "SESSION_STARTED", OccurredAt: now, SubjectKind: "session", SubjectID: id,
		})
	})
	if err != nil {
		return nil, err
	}
	return &saakornv1.StartSessionResponse{Secret: secret, EndsAt: timestamppb.New(endsAt)}, nil
}

// ContinueSession exchanges the secret for a short token.
func (s *Server) ContinueSession(ctx context.Context, r *saakornv1.ContinueSessionRequest) (*saakornv1.ContinueSessionResponse, error) {
	now, q := s.Clock.Now(), db.New(s.Pool)
	live, err := q.LiveSession(ctx, db.LiveSessionParams{SecretSha256: hash(r.GetSecret()), At: now})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NewUnauthenticated("SESSION_OVER", "the session has ended: sign in again")
	}
	if err != nil {
		return nil, fmt.Errorf("load a session: %w", err)
	}
	expires := live.ExpiresAt
	if now.Sub(live.SeenAt) >= step {
		expires = expiry(now, live.EndsAt)
		if err := q.KeepAlive(ctx, db.KeepAliveParams{ID: live.ID, SeenAt: now, ExpiresAt: expires}); err != nil {
			return nil, fmt.Errorf("keep a session alive: %w", err)
		}
	}
	p := access.Principal{ID: live.PersonID, Name: live.Name, Roles: parseRoles(live.Roles)}
	token, err := s.Tokens.Issue(p, now, now.Add(tokenLife))
	if err != nil {
		return nil, err
	}
	return &saakornv1.ContinueSessionResponse{
		SessionId: live.ID.String(), Token: token, PersonId: p.ID, Name: p.Name, Roles: p.Roles, ExpiresAt: timestamppb.New(expires),
	}, nil
}

// EndSession ends the session with the secret.
func (s *Server) EndSession(ctx context.Context, r *saakornv1.EndSessionRequest) (*saakornv1.EndSessionResponse, error) {
	now := s.Clock.Now()
	err := database.InTransaction(ctx, s.Pool, func(tx pgx.Tx) error {
		ended, err := db.New(tx).EndSession(ctx, db.EndSessionParams{SecretSha256: hash(r.GetSecret()), EndedAt: now})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("end a session: %w", err)
		}
		return audit.Record(access.WithPrincipal(ctx, access.Principal{ID: ended.PersonID}), tx, audit.Event{
			Action: "SESSION_ENDED", OccurredAt: now, SubjectKind: "session", SubjectID: ended.ID,
		})
	})
	if err != nil {
		return nil, err
	}
	return &saakornv1.EndSessionResponse{}, nil
}

// ListSessions returns the caller's sessions.
func (s *Server) ListSessions(ctx context.Context, _ *saakornv1.ListSessionsRequest) (*saakornv1.ListSessionsResponse, error) {
	caller, _ := access.From(ctx)
	rows, err := db.New(s.Pool).ListSessions(ctx, db.ListSessionsParams{PersonID: caller.ID, At: s.Clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	answer := &saakornv1.ListSessionsResponse{}
	for _, row := range rows {
		answer.Sessions = append(answer.Sessions, &saakornv1.Session{
			Id: row.ID.String(), StartedAt: timestamppb.New(row.StartedAt), SeenAt: timestamppb.New(row.SeenAt), ExpiresAt: timestamppb.New(row.ExpiresAt),
		})
	}
	return answer, nil
}

// RevokeSessions ends every session of a person.
func (s *Server) RevokeSessions(ctx context.Context, r *saakornv1.RevokeSessionsRequest) (*saakornv1.RevokeSessionsResponse, error) {
	caller, _ := access.From(ctx)
	if r.GetPersonId() != caller.ID && !caller.Has(saakornv1.Role_ROLE_ADMINISTRATOR) {
		return nil, fault.NewDenied("NOT_YOURS", "you may end your own sessions only")
	}
	runner := command.Runner{Pool: s.Pool, Clock: s.Clock}
	return command.Run(ctx, runner, r, func(ctx context.Context, tx pgx.Tx) (*saakornv1.RevokeSessionsResponse, error) {
		now := s.Clock.Now()
		ended, err := db.New(tx).RevokeSessions(ctx, db.RevokeSessionsParams{PersonID: r.GetPersonId(), EndedAt: now})
		if err != nil {
			return nil, fmt.Errorf("end the sessions of a person: %w", err)
		}
		err = audit.Record(ctx, tx, audit.Event{
			Action: "SESSIONS_REVOKED", OccurredAt: now, SubjectKind: "person", SubjectID: subject(r.GetPersonId()),
			After: map[string]any{"person_id": r.GetPersonId(), "ended": ended},
		})
		return &saakornv1.RevokeSessionsResponse{Ended: int32(ended)}, err
	})
}

// subject makes an identifier for the audit trail of a person's, which need not be a UUID.
func subject(personID string) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("saakorn/person/"+personID))
}

func roleNames(roles []saakornv1.Role) []string {
	names := make([]string, 0, len(roles))
	for _, r := range roles {
		names = append(names, r.String())
	}
	return names
}

func parseRoles(names []string) []saakornv1.Role {
	roles := make([]saakornv1.Role, 0, len(names))
	for _, n := range names {
		roles = append(roles, saakornv1.Role(saakornv1.Role_value[n]))
	}
	return roles
}
