-- name: EnsureFile :exec
INSERT INTO journal_file (application_id) VALUES (@application_id) ON CONFLICT (application_id) DO NOTHING;

-- Whoever holds the row is the only one to write in the application's file until committing. It is
-- not updated for that: changing a row twice in a transaction makes the database look for the case
-- again, and wait for whoever decides it.
-- name: LockFile :one
SELECT * FROM journal_file WHERE application_id = @application_id FOR UPDATE;

-- Like LockFile, for whoever need not know what is in the row.
-- name: HoldFile :exec
SELECT FROM journal_file WHERE application_id = @application_id FOR UPDATE;

-- name: OpenFile :exec
UPDATE journal_file
SET case_id = @case_id::uuid, case_number = @case_number::text, party_name = @party_name::text, party_is_person = @party_is_person::boolean
WHERE application_id = @application_id;

-- name: NextNumber :one
SELECT (coalesce(max(number), 0) + 1)::integer FROM journal_entry WHERE application_id = @application_id;

-- The row stays locked until the transaction ends: whoever draws a number uses it or nobody sees it.
-- name: NextSequence :one
INSERT INTO journal_year (year, last) VALUES (@year, 1)
ON CONFLICT (year) DO UPDATE SET last = journal_year.last + 1
RETURNING last;

-- name: GetSourceFile :one
SELECT application_id FROM journal_entry WHERE source = @source;

-- No row comes back when the source has been journaled already.
-- name: InsertEntry :one
INSERT INTO journal_entry (id, source, application_id, written_at, entry_type, status, document_date, received_on, sent_on,
    title, public_title, correspondents, attachments)
VALUES (@id, @source, @application_id, @written_at, @entry_type, @status, @document_date, @received_on, @sent_on,
    @title, @public_title, @correspondents, @attachments)
ON CONFLICT (source) DO NOTHING
RETURNING (SELECT f.case_id IS NOT NULL FROM journal_file f WHERE f.application_id = journal_entry.application_id)::boolean AS has_case;

-- name: ListWaiting :many
SELECT id FROM journal_entry WHERE application_id = @application_id AND sequence IS NULL ORDER BY written_at, id;

-- name: NumberEntry :exec
UPDATE journal_entry
SET journal_year = @journal_year::integer, sequence = @sequence::integer, number = @number::integer, journaled_on = @journaled_on::date
WHERE id = @id;

-- name: MarkSent :one
UPDATE journal_entry SET status = 'E', sent_on = @sent_on::date, revision = revision + 1
WHERE source = @source AND entry_type = 'U' AND status = 'F' AND sent_on IS NULL
RETURNING id, application_id;

-- name: LockEntry :one
SELECT sqlc.embed(e), sqlc.embed(f)
FROM journal_entry e JOIN journal_file f ON f.application_id = e.application_id
WHERE e.id = @id AND e.sequence IS NOT NULL
FOR UPDATE OF e;

-- name: GetEntry :one
SELECT sqlc.embed(e), sqlc.embed(f)
FROM journal_entry e JOIN journal_file f ON f.application_id = e.application_id
WHERE e.id = @id AND e.sequence IS NOT NULL;

-- name: AssessEntry :exec
UPDATE journal_entry
SET disclosure = @disclosure, legal_basis = @legal_basis, public_title = @public_title, assessed_by = @assessed_by::text,
    assessed_on = @assessed_on::date, revision = revision + 1
WHERE id = @id;

-- name: ListPeriod :many
SELECT sqlc.embed(e), sqlc.embed(f)
FROM journal_entry e JOIN journal_file f ON f.application_id = e.application_id
WHERE e.sequence IS NOT NULL
  AND (e.journaled_on, e.sequence) > (@after_journaled_on::date, @after_sequence::integer)
  AND e.journaled_on <= @until::date
ORDER BY e.journaled_on, e.sequence
LIMIT @row_limit;

-- name: ListCase :many
SELECT sqlc.embed(e), sqlc.embed(f)
FROM journal_entry e JOIN journal_file f ON f.application_id = e.application_id
WHERE f.case_id = @case_id::uuid AND e.sequence IS NOT NULL
  AND e.number > @after_number::integer AND e.journaled_on BETWEEN @since::date AND @until::date
ORDER BY e.number
LIMIT @row_limit;

-- The documents of an application's case that were written by then.
-- name: ListDocuments :many
SELECT sqlc.embed(e), sqlc.embed(f)
FROM journal_entry e JOIN journal_file f ON f.application_id = e.application_id
WHERE e.application_id = @application_id AND e.sequence IS NOT NULL AND e.written_at <= @written_by
ORDER BY e.number;

-- name: InsertAccessRequest :exec
INSERT INTO access_request (id, entry_id, email, name, note, received_at, due_on)
VALUES (@id, @entry_id, @email, @name, @note, @received_at, @due_on);

-- name: GetAccessRequest :one
SELECT sqlc.embed(r), f.case_number, e.number
FROM access_request r JOIN journal_entry e ON e.id = r.entry_id JOIN journal_file f ON f.application_id = e.application_id
WHERE r.id = @id;

-- name: LockAccessRequest :one
SELECT sqlc.embed(r), f.case_number, e.number
FROM access_request r JOIN journal_entry e ON e.id = r.entry_id JOIN journal_file f ON f.application_id = e.application_id
WHERE r.id = @id
FOR UPDATE OF r;

-- name: ListAccessRequests :many
SELECT sqlc.embed(r), f.case_number, e.number
FROM access_request r JOIN journal_entry e ON e.id = r.entry_id JOIN journal_file f ON f.application_id = e.application_id
WHERE (r.due_on, r.id) > (@after_due_on::date, @after_id::uuid)
ORDER BY r.due_on, r.id
LIMIT @row_limit;

-- name: ListUnansweredAccessRequests :many
SELECT sqlc.embed(r), f.case_number, e.number
FROM access_request r JOIN journal_entry e ON e.id = r.entry_id JOIN journal_file f ON f.application_id = e.application_id
WHERE r.answer IS NULL AND (r.due_on, r.id) > (@after_due_on::date, @after_id::uuid)
ORDER BY r.due_on, r.id
LIMIT @row_limit;

-- name: AnswerAccessRequest :exec
UPDATE access_request
SET answer = @answer::text, legal_basis = @legal_basis, reasons = @reasons, answered_by = @answered_by::text,
    answered_at = @answered_at::timestamptz, revision = revision + 1
WHERE id = @id;
