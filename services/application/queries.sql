-- name: InsertApplication :exec
INSERT INTO application (id, call_id, enterprise_id, scheme_id, scheme_version, application_type, content,
    previous_id, created_by, created_at, updated_at)
VALUES (@id, @call_id, @enterprise_id, @scheme_id, @scheme_version, @application_type, @content,
    @previous_id, @created_by, @created_at, @created_at);

-- name: GetApplication :one
SELECT * FROM application WHERE id = @id;

-- Whoever holds the row is the only one to change the application or its attachments.
-- name: LockApplication :one
SELECT * FROM application WHERE id = @id FOR UPDATE;

-- name: UpdateContent :exec
UPDATE application
SET content = @content, unsubmitted = true, revision = revision + 1, updated_at = @updated_at
WHERE id = @id;

-- name: TouchApplication :one
UPDATE application SET unsubmitted = true, revision = revision + 1, updated_at = @updated_at
WHERE id = @id
RETURNING revision;

-- name: UpdateState :exec
UPDATE application
SET state = @state, reference = @reference, version = @version, unsubmitted = @unsubmitted, late = @late,
    submitted_at = @submitted_at, withdrawn_at = @withdrawn_at, decided_at = @decided_at, completion_until = @completion_until,
    revision = revision + 1, updated_at = @updated_at
WHERE id = @id;

-- Like LockApplication, for one that has been read already, unless it has changed since. It draws the
-- number of the reference when there is none.
-- name: LockRevision :one
SELECT (CASE WHEN reference IS NULL THEN nextval('application_reference') ELSE 0 END)::bigint AS number
FROM application WHERE id = @id AND revision = @revision
FOR UPDATE;

-- name: InsertVersion :exec
INSERT INTO application_version (application_id, version, content, attachment_ids, sha256, submitted_by, submitted_at)
SELECT id, @version, content, @attachment_ids, @sha256, @submitted_by, @submitted_at FROM application WHERE id = @application_id;

-- name: ListVersions :many
SELECT * FROM application_version WHERE application_id = @application_id ORDER BY version DESC;

-- name: GetVersion :one
SELECT * FROM application_version WHERE application_id = @application_id AND version = @version;

-- The newest application of the enterprise under the scheme that was submitted and not withdrawn:
-- what a continuation builds on.
-- name: GetPrevious :one
SELECT a.* FROM application a
WHERE a.enterprise_id = @enterprise_id AND a.scheme_id = @scheme_id AND a.call_id <> @call_id AND a.state = 'SUBMITTED'
ORDER BY a.created_at DESC, a.id
LIMIT 1;

-- name: ListForEnterprises :many
SELECT id, revision, call_id, enterprise_id, scheme_id, scheme_version, application_type, state, reference, version,
    unsubmitted, late, previous_id, created_by, created_at, updated_at, submitted_at, withdrawn_at, decided_at
FROM application
WHERE enterprise_id = ANY (@enterprise_ids::uuid[])
  AND (sqlc.narg('call_id')::uuid IS NULL OR call_id = sqlc.narg('call_id'))
  AND (sqlc.narg('state')::text IS NULL OR state = sqlc.narg('state'))
  AND (created_at, id) < (@before_created_at::timestamptz, @before_id::uuid)
ORDER BY created_at DESC, id DESC
LIMIT @row_limit;

-- What staff see: everything that has been submitted, also when it was withdrawn later.
-- name: ListSubmitted :many
SELECT id, revision, call_id, enterprise_id, scheme_id, scheme_version, application_type, state, reference, version,
    unsubmitted, late, previous_id, created_by, created_at, updated_at, submitted_at, withdrawn_at, decided_at
FROM application
WHERE submitted_at IS NOT NULL
  AND (sqlc.narg('enterprise_id')::uuid IS NULL OR enterprise_id = sqlc.narg('enterprise_id'))
  AND (sqlc.narg('call_id')::uuid IS NULL OR call_id = sqlc.narg('call_id'))
  AND (sqlc.narg('state')::text IS NULL OR state = sqlc.narg('state'))
  AND (created_at, id) < (@before_created_at::timestamptz, @before_id::uuid)
ORDER BY created_at DESC, id DESC
LIMIT @row_limit;

-- name: InsertAttachment :exec
INSERT INTO attachment (id, application_id, kind, file_name, media_type, size_bytes, sha256, blob_key, uploaded_by, uploaded_at)
VALUES (@id, @application_id, @kind, @file_name, @media_type, @size_bytes, @sha256, @blob_key, @uploaded_by, @uploaded_at);

-- name: ListAttachments :many
SELECT * FROM attachment WHERE application_id = @application_id AND removed_at IS NULL ORDER BY uploaded_at, id;

-- name: ListAttachmentsByID :many
SELECT * FROM attachment WHERE application_id = @application_id AND id = ANY (@ids::uuid[]) ORDER BY uploaded_at, id;

-- name: RemoveAttachment :exec
UPDATE attachment SET removed_at = @removed_at WHERE id = @id;

-- name: ListDrafts :many
SELECT id, enterprise_id, content FROM application
WHERE call_id = @call_id AND state = 'DRAFT' AND id > @after_id
ORDER BY id
LIMIT @row_limit;
