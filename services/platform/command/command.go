// Package command carries out mutations so that repeating one is harmless: the answer to a request
// is stored in the transaction that makes the change, and the same request gets the same answer.
package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"

	"saakorn/services/platform/access"
	"saakorn/services/platform/audit"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
)

// Runner carries out mutations in one database.
type Runner struct {
	Pool  *pgxpool.Pool
	Clock clock.Clock
}

// Request is a mutation of the contract.
type Request interface {
	proto.Message
	GetRequestId() string
}

// Run carries out the request once. do makes the change in the transaction, and nothing outside it,
// and returns the answer, which is stored with it. A repeated request_id gets the stored answer, and
// what do has done once more is undone: that is rare, and looking first would be a round trip for
// every change. So do may run for a request that has been answered long ago, and what it does outside
// the transaction is not undone: it writes no files, sends no letters or mail, asks no registry, and
// changes nothing in memory but what the caller reads only when Run returns nil. What has to happen
// elsewhere is a row that a procedure or a postman acts upon; what has to be stored or asked first is
// stored or asked before Run, and taken away again when the answer does not use it. With another body it gets an Invalid fault with the reason REQUEST_ID_REUSED. When do
// fails, nothing is stored and the request can be repeated.
func Run[Q Request, A proto.Message](ctx context.Context, r Runner, request Q, do func(context.Context, pgx.Tx) (A, error)) (A, error) {
	var none A
	m, err := identify(ctx, request)
	if err != nil {
		return none, err
	}
	ctx = audit.WithRequest(ctx, m.requestID)
	var answer A
	err = database.InGathering(ctx, r.Pool, func(g *database.Gathering) error {
		if answer, err = do(database.WithTransaction(ctx, g.Tx), g.Tx); err != nil {
			return err
		}
		return store(ctx, g, r.Clock, m, answer)
	})
	if err == nil {
		return answer, nil
	}
	// An earlier call may have used the request_id: that is then why this one failed.
	earlier, replayErr := replay[A](ctx, r.Pool, m)
	if earlier != nil {
		return *earlier, nil
	}
	if _, reused := errors.AsType[*fault.Fault](replayErr); reused {
		return none, replayErr
	}
	return none, err
}

type mutation struct {
	actorID   string
	requestID uuid.UUID
	method    string
	bodyHash  []byte
}

func identify(ctx context.Context, request Request) (mutation, error) {
	caller, ok := access.From(ctx)
	if !ok {
		return mutation{}, errors.New("carry out a request: nobody is acting")
	}
	id, err := uuid.Parse(request.GetRequestId())
	if err != nil {
		return mutation{}, fault.Field("request_id", "NOT_A_UUID", "send a new random UUID with every change")
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return mutation{}, fmt.Errorf("encode a request: %w", err)
	}
	hash := sha256.Sum256(body)
	return mutation{caller.ID, id, string(request.ProtoReflect().Descriptor().FullName()), hash[:]}, nil
}

func replay[A proto.Message](ctx context.Context, pool *pgxpool.Pool, m mutation) (*A, error) {
	var method string
	var hash, stored []byte
	err := pool.QueryRow(ctx, `SELECT method, body_hash, response FROM request WHERE actor_id = $1 AND request_id = $2`,
		m.actorID, m.requestID).Scan(&method, &hash, &stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for an earlier answer: %w", err)
	}
	if method != m.method || !bytes.Equal(hash, m.bodyHash) {
		return nil, fault.Field("request_id", "REQUEST_ID_REUSED",
			"this request_id was used for another request: send a new random UUID with every change")
	}
	var none A
	answer, ok := none.ProtoReflect().Type().New().Interface().(A)
	if !ok {
		return nil, fmt.Errorf("repeat an answer: %T does not make its own kind", none)
	}
	if err := proto.Unmarshal(stored, answer); err != nil {
		return nil, fmt.Errorf("repeat an answer: %w", err)
	}
	return &answer, nil
}

func store(ctx context.Context, tx pgx.Tx, c clock.Clock, m mutation, answer proto.Message) error {
	body, err := proto.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO request (actor_id, request_id, method, body_hash, response, made_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, m.actorID, m.requestID, m.method, m.bodyHash, body, c.Now())
	if err != nil {
		return fmt.Errorf("store an answer: %w", err)
	}
	return nil
}

// Undone tells whether what Run returned err for certainly did not happen: it was refused, or the database
// answered with an error. When no answer came, for instance because the connection was lost, it may have
// happened.
func Undone(err error) bool {
	if _, ok := errors.AsType[*fault.Fault](err); ok {
		return true
	}
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.SeverityUnlocalized == "ERROR" // a fatal one ends the connection, whatever was done
}
