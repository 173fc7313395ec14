package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/services/platform/procedure"
)

// sample is what Såkorn wrote for one submission; the bare program writes the same for others.
type sample struct {
	callCode, submittedBy string
	version               versionSample
	event                 eventSample
	search                searchSample
	entry                 entrySample
	job                   jobSample
	request               requestSample
}

type versionSample struct {
	attachmentIDs []uuid.UUID
	digest        string
}

type eventSample struct{ before, after json.RawMessage }

// searchSample holds the texts that make an application searchable, as they are sent to the database.
type searchSample struct {
	enterpriseID                    uuid.UUID
	enterpriseName                  string
	title, summary, market, product string
	grantYear                       int
}

type entrySample struct {
	kind, status, title string
	documentDate        pgtype.Date
	correspondents      json.RawMessage
	attachments         int
}

type jobSample struct {
	kind        string
	maxAttempts int16
	priority    int16
	metadata    json.RawMessage
	tags        []string
}

type requestSample struct {
	method             string
	bodyHash, response []byte
}

// takeSample reads what Såkorn has written for the submitted application.
func takeSample(ctx context.Context, pool *pgxpool.Pool, applicationID uuid.UUID) (sample, error) {
	var s sample
	var body string
	err := pool.QueryRow(ctx, `SELECT c.code, v.submitted_by, v.attachment_ids, v.sha256, e.before, e.after,
			r.method, r.body_hash, r.response, o.kind, o.max_attempts, o.priority, o.metadata, o.tags,
			j.entry_type, j.status, j.title, j.document_date, j.correspondents, j.attachments,
			w.enterprise_id, w.enterprise_name, w.title, w.summary, w.body, w.grant_year,
			v.content #>> '{businessModel,product}'
		FROM application a
		JOIN call c ON c.id = a.call_id
		JOIN application_version v ON v.application_id = a.id
		JOIN audit_event e ON e.application_id = a.id AND e.action = 'APPLICATION_SUBMITTED'
		JOIN request r ON r.actor_id = e.actor_id AND r.request_id = e.request_id
		JOIN river_job o ON o.args ->> 'subject_id' = a.id::text
		JOIN journal_entry j ON j.application_id = a.id AND j.entry_type = 'I'
		JOIN application_search w ON w.application_id = a.id
		WHERE a.id = $1`, applicationID).
		Scan(&s.callCode, &s.submittedBy, &s.version.attachmentIDs, &s.version.digest, &s.event.before, &s.event.after,
			&s.request.method, &s.request.bodyHash, &s.request.response, &s.job.kind, &s.job.maxAttempts, &s.job.priority, &s.job.metadata, &s.job.tags,
			&s.entry.kind, &s.entry.status, &s.entry.title, &s.entry.documentDate, &s.entry.correspondents, &s.entry.attachments,
			&s.search.enterpriseID, &s.search.enterpriseName, &s.search.title, &s.search.summary, &body, &s.search.grantYear,
			&s.search.product)
	if err != nil {
		return s, fmt.Errorf("read what a submission writes: %w", err)
	}
	s.search.market = strings.TrimSuffix(body, "\n"+s.search.product)
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

// statements are the writes of one submission, and nothing that reads, checks or locks.
func (b *bare) statements(d draft) []statement {
	s, now, id, requestID := b.samples[d.of], time.Now(), d.id, uuid.New()
	return []statement{
		{`UPDATE application SET state = 'SUBMITTED', reference = $2 || '-' || lpad(nextval('application_reference')::text, 6, '0'),
			version = 1, unsubmitted = false, submitted_at = $3, revision = revision + 1, updated_at = $3
			WHERE id = $1`, []any{id, s.callCode, now}},
		{`INSERT INTO application_version (application_id, version, content, attachment_ids, sha256, submitted_by, submitted_at)
			SELECT id, 1, content, $2, $3, $4, $5 FROM application WHERE id = $1`,
			[]any{id, s.version.attachmentIDs, s.version.digest, s.submittedBy, now}},
		{`INSERT INTO audit_event (action, occurred_at, actor_id, subject_kind, subject_id, application_id, request_id, before, after)
			VALUES ('APPLICATION_SUBMITTED', $1, $2, 'application', $3, $3, $4, $5, $6)`,
			[]any{now, s.submittedBy, id, requestID, s.event.before, s.event.after}},
		{`INSERT INTO application_search (application_id, enterprise_id, enterprise_name, title, summary, body, grant_year, submitted_at, document)
			VALUES ($1, $2, $3, $4, $5, concat_ws(E'\n', $6::text, $7::text), $8, $9,
				setweight(to_tsvector('norwegian', $4), 'A') || setweight(to_tsvector('norwegian', $5), 'B') ||
				setweight(to_tsvector('norwegian', $6), 'C') || setweight(to_tsvector('norwegian', $7), 'D'))`,
			[]any{id, s.search.enterpriseID, s.search.enterpriseName, s.search.title, s.search.summary, s.search.market, s.search.product, s.search.grantYear, now}},
		{`INSERT INTO journal_file (application_id) VALUES ($1)`, []any{id}},
		{`INSERT INTO journal_entry (id, source, application_id, written_at, entry_type, status, document_date, received_on,
				title, public_title, correspondents, attachments)
			VALUES ($1, 'application/' || $2::uuid || '/1', $2, $3, $4, $5, $6, $6, $7, $7, $8, $9)`,
			[]any{uuid.Must(uuid.NewV7()), id, now, s.entry.kind, s.entry.status, s.entry.documentDate, s.entry.title, s.entry.correspondents, s.entry.attachments}},
		{`INSERT INTO procedure (kind, subject_id, started_at) VALUES ($1, $2, $3)`, []any{procedure.Casework, id, now}},
		{`INSERT INTO river_job (args, kind, max_attempts, priority, metadata, tags, queue) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			[]any{procedure.WakeArgs{Procedure: procedure.Casework, SubjectID: id}, s.job.kind, s.job.maxAttempts, s.job.priority, s.job.metadata, s.job.tags, nobodysQueue}},
		{`INSERT INTO request (actor_id, request_id, method, body_hash, response, made_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			[]any{s.submittedBy, requestID, s.request.method, s.request.bodyHash, s.request.response, now}},
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
