-- name: InsertSession :exec
INSERT INTO web_session (id, secret_sha256, person_id, name, roles, started_at, seen_at, expires_at, ends_at)
VALUES (@id, @secret_sha256, @person_id, @name, @roles, @started_at, @started_at, @expires_at, @ends_at);

-- name: LiveSession :one
SELECT id, person_id, name, roles, seen_at, expires_at, ends_at FROM web_session
WHERE secret_sha256 = @secret_sha256 AND ended_at IS NULL AND expires_at > @at::timestamptz;

-- name: KeepAlive :exec
UPDATE web_session SET seen_at = @seen_at, expires_at = @expires_at WHERE id = @id AND ended_at IS NULL;

-- name: EndSession :one
UPDATE web_session SET ended_at = @ended_at::timestamptz WHERE secret_sha256 = @secret_sha256 AND ended_at IS NULL
RETURNING id, person_id;

-- name: ListSessions :many
SELECT id, started_at, seen_at, expires_at FROM web_session
WHERE person_id = @person_id AND ended_at IS NULL AND expires_at > @at::timestamptz
ORDER BY started_at DESC LIMIT 100;

-- name: RevokeSessions :execrows
UPDATE web_session SET ended_at = @ended_at::timestamptz
WHERE person_id = @person_id AND ended_at IS NULL AND expires_at > @ended_at::timestamptz;

-- name: RemoveOldSessions :exec
DELETE FROM web_session WHERE id IN (SELECT o.id FROM web_session o WHERE o.ends_at < @before::timestamptz ORDER BY o.ends_at LIMIT 100);
