-- name: InsertPlan :exec
INSERT INTO checkin_plan (id, lifecycle_id, grant_year, risk, reason, decided_by, decided_at)
VALUES (@id, @lifecycle_id, @grant_year, @risk, @reason, @decided_by, @decided_at);

-- name: ListPlans :many
SELECT * FROM checkin_plan WHERE lifecycle_id = @lifecycle_id ORDER BY grant_year DESC, decided_at DESC, id DESC;

-- name: HasPlan :one
SELECT EXISTS (SELECT 1 FROM checkin_plan WHERE lifecycle_id = @lifecycle_id AND grant_year = @grant_year);

-- name: InsertCheckin :exec
INSERT INTO checkin (id, lifecycle_id, enterprise_id, grant_year, planned_on, created_at)
VALUES (@id, @lifecycle_id, @enterprise_id, @grant_year, @planned_on, @created_at);

-- Check-ins that nobody has been invited to make room for those of a new plan.
-- name: DeletePlannedCheckins :exec
DELETE FROM checkin
WHERE lifecycle_id = @lifecycle_id AND grant_year = @grant_year AND state = 'PLANNED' AND invited_at IS NULL;

-- name: ListCheckins :many
SELECT * FROM checkin WHERE lifecycle_id = @lifecycle_id ORDER BY planned_on DESC, id DESC;

-- name: ListPlannedCheckins :many
SELECT * FROM checkin
WHERE state = 'PLANNED' AND planned_on >= @from_date::date AND planned_on <= @to_date::date
  AND (planned_on, id) > (@after_date::date, @after_id::uuid)
ORDER BY planned_on, id
LIMIT @row_limit;

-- name: LockCheckin :one
SELECT * FROM checkin WHERE id = @id FOR UPDATE;

-- name: UpdateCheckin :one
UPDATE checkin
SET revision = revision + 1, planned_on = @planned_on, state = @state, held_on = @held_on, channel = @channel, notes = @notes,
    internal_notes = @internal_notes, cancel_reason = @cancel_reason, invited_at = @invited_at, late_at = @late_at,
    settled_by = @settled_by, settled_at = @settled_at
WHERE id = @id
RETURNING revision;

-- name: InsertActionPoint :exec
INSERT INTO action_point (id, lifecycle_id, checkin_id, text, owner_id, due_on, created_by, created_at)
VALUES (@id, @lifecycle_id, @checkin_id, @text, @owner_id, @due_on, @created_by, @created_at);

-- name: ListActionPoints :many
SELECT * FROM action_point WHERE lifecycle_id = @lifecycle_id ORDER BY due_on, id;

-- name: GetActionPoint :one
SELECT * FROM action_point WHERE id = @id;

-- name: LockActionPoint :one
SELECT * FROM action_point WHERE id = @id FOR UPDATE;

-- name: SettleActionPoint :one
UPDATE action_point SET revision = revision + 1, state = @state, note = @note, settled_by = @settled_by, settled_at = @settled_at
WHERE id = @id
RETURNING revision;

-- name: ListAssessments :many
SELECT * FROM sustainability_assessment WHERE lifecycle_id = @lifecycle_id ORDER BY grant_year DESC;

-- name: SaveOwnAssessment :exec
INSERT INTO sustainability_assessment (id, lifecycle_id, grant_year, enterprise_scores, enterprise_by, enterprise_at)
VALUES (@id, @lifecycle_id, @grant_year, @scores, @made_by, @made_at)
ON CONFLICT (lifecycle_id, grant_year) DO UPDATE
SET enterprise_scores = excluded.enterprise_scores, enterprise_by = excluded.enterprise_by,
    enterprise_at = excluded.enterprise_at, revision = sustainability_assessment.revision + 1;

-- name: SaveOfficerAssessment :exec
INSERT INTO sustainability_assessment (id, lifecycle_id, grant_year, officer_scores, suggested, officer_by, officer_at)
VALUES (@id, @lifecycle_id, @grant_year, @scores, @suggested, @made_by, @made_at)
ON CONFLICT (lifecycle_id, grant_year) DO UPDATE
SET officer_scores = excluded.officer_scores, suggested = excluded.suggested, officer_by = excluded.officer_by,
    officer_at = excluded.officer_at, revision = sustainability_assessment.revision + 1;

-- name: InsertSignal :execrows
INSERT INTO signal (id, lifecycle_id, enterprise_id, scheme_id, kind, basis, facts, raised_at)
VALUES (@id, @lifecycle_id, @enterprise_id, @scheme_id, @kind, @basis, @facts, @raised_at)
ON CONFLICT (lifecycle_id, kind, basis) DO NOTHING;

-- name: ListSignals :many
SELECT * FROM signal WHERE lifecycle_id = @lifecycle_id ORDER BY raised_at DESC, id DESC;

-- name: LockSignal :one
SELECT * FROM signal WHERE id = @id FOR UPDATE;

-- name: SettleSignal :one
UPDATE signal SET revision = revision + 1, state = @state, note = @note, settled_by = @settled_by, settled_at = @settled_at
WHERE id = @id
RETURNING revision;

-- name: ListSignalled :many
SELECT lifecycle_id, min(enterprise_id::text)::uuid AS enterprise_id, array_agg(DISTINCT kind ORDER BY kind)::text[] AS kinds,
    min(raised_at)::timestamptz AS since
FROM signal
WHERE state = 'OPEN' AND scheme_id = @scheme_id AND lifecycle_id > @after_id
GROUP BY lifecycle_id
ORDER BY lifecycle_id
LIMIT @row_limit;

-- name: InsertNeed :exec
INSERT INTO competence_need (id, lifecycle_id, enterprise_id, scheme_id, topic, description, created_by, created_at)
VALUES (@id, @lifecycle_id, @enterprise_id, @scheme_id, @topic, @description, @created_by, @created_at);

-- name: ListNeeds :many
SELECT * FROM competence_need WHERE lifecycle_id = @lifecycle_id ORDER BY created_at DESC, id DESC;

-- name: GetNeed :one
SELECT * FROM competence_need WHERE id = @id;

-- name: LockNeed :one
SELECT * FROM competence_need WHERE id = @id FOR UPDATE;

-- name: UpdateNeed :one
UPDATE competence_need
SET revision = revision + 1, state = @state, partner = @partner, referred_on = @referred_on, referred_by = @referred_by,
    outcome = @outcome, settled_by = @settled_by, settled_at = @settled_at
WHERE id = @id
RETURNING revision;

-- name: InsertAfterQuestion :exec
INSERT INTO after_question (id, lifecycle_id, enterprise_id, scheme_id, months, due_on)
VALUES (@id, @lifecycle_id, @enterprise_id, @scheme_id, @months, @due_on)
ON CONFLICT (lifecycle_id, months) DO NOTHING;

-- name: ListAfterQuestions :many
SELECT * FROM after_question WHERE lifecycle_id = @lifecycle_id ORDER BY months;

-- name: ListAfterFollowups :many
SELECT * FROM after_question
WHERE state = @state AND (due_on, id) > (@after_date::date, @after_id::uuid)
ORDER BY due_on, id
LIMIT @row_limit;

-- name: GetAfterQuestion :one
SELECT * FROM after_question WHERE id = @id;

-- name: LockAfterQuestion :one
SELECT * FROM after_question WHERE id = @id FOR UPDATE;

-- name: UpdateAfterQuestion :one
UPDATE after_question
SET revision = revision + 1, state = @state, asked_at = @asked_at, reminded_at = @reminded_at, answer = @answer,
    still_running = @still_running, answered_by = @answered_by, answered_at = @answered_at
WHERE id = @id
RETURNING revision;

-- name: SummariseAfter :many
SELECT months, count(*) FILTER (WHERE state = 'ANSWERED')::integer AS answered,
    count(*) FILTER (WHERE state = 'UNANSWERED')::integer AS unanswered,
    count(*) FILTER (WHERE state = 'ANSWERED' AND still_running)::integer AS running
FROM after_question
WHERE scheme_id = @scheme_id AND state IN ('ANSWERED', 'UNANSWERED')
GROUP BY months
ORDER BY months;

-- name: InsertExample :execrows
INSERT INTO good_example (id, lifecycle_id, enterprise_id, scheme_id, report_id, content, drafted_by, drafted_at)
VALUES (@id, @lifecycle_id, @enterprise_id, @scheme_id, @report_id, @content, @drafted_by, @drafted_at)
ON CONFLICT (report_id) DO NOTHING;

-- name: GetExample :one
SELECT e.id, e.revision, e.lifecycle_id, e.enterprise_id, e.scheme_id, e.report_id, e.content, e.state, e.drafted_by, e.drafted_at,
    e.consented_by, e.consented_at, e.approved_by, e.published_at, e.withdrawn_at, e.views,
    (SELECT count(*) FROM example_adoption a WHERE a.example_id = e.id)::integer AS adoptions
FROM good_example e WHERE e.id = @id;

-- name: LockExample :one
SELECT id FROM good_example WHERE id = @id FOR UPDATE;

-- name: UpdateExample :one
UPDATE good_example
SET revision = revision + 1, content = @content, state = @state, consented_by = @consented_by, consented_at = @consented_at,
    approved_by = @approved_by, published_at = @published_at, withdrawn_by = @withdrawn_by, withdrawn_at = @withdrawn_at,
    search = to_tsvector('norwegian', @search_text::text)
WHERE id = @id
RETURNING revision;

-- name: ListExamples :many
SELECT e.id, e.revision, e.lifecycle_id, e.enterprise_id, e.scheme_id, e.report_id, e.content, e.state, e.drafted_by, e.drafted_at,
    e.consented_by, e.consented_at, e.approved_by, e.published_at, e.withdrawn_at, e.views,
    (SELECT count(*) FROM example_adoption a WHERE a.example_id = e.id)::integer AS adoptions
FROM good_example e
WHERE e.state = 'PUBLISHED'
  AND (@query::text = '' OR e.search @@ websearch_to_tsquery('norwegian', @query::text))
  AND (e.published_at, e.id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY e.published_at DESC, e.id DESC
LIMIT @row_limit;

-- name: ListExamplesInState :many
SELECT e.id, e.revision, e.lifecycle_id, e.enterprise_id, e.scheme_id, e.report_id, e.content, e.state, e.drafted_by, e.drafted_at,
    e.consented_by, e.consented_at, e.approved_by, e.published_at, e.withdrawn_at, e.views,
    (SELECT count(*) FROM example_adoption a WHERE a.example_id = e.id)::integer AS adoptions
FROM good_example e
WHERE e.state = @state AND (e.drafted_at, e.id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY e.drafted_at DESC, e.id DESC
LIMIT @row_limit;

-- name: ListLifecycleExamples :many
SELECT e.id, e.revision, e.lifecycle_id, e.enterprise_id, e.scheme_id, e.report_id, e.content, e.state, e.drafted_by, e.drafted_at,
    e.consented_by, e.consented_at, e.approved_by, e.published_at, e.withdrawn_at, e.views,
    (SELECT count(*) FROM example_adoption a WHERE a.example_id = e.id)::integer AS adoptions
FROM good_example e
WHERE e.lifecycle_id = @lifecycle_id
ORDER BY e.drafted_at DESC, e.id DESC;

-- name: CountView :one
UPDATE good_example SET views = views + 1 WHERE id = @id AND state = 'PUBLISHED' RETURNING views;

-- name: AdoptExample :exec
INSERT INTO example_adoption (example_id, person_id, place, note, adopted_at)
VALUES (@example_id, @person_id, @place, @note, @adopted_at)
ON CONFLICT (example_id, person_id) DO UPDATE SET place = excluded.place, note = excluded.note;
