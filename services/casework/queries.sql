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
    last_event_at = @last_event_at, next_step = @next_step, revision = revision + 1
WHERE id = @id
RETURNING *;

-- Whoever stands in for somebody has to do with what that person has not yet submitted.
-- name: IsAssessor :one
SELECT EXISTS (
    SELECT 1 FROM assessment a JOIN case_file c ON c.id = a.case_id
    WHERE c.application_id = @application_id
      AND (a.assessor_id = @assessor_id OR a.submitted_at IS NULL AND a.assessor_id = ANY (@stands_in_for::text[])));

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

-- name: SetAsideAssessment :exec
UPDATE assessment SET set_aside_at = @set_aside_at WHERE id = @id;

-- name: InsertScoreChange :exec
INSERT INTO score_change (case_id, round, assessment_id, criterion, before_value, value, reason, changed_by, changed_at)
VALUES (@case_id, @round, @assessment_id, @criterion, @before_value, @value, @reason, @changed_by, @changed_at);

-- name: ListScoreChanges :many
SELECT * FROM score_change WHERE case_id = @case_id AND round = @round ORDER BY id;

-- name: InsertContinuationAnswer :exec
INSERT INTO continuation_answer (case_id, round, direction, reasons, answered_by, answered_at)
VALUES (@case_id, @round, @direction, @reasons, @answered_by, @answered_at);

-- name: ListContinuationAnswers :many
SELECT * FROM continuation_answer WHERE case_id = @case_id AND round = @round ORDER BY id DESC;

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

-- The newest grant of the enterprise under the scheme for a year before this case's.
-- name: GetEarlierGrant :one
SELECT * FROM case_file
WHERE enterprise_id = @enterprise_id AND scheme_id = @scheme_id AND amount_awarded_ore > 0 AND grant_year < @grant_year
ORDER BY grant_year DESC, received_at DESC
LIMIT 1;

-- name: InsertOwnerChange :exec
INSERT INTO owner_change (case_id, from_id, to_id, intended_id, cause, note, changed_by, changed_at)
VALUES (@case_id, @from_id, @to_id, @intended_id, @cause, @note, @changed_by, @changed_at);

-- name: ListOwnerChanges :many
SELECT * FROM owner_change WHERE case_id = @case_id ORDER BY id;

-- Who is not impartial in the case by their newest declaration.
-- name: ListPartial :many
SELECT person_id FROM (
    SELECT DISTINCT ON (person_id) person_id, impartial FROM impartiality_declaration
    WHERE case_id = @case_id ORDER BY person_id, id DESC) newest
WHERE NOT impartial;

-- How the person stands in each of the cases: whether they have declared, and what in their newest
-- declaration.
-- name: ListStandings :many
SELECT c.id AS case_id, c.application_id, c.scheme_id, c.scheme_version,
    (d.impartial IS NOT NULL)::boolean AS declared, coalesce(d.impartial, false)::boolean AS impartial
FROM case_file c LEFT JOIN LATERAL (
    SELECT impartial FROM impartiality_declaration
    WHERE case_id = c.id AND person_id = @person_id ORDER BY id DESC LIMIT 1) d ON true
WHERE c.id = ANY (@case_ids::uuid[]) OR c.application_id = ANY (@application_ids::uuid[]);

-- No two absences are registered or changed at the same time: whether people stand in for each other in
-- a circle is a question about all of them.
-- name: LockAbsences :exec
LOCK TABLE absence IN SHARE ROW EXCLUSIVE MODE;

-- name: InsertAbsence :one
INSERT INTO absence (id, person_id, substitute_id, first_day, last_day, registered_by, registered_at)
VALUES (@id, @person_id, @substitute_id, @first_day, @last_day, @registered_by, @registered_at)
RETURNING *;

-- name: GetAbsence :one
SELECT * FROM absence WHERE id = @id;

-- name: UpdateAbsence :one
UPDATE absence
SET substitute_id = @substitute_id, first_day = @first_day, last_day = @last_day, cancelled_at = @cancelled_at, revision = revision + 1
WHERE id = @id
RETURNING *;

-- Absences that are not over by the day.
-- name: ListAbsencesFrom :many
SELECT * FROM absence WHERE last_day >= @day AND cancelled_at IS NULL ORDER BY first_day, id;

-- name: ListAbsencesOn :many
SELECT * FROM absence WHERE last_day >= @day AND first_day <= @day AND cancelled_at IS NULL;

-- name: ListAbsences :many
SELECT * FROM absence
WHERE (last_day, id) > (@after_day::date, @after_id::uuid)
  AND (sqlc.narg('person_id')::text IS NULL OR person_id = sqlc.narg('person_id'))
  AND (sqlc.narg('concerning')::text IS NULL OR person_id = sqlc.narg('concerning') OR substitute_id = sqlc.narg('concerning'))
  AND (NOT @not_cancelled::boolean OR cancelled_at IS NULL)
ORDER BY last_day, id
LIMIT @row_limit;

-- What waits for somebody who is away, and whoever acts for them cannot take.
-- name: ListStranded :many
WITH pair AS (
    SELECT unnest(@away::text[]) AS away, unnest(@acting::text[]) AS acting
), waiting AS (
    SELECT 'OWNER' AS what, c.id AS case_id, p.acting, false AS taken
    FROM pair p JOIN case_file c ON c.owner_id = p.away AND c.step <> 'CLOSED'
    UNION ALL
    SELECT 'APPEAL', a.case_id, p.acting,
        EXISTS (SELECT 1 FROM recommendation r WHERE r.case_id = a.case_id AND r.recommended_by = p.acting)
        OR EXISTS (SELECT 1 FROM decision d WHERE d.case_id = a.case_id AND d.decided_by = p.acting)
    FROM pair p JOIN appeal a ON a.owner_id = p.away AND a.closed_at IS NULL AND a.prepared_at IS NULL
    UNION ALL
    SELECT 'ASSESSMENT', a.case_id, p.acting,
        EXISTS (SELECT 1 FROM assessment b WHERE b.case_id = a.case_id AND b.round = a.round AND b.assessor_id = p.acting)
    FROM pair p JOIN assessment a ON a.assessor_id = p.away AND a.submitted_at IS NULL
    JOIN case_file c ON c.id = a.case_id AND c.round = a.round AND c.step = 'ASSESSMENT'
)
SELECT DISTINCT w.what::text AS what, w.case_id FROM waiting w
WHERE w.taken OR NOT coalesce((
    SELECT d.impartial FROM impartiality_declaration d
    WHERE d.case_id = w.case_id AND d.person_id = w.acting
    ORDER BY d.id DESC LIMIT 1), true);

-- name: InsertRanking :one
INSERT INTO ranking (id, call_id, owner_id, name, shared, created_at, updated_at)
VALUES (@id, @call_id, @owner_id, @name, @shared, @created_at, @created_at)
RETURNING *;

-- name: GetRanking :one
SELECT * FROM ranking WHERE id = @id;

-- name: LockRanking :one
SELECT * FROM ranking WHERE id = @id FOR UPDATE;

-- name: UpdateRanking :one
UPDATE ranking SET name = @name, shared = @shared, updated_at = @updated_at, revision = revision + 1
WHERE id = @id
RETURNING *;

-- name: DeleteRanking :exec
DELETE FROM ranking WHERE id = @id;

-- name: CountRankings :one
SELECT count(*) FROM ranking WHERE call_id = @call_id AND owner_id = @owner_id;

-- name: ListOwnRankings :many
SELECT * FROM ranking WHERE call_id = @call_id AND owner_id = @owner_id ORDER BY name, id;

-- name: ListSharedRankings :many
SELECT * FROM ranking WHERE call_id = @call_id AND shared AND owner_id <> @owner_id ORDER BY name, id LIMIT 1000;

-- name: InsertRankingEntries :exec
INSERT INTO ranking_entry (ranking_id, place, case_id, amount_ore)
SELECT @ranking_id, generate_subscripts(@case_ids::uuid[], 1), unnest(@case_ids::uuid[]), unnest(@amounts_ore::bigint[]);

-- name: DeleteRankingEntries :exec
DELETE FROM ranking_entry WHERE ranking_id = @ranking_id;

-- name: ListRankingEntries :many
SELECT * FROM ranking_entry WHERE ranking_id = @ranking_id ORDER BY place;

-- The scores of the assessments that count in the present rounds of the cases, as moderation has left
-- them, criterion by criterion.
-- name: ListCriterionSpreads :many
SELECT c.id AS case_id, s.criterion::text AS criterion, count(*) AS assessors, min(coalesce(m.value, s.value))::integer AS lowest,
    max(coalesce(m.value, s.value))::integer AS highest, sum(coalesce(m.value, s.value))::bigint AS total
FROM case_file c
JOIN assessment a ON a.case_id = c.id AND a.round = c.round AND a.submitted_at IS NOT NULL AND a.set_aside_at IS NULL
CROSS JOIN LATERAL jsonb_to_recordset(a.scores) AS s (criterion text, value integer)
LEFT JOIN LATERAL (
    SELECT x.value FROM score_change x
    WHERE x.case_id = c.id AND x.round = c.round AND x.assessment_id = a.id AND x.criterion = s.criterion
    ORDER BY x.id DESC LIMIT 1) m ON true
WHERE c.id = ANY (@case_ids::uuid[])
GROUP BY c.id, s.criterion;

-- The candidates of the call with what their assessors gave on one criterion, as ListCriterionSpreads
-- counts it. Those without a score come too.
-- name: ListScoresOfCriterion :many
SELECT c.id AS case_id, count(s.value) AS assessors, coalesce(sum(coalesce(m.value, s.value)), 0)::bigint AS total
FROM case_file c
LEFT JOIN assessment a ON a.case_id = c.id AND a.round = c.round AND a.submitted_at IS NOT NULL AND a.set_aside_at IS NULL
LEFT JOIN LATERAL jsonb_to_recordset(a.scores) AS s (criterion text, value integer) ON s.criterion = @criterion::text
LEFT JOIN LATERAL (
    SELECT x.value FROM score_change x
    WHERE x.case_id = c.id AND x.round = c.round AND x.assessment_id = a.id AND x.criterion = @criterion::text
    ORDER BY x.id DESC LIMIT 1) m ON true
WHERE c.call_id = @call_id AND c.outcome IN ('', 'APPROVED', 'PARTIALLY_APPROVED')
GROUP BY c.id;

-- Which of the cases the person has yet to assess, or stands in for somebody who has.
-- name: ListToAssess :many
SELECT DISTINCT a.case_id FROM assessment a JOIN case_file c ON c.id = a.case_id AND c.round = a.round
WHERE a.case_id = ANY (@case_ids::uuid[]) AND a.assessor_id = ANY (@assessor_ids::text[]) AND a.submitted_at IS NULL
  AND c.decided_at IS NULL AND c.withdrawn_at IS NULL;

-- name: ListNewestRecommendations :many
SELECT DISTINCT ON (r.case_id) r.* FROM recommendation r JOIN case_file c ON c.id = r.case_id AND c.round = r.round
WHERE r.case_id = ANY (@case_ids::uuid[])
ORDER BY r.case_id, r.version DESC;

-- name: InsertClockEvent :exec
INSERT INTO clock_event (case_id, kind, at, reason, until, actor_id)
VALUES (@case_id, @kind, @at, @reason, @until, @actor_id);

-- The clocks of the cases of a call in which the party has been told of the decision.
-- name: ListClocksOfCall :many
SELECT e.*, c.call_closes_at FROM case_file c JOIN clock_event e ON e.case_id = c.id
WHERE c.call_id = @call_id AND c.notified_at IS NOT NULL
ORDER BY e.case_id, e.id;

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

-- What every owner has on the desk, by step. The rows are those of the open cases; what is stalled is
-- said for each version of each scheme.
-- name: ListWorkload :many
SELECT (CASE WHEN c.id = ANY (@stranded::uuid[]) THEN '' ELSE coalesce(c.owner_id, '') END)::text AS owner_id, c.step, count(*) AS open, min(c.received_at)::timestamptz AS oldest_received_at,
    count(*) FILTER (WHERE c.due_at >= @now::timestamptz AND c.due_at < @week_ends_at::timestamptz) AS due_this_week,
    count(*) FILTER (WHERE c.due_at < @now::timestamptz) AS overdue,
    count(*) FILTER (WHERE c.last_event_at <= r.since) AS stalled
FROM case_file c
LEFT JOIN (
    SELECT unnest(@scheme_ids::text[]) AS scheme_id, unnest(@scheme_versions::text[]) AS scheme_version, unnest(@stalled_since::timestamptz[]) AS since) r
    ON r.scheme_id = c.scheme_id AND r.scheme_version = c.scheme_version
WHERE c.step <> 'CLOSED'
GROUP BY 1, c.step;

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
