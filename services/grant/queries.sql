-- name: GetLifecycle :one
SELECT * FROM lifecycle WHERE id = @id;

-- name: ListEarlierYears :many
SELECT * FROM earlier_year WHERE lifecycle_id = @lifecycle_id ORDER BY grant_year;

-- name: GetAward :one
SELECT * FROM award WHERE id = @id;

-- name: ListAwards :many
SELECT * FROM award WHERE lifecycle_id = @lifecycle_id ORDER BY grant_year, id;

-- name: ListConditions :many
SELECT * FROM condition WHERE award_id = @award_id ORDER BY ordinal;

-- name: ListSuspensions :many
SELECT * FROM suspension WHERE award_id = @award_id ORDER BY starts_at, id;

-- name: IsSuspended :one
SELECT EXISTS (
    SELECT 1 FROM suspension
    WHERE award_id = @award_id AND starts_at <= @now AND (lifted_at IS NULL OR lifted_at > @now));

-- name: GetMeasure :one
SELECT * FROM measure WHERE id = @id;

-- name: ListMeasures :many
SELECT * FROM measure WHERE award_id = @award_id ORDER BY proposed_at, id;

-- Whoever holds the row is the only one to change the lifecycle, its awards or anything of theirs.
-- name: LockLifecycle :one
SELECT * FROM lifecycle WHERE id = @id FOR UPDATE;

-- name: LockLifecycleOfAward :one
SELECT l.id FROM lifecycle l WHERE l.id = (SELECT a.lifecycle_id FROM award a WHERE a.id = @award_id) FOR UPDATE;
