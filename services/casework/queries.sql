-- name: NextCaseNumber :one
INSERT INTO case_number (year, last) VALUES (@year, 1)
ON CONFLICT (year) DO UPDATE SET last = case_number.last + 1
RETURNING last;

-- name: InsertCase :exec
INSERT INTO case_file (id, number, application_id, reference, call_id, enterprise_id, enterprise_name, application_type,
    scheme_id, scheme_version, grant_year, step, late, amount_applied_ore, received_at, call_closes_at, opened_at, last_event_at)
VALUES (@id, @number, @application_id, @reference, @call_id, @enterprise_id, @enterprise_name, @application_type,
    @scheme_id, @scheme_version, @grant_year, @step, @late, @amount_applied_ore, @received_at, @call_closes_at, @opened_at, @opened_at);

-- name: GetCase :one
SELECT * FROM case_file WHERE id = @id;

-- name: GetCaseByApplication :one
SELECT * FROM case_file WHERE application_id = @application_id;

-- Whoever holds the row is the only one to change the case or anything in it.
-- name: LockCase :one
SELECT * FROM case_file WHERE id = @id FOR UPDATE;

-- name: LockCaseByApplication :one
SELECT * FROM case_file WHERE application_id = @application_id FOR UPDATE;

-- name: UpdateCase :one
UPDATE case_file
SET step = @step, outcome = @outcome, round = @round, owner_id = @owner_id, amount_applied_ore = @amount_applied_ore,
    amount_awarded_ore = @amount_awarded_ore, screened_version = @screened_version, screened_at = @screened_at,
    withdrawn_at = @withdrawn_at, decided_at = @decided_at, notified_at = @notified_at,
    appeal_deadline = @appeal_deadline, closed_at = @closed_at, due_at = @due_at, call_closes_at = @call_closes_at,
    last_event_at = @last_event_at, revision = revision + 1
WHERE id = @id
RETURNING *;

-- name: IsAssessor :one
SELECT EXISTS (
    SELECT 1 FROM assessment a JOIN case_file c ON c.id = a.case_id
    WHERE c.application_id = @application_id AND a.assessor_id = @assessor_id);

-- A finding that is found again keeps a person's answer only while what it rests on is the same.
-- name: SaveFinding :exec
INSERT INTO finding (id, case_id, round, key, formal_requirement, proposed, evidence, found_at)
VALUES (@id, @case_id, @round, @key, @formal_requirement, @proposed, @evidence, @found_at)
ON CONFLICT (case_id, round, key) DO UPDATE
SET proposed = excluded.proposed, evidence = excluded.evidence, found_at = excluded.found_at,
    answer = '', reason = '', answered_by = NULL, answered_at = NULL
WHERE (finding.proposed, finding.evidence) IS DISTINCT FROM (excluded.proposed, excluded.evidence);

-- name: ListFindings :many
SELECT * FROM finding WHERE case_id = @case_id AND round = @round ORDER BY formal_requirement DESC, key;

-- name: AnswerFinding :exec
UPDATE finding SET answer = @answer, reason = @reason, answered_by = @answered_by, answered_at = @answered_at WHERE id = @id;

-- name: InsertAssessment :exec
INSERT INTO assessment (id, case_id, round, assessor_id, assigned_at)
VALUES (@id, @case_id, @round, @assessor_id, @assigned_at);

-- name: DeleteAssessment :exec
DELETE FROM assessment WHERE id = @id;

-- name: ListAssessments :many
SELECT * FROM assessment WHERE case_id = @case_id AND round = @round ORDER BY assigned_at, assessor_id;

-- name: SaveScores :exec
UPDATE assessment SET scores = @scores WHERE id = @id;

-- name: SubmitAssessment :exec
UPDATE assessment SET submitted_at = @submitted_at WHERE id = @id;

-- name: InsertRecommendation :exec
INSERT INTO recommendation (id, case_id, round, version, outcome, amount_ore, reasons, conditions, recommended_by, recommended_at)
VALUES (@id, @case_id, @round, @version, @outcome, @amount_ore, @reasons, @conditions, @recommended_by, @recommended_at);

-- name: ReturnRecommendation :exec
UPDATE recommendation SET returned_by = @returned_by, return_note = @return_note, returned_at = @returned_at WHERE id = @id;

-- name: ListRecommendations :many
SELECT * FROM recommendation WHERE case_id = @case_id ORDER BY round, version;

-- name: InsertDecision :exec
INSERT INTO decision (id, case_id, round, recommendation_version, outcome, amount_ore, reasons, conditions, decided_by, decided_at, basis)
VALUES (@id, @case_id, @round, @recommendation_version, @outcome, @amount_ore, @reasons, @conditions, @decided_by, @decided_at, @basis);

-- name: ListDecisions :many
SELECT * FROM decision WHERE case_id = @case_id ORDER BY round;

-- name: InsertClockEvent :exec
INSERT INTO clock_event (case_id, kind, at, reason, until, actor_id)
VALUES (@case_id, @kind, @at, @reason, @until, @actor_id);

-- name: ListClockEvents :many
SELECT * FROM clock_event WHERE case_id = @case_id ORDER BY id;

-- name: InsertNotice :exec
INSERT INTO deficiency_notice (id, case_id, items, deadline, asked_version, sent_by, created_at)
VALUES (@id, @case_id, @items, @deadline, @asked_version, @sent_by, @created_at);

-- name: ListNotices :many
SELECT * FROM deficiency_notice WHERE case_id = @case_id ORDER BY created_at DESC, id;

-- name: MarkNoticeReminded :exec
UPDATE deficiency_notice SET reminded_at = @reminded_at WHERE id = @id AND reminded_at IS NULL;

-- name: CloseNotice :execrows
UPDATE deficiency_notice SET state = @state, answered_version = @answered_version, closed_at = @closed_at
WHERE id = @id AND state = 'OPEN';

-- name: InsertDeclaration :exec
INSERT INTO impartiality_declaration (case_id, person_id, impartial, reason, declared_at)
VALUES (@case_id, @person_id, @impartial, @reason, @declared_at);

-- name: ListDeclarations :many
SELECT * FROM impartiality_declaration WHERE case_id = @case_id ORDER BY id;

-- name: GetDeclaration :one
SELECT impartial FROM impartiality_declaration
WHERE case_id = @case_id AND person_id = @person_id
ORDER BY id DESC
LIMIT 1;

-- name: InsertAppeal :exec
INSERT INTO appeal (id, case_id, application_id, party_id, decision_id, grounds, change_wanted, late, submitted_by, received_at, amount_ore)
VALUES (@id, @case_id, @application_id, @party_id, @decision_id, @grounds, @change_wanted, @late, @submitted_by, @received_at, @amount_ore);

-- name: GetAppeal :one
SELECT * FROM appeal WHERE id = @id;

-- name: ListAppeals :many
SELECT * FROM appeal WHERE application_id = @application_id ORDER BY received_at DESC, id;

-- name: UpdateAppeal :one
UPDATE appeal
SET owner_id = @owner_id, recommended = @recommended, assessment = @assessment, recommended_ore = @recommended_ore,
    prepared_by = @prepared_by, prepared_at = @prepared_at, disposition = @disposition, reasons = @reasons,
    decided_by = @decided_by, decided_at = @decided_at, outcome = @outcome, outcome_reasons = @outcome_reasons,
    outcome_at = @outcome_at, amount_ore = @amount_ore, closed_at = @closed_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: InsertAwardChange :exec
INSERT INTO award_change (id, case_id, appeal_id, outcome, before_ore, amount_ore, reasons, changed_by, changed_at)
VALUES (@id, @case_id, @appeal_id, @outcome, @before_ore, @amount_ore, @reasons, @changed_by, @changed_at);

-- name: ListAwardChanges :many
SELECT * FROM award_change WHERE case_id = @case_id ORDER BY changed_at, id;

-- name: InsertView :one
INSERT INTO saved_view (id, owner_id, name, shared, filter, sorting, descending, created_at, updated_at)
VALUES (@id, @owner_id, @name, @shared, @filter, @sorting, @descending, @created_at, @created_at)
RETURNING *;

-- name: LockView :one
SELECT * FROM saved_view WHERE id = @id FOR UPDATE;

-- name: UpdateView :one
UPDATE saved_view
SET name = @name, shared = @shared, filter = @filter, sorting = @sorting, descending = @descending,
    updated_at = @updated_at, revision = revision + 1
WHERE id = @id
RETURNING *;

-- name: DeleteView :exec
DELETE FROM saved_view WHERE id = @id;

-- name: CountViews :one
SELECT count(*) FROM saved_view WHERE owner_id = @owner_id;

-- name: ListOwnViews :many
SELECT * FROM saved_view WHERE owner_id = @owner_id ORDER BY name, id;

-- name: ListSharedViews :many
SELECT * FROM saved_view WHERE shared AND owner_id <> @owner_id ORDER BY name, id LIMIT 1000;

-- What every owner has on the desk, by step. The rows are those of the open cases.
-- name: ListWorkload :many
SELECT owner_id, step, count(*) AS open, min(received_at)::timestamptz AS oldest_received_at,
    count(*) FILTER (WHERE due_at >= @now::timestamptz AND due_at < @week_ends_at::timestamptz) AS due_this_week,
    count(*) FILTER (WHERE due_at < @now::timestamptz) AS overdue,
    count(*) FILTER (WHERE last_event_at <= @stalled_since::timestamptz) AS stalled
FROM case_file
WHERE step <> 'CLOSED'
GROUP BY owner_id, step;

-- name: ListCasesByID :many
SELECT * FROM case_file WHERE id = ANY (@ids::uuid[]);

-- Everybody who owns a case, one step in the index for each.
-- name: ListOwners :many
WITH RECURSIVE owner AS (
    (SELECT c.owner_id AS id FROM case_file c WHERE c.owner_id IS NOT NULL ORDER BY c.owner_id LIMIT 1)
    UNION ALL
    SELECT (SELECT c.owner_id FROM case_file c WHERE c.owner_id > o.id ORDER BY c.owner_id LIMIT 1)
    FROM owner o WHERE o.id IS NOT NULL
)
SELECT id::text FROM owner WHERE id IS NOT NULL;

-- name: ListCaseOfficers :many
SELECT id, name FROM person WHERE 'ROLE_CASE_OFFICER' = ANY (roles);

-- name: ListCases :many
SELECT * FROM case_file
WHERE (received_at, id) > (@after_received_at::timestamptz, @after_id::uuid)
  AND (sqlc.narg('call_id')::uuid IS NULL OR call_id = sqlc.narg('call_id'))
  AND (sqlc.narg('application_id')::uuid IS NULL OR application_id = sqlc.narg('application_id'))
  AND (sqlc.narg('step')::text IS NULL OR step = sqlc.narg('step'))
  AND (sqlc.narg('owner_id')::text IS NULL OR owner_id = sqlc.narg('owner_id'))
  AND (NOT @unowned::boolean OR owner_id IS NULL)
ORDER BY received_at, id
LIMIT @row_limit;

-- name: ListCasesOfAssessor :many
SELECT c.* FROM case_file c
WHERE c.id IN (SELECT a.case_id FROM assessment a WHERE a.assessor_id = @assessor_id)
  AND (c.received_at, c.id) > (@after_received_at::timestamptz, @after_id::uuid)
  AND (sqlc.narg('call_id')::uuid IS NULL OR c.call_id = sqlc.narg('call_id'))
  AND (sqlc.narg('step')::text IS NULL OR c.step = sqlc.narg('step'))
ORDER BY c.received_at, c.id
LIMIT @row_limit;

-- name: InsertParty :execrows
INSERT INTO case_party (case_id, enterprise_id, reason, added_by, added_at)
VALUES (@case_id, @enterprise_id, @reason, @added_by, @added_at)
ON CONFLICT DO NOTHING;

-- name: ListParties :many
SELECT * FROM case_party WHERE case_id = @case_id ORDER BY added_at, enterprise_id;

-- name: InsertNotification :execrows
INSERT INTO notification (id, case_id, enterprise_id, letter_id, notified_at, appeal_deadline)
VALUES (@id, @case_id, @enterprise_id, @letter_id, @notified_at, @appeal_deadline)
ON CONFLICT (letter_id) DO NOTHING;

-- name: ListNotifications :many
SELECT * FROM notification WHERE case_id = @case_id ORDER BY notified_at, id;

-- name: GiveBirthDate :exec
INSERT INTO staff_birth_date (person_id, digest, given_at) VALUES (@person_id, @digest, @given_at)
ON CONFLICT (person_id) DO UPDATE SET digest = excluded.digest, given_at = excluded.given_at;

-- name: RemoveBirthDate :execrows
DELETE FROM staff_birth_date WHERE person_id = @person_id;

-- name: ListStaffBirthDates :many
SELECT p.id, p.name, d.digest FROM staff_birth_date d JOIN person p ON p.id = d.person_id ORDER BY p.id;

-- name: GetRoleCheck :one
SELECT * FROM role_check WHERE case_id = @case_id;

-- name: SaveRoleCheck :exec
INSERT INTO role_check (case_id, digest, checked_at, next_at) VALUES (@case_id, @digest, @checked_at, @next_at)
ON CONFLICT (case_id) DO UPDATE SET digest = coalesce(excluded.digest, role_check.digest),
    checked_at = coalesce(excluded.checked_at, role_check.checked_at), next_at = excluded.next_at;

-- name: InsertHint :exec
INSERT INTO impartiality_hint (id, case_id, person_id, roles, found_at)
VALUES (@id, @case_id, @person_id, @roles, @found_at);

-- name: EndHint :exec
UPDATE impartiality_hint SET gone_at = @gone_at WHERE id = @id AND gone_at IS NULL;

-- name: ListHints :many
SELECT * FROM impartiality_hint WHERE case_id = @case_id ORDER BY found_at DESC, id;
