package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/procedure"
)

// sample is what Såkorn wrote for one submission; the bare program writes the same for others.
type sample struct {
	callCode string
	// The version.
	content       json.RawMessage
	attachmentIDs []uuid.UUID
	digest        string
	submittedBy   string
	// The event.
	before, after json.RawMessage
	// The request.
	method             string
	bodyHash, response []byte
	// The message to the engine.
	jobKind     string
	maxAttempts int16
	priority    int16
	metadata    json.RawMessage
	tags        []string
}

// takeSample reads what Såkorn has written for the submitted application.
func takeSample(ctx context.Context, pool *pgxpool.Pool, applicationID uuid.UUID) (sample, error) {
	var s sample
	err := pool.QueryRow(ctx, `SELECT c.code, v.content, v.attachment_ids, v.sha256, v.submitted_by, e.before, e.after,
			r.method, r.body_hash, r.response, j.kind, j.max_attempts, j.priority, j.metadata, j.tags
		FROM application a
		JOIN call c ON c.id = a.call_id
		JOIN application_version v ON v.application_id = a.id
		JOIN audit_event e ON e.application_id = a.id AND e.action = 'APPLICATION_SUBMITTED'
		JOIN request r ON r.actor_id = e.actor_id AND r.request_id = e.request_id
		JOIN river_job j ON j.args ->> 'subject_id' = a.id::text
		WHERE a.id = $1`, applicationID).
		Scan(&s.callCode, &s.content, &s.attachmentIDs, &s.digest, &s.submittedBy, &s.before, &s.after,
			&s.method, &s.bodyHash, &s.response, &s.jobKind, &s.maxAttempts, &s.priority, &s.metadata, &s.tags)
	if err != nil {
		return s, fmt.Errorf("read what a submission writes: %w", err)
	}
	return s, nil
}

// bare writes what a submission writes and does nothing else.
type bare struct {
	pool    *pgxpool.Pool
	samples map[*template]sample
}

// nobodysQueue is a queue that no worker reads, so that the bare program's messages stay where they
// are. Its name is as long as that of Såkorn's queue.
const nobodysQueue = "nowhere"

type statement struct {
	sql       string
	arguments []any
}

// statements are the writes of one submission, in Såkorn's order.
func (b *bare) statements(d draft) []statement {
	s, now, requestID := b.samples[d.of], time.Now(), uuid.New()
	return []statement{
		{`INSERT INTO application_version (application_id, version, content, attachment_ids, sha256, submitted_by, submitted_at)
			VALUES ($1, 1, $2, $3, $4, $5, $6)`, []any{d.id, s.content, s.attachmentIDs, s.digest, s.submittedBy, now}},
		{`UPDATE application SET state = 'SUBMITTED', reference = $2 || '-' || lpad(nextval('application_reference')::text, 6, '0'),
			version = 1, unsubmitted = false, submitted_at = $3, revision = revision + 1, updated_at = $3
			WHERE id = $1`, []any{d.id, s.callCode, now}},
		{`INSERT INTO audit_event (action, occurred_at, actor_id, subject_kind, subject_id, application_id, request_id, before, after)
			VALUES ('APPLICATION_SUBMITTED', $1, $2, 'application', $3, $3, $4, $5, $6)`,
			[]any{now, s.submittedBy, d.id, requestID, s.before, s.after}},
		{`INSERT INTO procedure (kind, subject_id, started_at) VALUES ($1, $2, $3)
			ON CONFLICT (kind, subject_id) DO UPDATE SET wanted = procedure.wanted + 1, closed_at = NULL`,
			[]any{procedure.Casework, d.id, now}},
		{`INSERT INTO river_job (args, kind, max_attempts, priority, metadata, tags, queue) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			[]any{procedure.WakeArgs{Procedure: procedure.Casework, SubjectID: d.id}, s.jobKind, s.maxAttempts, s.priority, s.metadata, s.tags, nobodysQueue}},
		{`INSERT INTO request (actor_id, request_id, method, body_hash, response, made_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			[]any{s.submittedBy, requestID, s.method, s.bodyHash, s.response, now}},
	}
}

// stepwise writes one submission as a plain program does: a transaction, one statement after the other.
func (b *bare) stepwise(ctx context.Context, _ int, d draft) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		for _, s := range b.statements(d) {
			if _, err := tx.Exec(ctx, s.sql, s.arguments...); err != nil {
				return err
			}
		}
		return nil
	})
}

// batched writes one submission in a single round trip, which is as fast as the protocol allows.
func (b *bare) batched(ctx context.Context, _ int, d draft) (err error) {
	batch := &pgx.Batch{}
	// Statements sent together without BEGIN are one transaction.
	for _, s := range b.statements(d) {
		batch.Queue(s.sql, s.arguments...)
	}
	results := b.pool.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	for range batch.Len() {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	return nil
}
