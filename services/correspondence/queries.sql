-- name: InsertMessage :exec
INSERT INTO message (id, application_id, from_enterprise, author_id, body, attachment_ids, sent_at)
VALUES (@id, @application_id, @from_enterprise, @author_id, @body, @attachment_ids, @sent_at);

-- name: GetMessage :one
SELECT * FROM message WHERE id = @id AND application_id = @application_id;

-- name: ListMessages :many
SELECT * FROM message
WHERE application_id = @application_id AND (sent_at, id) < (@before_sent_at::timestamptz, @before_id::uuid)
ORDER BY sent_at DESC, id DESC
LIMIT @row_limit;

-- name: CountUnread :one
SELECT count(*) FROM message
WHERE application_id = @application_id AND from_enterprise = @from_enterprise AND read_at IS NULL;

-- name: MarkRead :execrows
UPDATE message SET read_by = @read_by::text, read_at = @read_at::timestamptz
WHERE application_id = @application_id AND from_enterprise = @from_enterprise AND read_at IS NULL
  AND (sent_at, id) <= (@until_sent_at::timestamptz, @until_id::uuid);

-- name: ListContactLists :many
SELECT * FROM contact_list WHERE enterprise_id = @enterprise_id ORDER BY version DESC LIMIT @row_limit;

-- name: InsertContactList :exec
INSERT INTO contact_list (enterprise_id, version, contacts, handover_note, single_reason, changed_by, changed_at)
VALUES (@enterprise_id, @version, @contacts, @handover_note, @single_reason, @changed_by, @changed_at);

-- name: ListUnread :many
SELECT id, sent_at FROM message
WHERE application_id = @application_id AND from_enterprise = @from_enterprise AND read_at IS NULL
ORDER BY sent_at, id;
