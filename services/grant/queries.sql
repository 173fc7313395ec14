-- name: GetLifecycle :one
SELECT * FROM lifecycle WHERE id = @id;

-- Whoever holds the row is the only one to change the lifecycle, its awards or anything of theirs.
-- name: LockLifecycle :one
SELECT * FROM lifecycle WHERE id = @id FOR UPDATE;

-- name: LockLifecycleOfAward :one
SELECT l.id FROM lifecycle l WHERE l.id = (SELECT a.lifecycle_id FROM award a WHERE a.id = @award_id) FOR UPDATE;

-- name: LockLifecycleOf :one
SELECT * FROM lifecycle WHERE scheme_id = @scheme_id AND enterprise_id = @enterprise_id FOR UPDATE;

-- name: InsertLifecycle :execrows
INSERT INTO lifecycle (id, scheme_id, enterprise_id, opened_at, state)
VALUES (@id, @scheme_id, @enterprise_id, @opened_at, 'ACTIVE')
ON CONFLICT (scheme_id, enterprise_id) DO NOTHING;

-- name: UpdateLifecycle :one
UPDATE lifecycle
SET owner_id = @owner_id, state = @state, exit_kind = @exit_kind, exit_on = @exit_on, exit_reasons = @exit_reasons,
    exit_prepared_by = @exit_prepared_by, exit_decided_by = @exit_decided_by, closed_at = @closed_at,
    registry_watched_at = @registry_watched_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: ListLifecycles :many
SELECT l.* FROM lifecycle l
WHERE (l.opened_at, l.id) < (@before_opened_at::timestamptz, @before_id::uuid)
  AND (sqlc.narg('scheme_id')::text IS NULL OR l.scheme_id = sqlc.narg('scheme_id'))
ORDER BY l.opened_at DESC, l.id DESC
LIMIT @row_limit;

-- name: ListLifecyclesOf :many
SELECT l.* FROM lifecycle l
WHERE l.enterprise_id = ANY (@enterprise_ids::uuid[])
  AND (l.opened_at, l.id) < (@before_opened_at::timestamptz, @before_id::uuid)
  AND (sqlc.narg('scheme_id')::text IS NULL OR l.scheme_id = sqlc.narg('scheme_id'))
ORDER BY l.opened_at DESC, l.id DESC
LIMIT @row_limit;

-- name: ListEarlierYears :many
SELECT * FROM earlier_year WHERE lifecycle_id = @lifecycle_id ORDER BY grant_year;

-- name: DeleteEarlierYears :exec
DELETE FROM earlier_year WHERE lifecycle_id = @lifecycle_id;

-- name: InsertEarlierYear :exec
INSERT INTO earlier_year (lifecycle_id, grant_year, development, amount_ore, source, recorded_by, recorded_at)
VALUES (@lifecycle_id, @grant_year, @development, @amount_ore, @source, @recorded_by, @recorded_at);

-- The years for which an enterprise has been granted money under a scheme, from before and by cases
-- other than the given one. state is empty while the enterprise has not been told.
-- name: ListGrantedYears :many
SELECT y.grant_year, y.development, '' AS state
FROM earlier_year y JOIN lifecycle l ON l.id = y.lifecycle_id
WHERE l.scheme_id = @scheme_id AND l.enterprise_id = @enterprise_id
UNION ALL
SELECT c.grant_year, c.application_type = 'NEW_DEVELOPMENT', coalesce(a.state, '')
FROM case_file c LEFT JOIN award a ON a.case_id = c.id
WHERE c.enterprise_id = @enterprise_id AND c.scheme_id = @scheme_id AND c.id <> @case_id
  AND (c.amount_awarded_ore > 0 OR a.accepted_at IS NOT NULL);

-- name: GetAward :one
SELECT * FROM award WHERE id = @id;

-- name: GetAwardOfCase :one
SELECT * FROM award WHERE case_id = @case_id;

-- name: ListAwards :many
SELECT * FROM award WHERE lifecycle_id = @lifecycle_id ORDER BY grant_year, id;

-- name: InsertAward :exec
INSERT INTO award (id, lifecycle_id, case_id, application_id, call_id, case_number, reference, decision_id, recommended_by,
    decided_by, enterprise_id, scheme_id, scheme_version, grant_year, year_number, application_type, amount_ore, committed_ore,
    state, offered_at, accept_by, spend_by)
VALUES (@id, @lifecycle_id, @case_id, @application_id, @call_id, @case_number, @reference, @decision_id, @recommended_by,
    @decided_by, @enterprise_id, @scheme_id, @scheme_version, @grant_year, @year_number, @application_type, @amount_ore, @committed_ore,
    @state, @offered_at, @accept_by, @spend_by);

-- name: UpdateAward :one
UPDATE award
SET year_number = @year_number, amount_ore = @amount_ore, committed_ore = @committed_ore, released_ore = @released_ore,
    state = @state, offered_at = @offered_at, accept_by = @accept_by, accepted_at = @accepted_at, accepted_by = @accepted_by,
    declined_at = @declined_at, declined_by = @declined_by, decline_reason = @decline_reason, lapsed_at = @lapsed_at,
    stopped_at = @stopped_at, spend_by = @spend_by, closed_at = @closed_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: SetYearNumber :exec
UPDATE award SET year_number = @year_number, revision = revision + 1 WHERE id = @id AND year_number <> @year_number;

-- name: IsAppealing :one
SELECT EXISTS (SELECT 1 FROM appeal WHERE application_id = @application_id AND closed_at IS NULL);

-- name: GetAppealDeadline :one
SELECT appeal_deadline FROM case_file WHERE id = @case_id;

-- name: ListConditions :many
SELECT * FROM condition WHERE award_id = @award_id ORDER BY ordinal;

-- name: GetCondition :one
SELECT * FROM condition WHERE id = @id;

-- name: InsertCondition :exec
INSERT INTO condition (id, award_id, ordinal, text) VALUES (@id, @award_id, @ordinal, @text);

-- name: UpdateCondition :one
UPDATE condition
SET due_on = @due_on, state = @state, reason = @reason, settled_by = @settled_by, settled_at = @settled_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: ListSuspensions :many
SELECT * FROM suspension WHERE award_id = @award_id ORDER BY starts_at, id;

-- name: InsertSuspension :exec
INSERT INTO suspension (id, award_id, measure_id, reason, starts_at, prepared_by, decided_by)
VALUES (@id, @award_id, @measure_id, @reason, @starts_at, @prepared_by, @decided_by);

-- name: UpdateSuspension :one
UPDATE suspension
SET lift_prepared_by = @lift_prepared_by, lift_prepared_at = @lift_prepared_at, lift_reason = @lift_reason,
    lifted_by = @lifted_by, lifted_at = @lifted_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: IsSuspended :one
SELECT EXISTS (
    SELECT 1 FROM suspension
    WHERE award_id = @award_id AND starts_at <= @now AND (lifted_at IS NULL OR lifted_at > @now));

-- name: GetMeasure :one
SELECT * FROM measure WHERE id = @id;

-- name: ListMeasures :many
SELECT * FROM measure WHERE award_id = @award_id ORDER BY proposed_at, id;

-- name: InsertMeasure :exec
INSERT INTO measure (id, award_id, kind, state, amount_ore, grounds, proposed_by, proposed_at)
VALUES (@id, @award_id, @kind, @state, @amount_ore, @grounds, @proposed_by, @proposed_at);

-- name: UpdateMeasure :one
UPDATE measure
SET state = @state, amount_ore = @amount_ore, notified_by = @notified_by, notified_at = @notified_at, comment_by = @comment_by,
    no_notice_reason = @no_notice_reason, comments = @comments, commented_by = @commented_by, commented_at = @commented_at,
    recommended_by = @recommended_by, recommended_at = @recommended_at, involved = @involved, reasons = @reasons, decided_by = @decided_by,
    decided_at = @decided_at, told_at = @told_at, dropped_by = @dropped_by, dropped_at = @dropped_at, drop_reason = @drop_reason,
    reversed_at = @reversed_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: ListMeasureAppeals :many
SELECT p.* FROM measure_appeal p JOIN measure m ON m.id = p.measure_id WHERE m.award_id = @award_id ORDER BY p.received_at, p.id;

-- name: InsertMeasureAppeal :exec
INSERT INTO measure_appeal (id, measure_id, grounds, change_wanted, late, submitted_by, received_at)
VALUES (@id, @measure_id, @grounds, @change_wanted, @late, @submitted_by, @received_at);

-- name: UpdateMeasureAppeal :exec
UPDATE measure_appeal
SET recommended = @recommended, assessment = @assessment, prepared_by = @prepared_by, prepared_at = @prepared_at,
    disposition = @disposition, reasons = @reasons, decided_by = @decided_by, decided_at = @decided_at, outcome = @outcome,
    outcome_reasons = @outcome_reasons, outcome_at = @outcome_at, closed_at = @closed_at
WHERE id = @id;

-- name: GetChange :one
SELECT * FROM change_request WHERE id = @id;

-- name: ListChanges :many
SELECT * FROM change_request WHERE award_id = @award_id ORDER BY submitted_at, id;

-- name: InsertChange :exec
INSERT INTO change_request (id, award_id, kind, grounds, moves, spend_by, contact_name, contact_email, submitted_by, submitted_at)
VALUES (@id, @award_id, @kind, @grounds, @moves, @spend_by, @contact_name, @contact_email, @submitted_by, @submitted_at);

-- name: UpdateChange :one
UPDATE change_request
SET state = @state, approve = @approve, recommended_by = @recommended_by, recommended_at = @recommended_at, involved = @involved,
    reasons = @reasons, decided_by = @decided_by, decided_at = @decided_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: ListExtensions :many
SELECT * FROM acceptance_extension WHERE award_id = @award_id ORDER BY extended_at, id;

-- name: InsertExtension :exec
INSERT INTO acceptance_extension (id, award_id, before_on, until_on, reason, extended_by, extended_at)
VALUES (@id, @award_id, @before_on, @until_on, @reason, @extended_by, @extended_at);

-- name: ListExitPlans :many
SELECT * FROM exit_plan WHERE lifecycle_id = @lifecycle_id ORDER BY submitted_at DESC, id;

-- name: InsertExitPlan :one
INSERT INTO exit_plan (id, lifecycle_id, grant_year, version, route, description, steps, submitted_by, submitted_at)
VALUES (@id, @lifecycle_id, @grant_year,
    (SELECT count(*) + 1 FROM exit_plan p WHERE p.lifecycle_id = @lifecycle_id AND p.grant_year = @grant_year),
    @route, @description, @steps, @submitted_by, @submitted_at)
RETURNING version;

-- name: GetHandover :one
SELECT * FROM handover WHERE lifecycle_id = @lifecycle_id;

-- name: SaveHandover :exec
INSERT INTO handover (lifecycle_id, learned, receiver, adopted, handed_over_on, saved_by, saved_at)
VALUES (@lifecycle_id, @learned, @receiver, @adopted, @handed_over_on, @saved_by, @saved_at)
ON CONFLICT (lifecycle_id) DO UPDATE
SET learned = excluded.learned, receiver = excluded.receiver, adopted = excluded.adopted,
    handed_over_on = excluded.handed_over_on, saved_by = excluded.saved_by, saved_at = excluded.saved_at;

-- name: ListSentLetters :many
SELECT dedup_key FROM letter WHERE application_id = ANY (@application_ids::uuid[]) AND sent_at IS NOT NULL;

-- name: ListTasksRaised :many
SELECT dedup_key, state FROM task WHERE lifecycle_id = @lifecycle_id;

-- name: GetTask :one
SELECT * FROM task WHERE id = @id;

-- name: LockTask :one
SELECT * FROM task WHERE id = @id FOR UPDATE;

-- name: UpdateTask :one
UPDATE task
SET owner_id = @owner_id, state = @state, settled_by = @settled_by, settled_at = @settled_at, note = @note, revision = revision + 1
WHERE id = @id
RETURNING *;

-- name: ListEnterpriseNames :many
SELECT id, name FROM enterprise WHERE id = ANY (@ids::uuid[]);

-- name: ListLifecycleEnterprises :many
SELECT id, enterprise_id FROM lifecycle WHERE id = ANY (@ids::uuid[]);

-- Everybody's open tasks. Those without a date come after everything that has one.
-- name: ListOpenTasks :many
SELECT t.* FROM task t
WHERE t.state = 'OPEN'
  AND (coalesce(t.due_on, '9999-12-31'::date), t.id) > (@after_due_on::date, @after_id::uuid)
  AND coalesce(t.due_on, '9999-12-31'::date) <= @due_by::date
ORDER BY coalesce(t.due_on, '9999-12-31'::date), t.id
LIMIT @row_limit;

-- name: ListTasksOfOwners :many
SELECT t.* FROM task t
WHERE t.state = 'OPEN' AND t.owner_id = ANY (@owner_ids::text[])
  AND (coalesce(t.due_on, '9999-12-31'::date), t.id) > (@after_due_on::date, @after_id::uuid)
  AND coalesce(t.due_on, '9999-12-31'::date) <= @due_by::date
ORDER BY coalesce(t.due_on, '9999-12-31'::date), t.id
LIMIT @row_limit;

-- Nobody's open tasks that somebody with one of the roles may do; without roles those of all.
-- name: ListUnownedTasks :many
SELECT t.* FROM task t
WHERE t.state = 'OPEN' AND t.owner_id IS NULL AND (cardinality(@roles::text[]) = 0 OR t.role = ANY (@roles::text[]))
  AND (coalesce(t.due_on, '9999-12-31'::date), t.id) > (@after_due_on::date, @after_id::uuid)
  AND coalesce(t.due_on, '9999-12-31'::date) <= @due_by::date
ORDER BY coalesce(t.due_on, '9999-12-31'::date), t.id
LIMIT @row_limit;

-- Every task of a lifecycle, also those that are settled.
-- name: ListTasksOfLifecycle :many
SELECT t.* FROM task t
WHERE t.lifecycle_id = @lifecycle_id AND t.state = 'OPEN'
  AND (coalesce(t.due_on, '9999-12-31'::date), t.id) > (@after_due_on::date, @after_id::uuid)
  AND coalesce(t.due_on, '9999-12-31'::date) <= @due_by::date
ORDER BY coalesce(t.due_on, '9999-12-31'::date), t.id
LIMIT @row_limit;

