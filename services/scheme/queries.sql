-- name: InsertVersion :execrows
INSERT INTO scheme_version (scheme_id, version, valid_from, sha256, source, loaded_at)
VALUES (@scheme_id, @version, @valid_from, @sha256, @source, @loaded_at)
ON CONFLICT (scheme_id, version) DO NOTHING;

-- name: GetVersion :one
SELECT * FROM scheme_version WHERE scheme_id = @scheme_id AND version = @version;

-- name: ListVersions :many
SELECT scheme_id, version, valid_from FROM scheme_version ORDER BY scheme_id, valid_from DESC, version DESC;

-- The frame may be raised by a newer version of the scheme; the database refuses to lower it below
-- what is bound.
-- name: SaveFrame :exec
INSERT INTO budget_frame (scheme_id, grant_year, frame_ore, expected_ore, appeal_reserve_ore)
VALUES (@scheme_id, @grant_year, @frame_ore, @expected_ore, @appeal_reserve_ore)
ON CONFLICT (scheme_id, grant_year) DO UPDATE
SET frame_ore = excluded.frame_ore, expected_ore = excluded.expected_ore, appeal_reserve_ore = excluded.appeal_reserve_ore;

-- name: GetFrame :one
SELECT * FROM budget_frame WHERE scheme_id = @scheme_id AND grant_year = @grant_year;

-- Binds money in one statement, so that two decisions at the same moment cannot both take the last.
-- Only an appeal uses what is held back for appeals.
-- name: Bind :one
UPDATE budget_frame
SET bound_ore = bound_ore + @amount_ore::bigint,
    bound_continuation_ore = bound_continuation_ore + CASE WHEN @continuation::boolean THEN @amount_ore::bigint ELSE 0 END,
    bound_appeal_ore = bound_appeal_ore + CASE WHEN @appeal::boolean THEN @amount_ore::bigint ELSE 0 END
WHERE scheme_id = @scheme_id AND grant_year = @grant_year
  AND bound_ore + @amount_ore::bigint <= frame_ore
  AND (@appeal::boolean OR bound_ore - bound_appeal_ore + @amount_ore::bigint <= frame_ore - appeal_reserve_ore)
RETURNING *;

-- name: InsertCall :exec
INSERT INTO call (id, scheme_id, scheme_version, code, title_nb, title_nn, title_en, grant_year, opens_at, closes_at, created_at)
VALUES (@id, @scheme_id, @scheme_version, @code, @title_nb, @title_nn, @title_en, @grant_year, @opens_at, @closes_at, @created_at);

-- name: GetCall :one
SELECT * FROM call WHERE id = @id;

-- name: LockCall :one
SELECT * FROM call WHERE id = @id FOR UPDATE;

-- name: UpdateCall :one
UPDATE call
SET title_nb = @title_nb, title_nn = @title_nn, title_en = @title_en, opens_at = @opens_at, closes_at = @closes_at,
    revision = revision + 1
WHERE id = @id
RETURNING *;

-- The times are asked about again here, because the call may have been changed since they were read.
-- name: MarkOpened :one
UPDATE call SET opened_at = @now::timestamptz WHERE id = @id AND opened_at IS NULL AND opens_at <= @now::timestamptz
RETURNING *;

-- name: MarkClosed :one
UPDATE call SET closed_at = @now::timestamptz WHERE id = @id AND closed_at IS NULL AND closes_at <= @now::timestamptz
RETURNING *;

-- name: ListReminders :many
SELECT due_at FROM call_reminder WHERE call_id = @call_id ORDER BY due_at;

-- name: InsertReminder :exec
INSERT INTO call_reminder (call_id, due_at, sent_at) VALUES (@call_id, @due_at, @sent_at)
ON CONFLICT (call_id, due_at) DO NOTHING;

-- name: ListCalls :many
SELECT * FROM call
WHERE (opens_at, id) < (@before_opens_at::timestamptz, @before_id::uuid)
  AND CASE @state::text
        WHEN 'PLANNED' THEN opens_at > @now::timestamptz
        WHEN 'OPEN' THEN opens_at <= @now::timestamptz AND closes_at > @now::timestamptz
        WHEN 'CLOSED' THEN closes_at <= @now::timestamptz
        ELSE true
      END
ORDER BY opens_at DESC, id DESC
LIMIT @row_limit;

-- What an appeal had bound is given back as such, and never more than is bound.
-- name: Release :execrows
UPDATE budget_frame
SET bound_ore = bound_ore - @amount_ore::bigint,
    bound_continuation_ore = bound_continuation_ore - CASE WHEN @continuation::boolean THEN @amount_ore::bigint ELSE 0 END,
    bound_appeal_ore = greatest(0, least(bound_appeal_ore - CASE WHEN @appeal::boolean THEN @amount_ore::bigint ELSE 0 END, bound_ore - @amount_ore::bigint))
WHERE scheme_id = @scheme_id AND grant_year = @grant_year AND bound_ore >= @amount_ore::bigint;
