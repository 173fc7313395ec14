-- name: ListPortfolio :many
SELECT a.id AS award_id, a.lifecycle_id, a.enterprise_id, e.name AS enterprise_name, a.grant_year, a.year_number, a.scheme_version,
    a.state, a.amount_ore, l.owner_id
FROM award a JOIN lifecycle l ON l.id = a.lifecycle_id JOIN enterprise e ON e.id = a.enterprise_id
WHERE a.scheme_id = @scheme_id AND a.grant_year = @grant_year
  AND a.year_number BETWEEN @min_number AND @max_number
  AND (a.year_number, a.id) > (@after_number::integer, @after_id::uuid)
  AND (cardinality(@states::text[]) = 0 OR a.state = ANY (@states::text[]))
ORDER BY a.year_number, a.id
LIMIT @row_limit;

-- name: CountPortfolio :many
SELECT year_number, state, count(*)::integer AS awards, sum(amount_ore)::bigint AS amount_ore
FROM award
WHERE scheme_id = @scheme_id AND grant_year = @grant_year
GROUP BY year_number, state
ORDER BY year_number, state;

-- name: ListFrames :many
SELECT * FROM budget_frame WHERE scheme_id = @scheme_id AND grant_year BETWEEN @from_year AND @until_year ORDER BY grant_year;

-- The last grant year in which anything has been awarded; 0 when nothing ever was.
-- name: GetLastYear :one
SELECT coalesce(max(grant_year), 0)::integer FROM award WHERE scheme_id = @scheme_id;

-- What those who may go on have been awarded, by the number of their year.
-- name: SumGoingOn :many
SELECT year_number, count(*)::integer AS awards, sum(amount_ore)::bigint AS amount_ore
FROM award
WHERE scheme_id = @scheme_id AND grant_year = @grant_year AND state IN ('OFFERED', 'ACCEPTED', 'CLOSED')
GROUP BY year_number
ORDER BY year_number;

-- Each kind of last date comes in the order of its own index; the whole is as long as a page of each.
-- name: ListDue :many
SELECT d.due_on::date AS due_on, d.kind::text AS kind, d.subject_id::uuid AS subject_id, d.lifecycle_id::uuid AS lifecycle_id,
    coalesce(d.award_id, '00000000-0000-0000-0000-000000000000')::uuid AS award_id, e.name AS enterprise_name
FROM (
    (SELECT a.accept_by AS due_on, 'ACCEPTANCE' AS kind, a.id AS subject_id, a.lifecycle_id, a.id AS award_id, a.enterprise_id
     FROM award a
     WHERE a.state = 'OFFERED' AND a.scheme_id = @scheme_id
       AND a.accept_by BETWEEN greatest(@from_on::date, @after_on::date) AND @until_on::date
       AND (a.accept_by, 'ACCEPTANCE', a.id) > (@after_on::date, @after_kind::text, @after_id::uuid)
     ORDER BY a.accept_by, a.id LIMIT @row_limit)
    UNION ALL
    (SELECT c.due_on, 'CONDITION', c.id, a.lifecycle_id, a.id, a.enterprise_id
     FROM condition c JOIN award a ON a.id = c.award_id
     WHERE c.state = 'OPEN' AND c.due_on IS NOT NULL AND a.scheme_id = @scheme_id
       AND c.due_on BETWEEN greatest(@from_on::date, @after_on::date) AND @until_on::date
       AND (c.due_on, 'CONDITION', c.id) > (@after_on::date, @after_kind::text, @after_id::uuid)
     ORDER BY c.due_on, c.id LIMIT @row_limit)
    UNION ALL
    (SELECT m.comment_by, 'COMMENTS', m.id, a.lifecycle_id, a.id, a.enterprise_id
     FROM measure m JOIN award a ON a.id = m.award_id
     WHERE m.state = 'NOTIFIED' AND a.scheme_id = @scheme_id
       AND m.comment_by BETWEEN greatest(@from_on::date, @after_on::date) AND @until_on::date
       AND (m.comment_by, 'COMMENTS', m.id) > (@after_on::date, @after_kind::text, @after_id::uuid)
     ORDER BY m.comment_by, m.id LIMIT @row_limit)
    UNION ALL
    (SELECT coalesce(t.due_on, '9999-12-31'::date), 'TASK', t.id, t.lifecycle_id, t.award_id, l.enterprise_id
     FROM task t JOIN lifecycle l ON l.id = t.lifecycle_id
     WHERE t.state = 'OPEN' AND l.scheme_id = @scheme_id
       AND coalesce(t.due_on, '9999-12-31'::date) BETWEEN greatest(@from_on::date, @after_on::date) AND @until_on::date
       AND (coalesce(t.due_on, '9999-12-31'::date), 'TASK', t.id) > (@after_on::date, @after_kind::text, @after_id::uuid)
     ORDER BY coalesce(t.due_on, '9999-12-31'::date), t.id LIMIT @row_limit)
) d JOIN enterprise e ON e.id = d.enterprise_id
ORDER BY d.due_on, d.kind, d.subject_id
LIMIT @row_limit;

-- Every reason is rare, so each is found by an index of its own.
-- name: ListAtRisk :many
SELECT l.id AS lifecycle_id, l.enterprise_id, e.name AS enterprise_name, l.owner_id, array_agg(DISTINCT r.reason ORDER BY r.reason)::text[] AS reasons
FROM (
    SELECT a.lifecycle_id, 'SUSPENDED' AS reason FROM suspension s JOIN award a ON a.id = s.award_id WHERE s.lifted_at IS NULL
    UNION ALL
    SELECT a.lifecycle_id, 'MEASURE_OPEN' FROM measure m JOIN award a ON a.id = m.award_id
    WHERE m.state IN ('PROPOSED', 'NOTIFIED', 'RECOMMENDED')
    UNION ALL
    SELECT a.lifecycle_id, 'CONDITION_OVERDUE' FROM condition c JOIN award a ON a.id = c.award_id
    WHERE c.state = 'OPEN' AND c.due_on < @today::date AND a.state = 'ACCEPTED'
    UNION ALL
    SELECT t.lifecycle_id, 'TASK_OVERDUE' FROM task t WHERE t.state = 'OPEN' AND coalesce(t.due_on, '9999-12-31'::date) < @today::date
    UNION ALL
    SELECT g.lifecycle_id, g.kind FROM signal g WHERE g.state = 'OPEN' AND g.scheme_id = @scheme_id
    UNION ALL
    SELECT x.id, CASE WHEN f.bankrupt THEN 'BANKRUPT' WHEN f.deleted THEN 'DELETED' ELSE 'LIQUIDATION' END
    FROM enterprise f JOIN lifecycle x ON x.enterprise_id = f.id WHERE f.bankrupt OR f.under_liquidation OR f.deleted
) r JOIN lifecycle l ON l.id = r.lifecycle_id JOIN enterprise e ON e.id = l.enterprise_id
WHERE l.scheme_id = @scheme_id AND l.state = 'ACTIVE' AND l.id > @after_id
GROUP BY l.id, e.name
ORDER BY l.id
LIMIT @row_limit;

-- name: MeasureDecisions :many
SELECT grant_year, count(*)::integer AS n,
    (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - call_closes_at)) / 86400)::float8 AS median_days,
    (percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - call_closes_at)) / 86400)::float8 AS slow_days,
    (max(extract(epoch FROM decided_at - call_closes_at)) / 86400)::float8 AS longest_days
FROM case_file
WHERE scheme_id = @scheme_id AND grant_year BETWEEN @from_year AND @until_year AND decided_at IS NOT NULL
GROUP BY grant_year
ORDER BY grant_year;

-- name: MeasureAcceptances :many
SELECT grant_year, count(*)::integer AS n,
    (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - offered_at)) / 86400)::float8 AS median_days,
    (percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - offered_at)) / 86400)::float8 AS slow_days,
    (max(extract(epoch FROM accepted_at - offered_at)) / 86400)::float8 AS longest_days
FROM award
WHERE scheme_id = @scheme_id AND grant_year BETWEEN @from_year AND @until_year AND accepted_at IS NOT NULL
GROUP BY grant_year
ORDER BY grant_year;

-- Enterprises in the order of their names; the years and the reasons of a page are read by themselves.
-- name: ListTimelines :many
SELECT l.id AS lifecycle_id, l.enterprise_id, e.name AS enterprise_name, e.municipality_number, e.municipality_name,
    (l.state = 'CLOSED')::boolean AS closed, l.exit_kind
FROM enterprise e JOIN lifecycle l ON l.enterprise_id = e.id AND l.scheme_id = @scheme_id
WHERE (e.name, e.id) > (@after_name::text, @after_id::uuid)
  AND (@place::text = '' OR e.municipality_number LIKE @place::text || '%' OR (@place::text = 'none' AND e.municipality_number = ''))
  AND (NOT @awards_asked::boolean OR EXISTS (
      SELECT 1 FROM award a WHERE a.lifecycle_id = l.id
        AND (@grant_year::integer = 0 OR a.grant_year = @grant_year::integer)
        AND (@year_number::integer = 0 OR a.year_number = @year_number::integer)
        AND (@award_state::text = '' OR a.state = @award_state::text)))
  AND (@business_model::text = '' OR @business_model::text = (
      SELECT f.business_model FROM report_figures f WHERE f.lifecycle_id = l.id AND f.kind = 'FINAL' AND f.approved
      ORDER BY f.grant_year DESC LIMIT 1))
  AND (NOT @at_risk::boolean OR l.state = 'ACTIVE' AND (
      e.bankrupt OR e.under_liquidation OR e.deleted
      OR EXISTS (SELECT 1 FROM signal g WHERE g.scheme_id = l.scheme_id AND g.lifecycle_id = l.id AND g.state = 'OPEN')
      OR EXISTS (SELECT 1 FROM task t WHERE t.lifecycle_id = l.id AND t.state = 'OPEN' AND coalesce(t.due_on, '9999-12-31'::date) < @today::date)
      OR EXISTS (SELECT 1 FROM award a JOIN suspension s ON s.award_id = a.id WHERE a.lifecycle_id = l.id AND s.lifted_at IS NULL)
      OR EXISTS (SELECT 1 FROM award a JOIN measure m ON m.award_id = a.id
          WHERE a.lifecycle_id = l.id AND m.state IN ('PROPOSED', 'NOTIFIED', 'RECOMMENDED'))
      OR EXISTS (SELECT 1 FROM award a JOIN condition c ON c.award_id = a.id
          WHERE a.lifecycle_id = l.id AND a.state = 'ACCEPTED' AND c.state = 'OPEN' AND c.due_on < @today::date)))
ORDER BY e.name, e.id
LIMIT @row_limit;

-- name: ListYears :many
SELECT id, lifecycle_id, grant_year, year_number, state, amount_ore, scheme_version
FROM award WHERE lifecycle_id = ANY (@lifecycle_ids::uuid[])
ORDER BY lifecycle_id, grant_year, id;

-- The reasons of the lifecycles of a page.
-- name: ListReasons :many
SELECT r.lifecycle_id::uuid AS lifecycle_id, array_agg(DISTINCT r.reason ORDER BY r.reason)::text[] AS reasons
FROM (
    SELECT a.lifecycle_id, 'SUSPENDED' AS reason FROM award a JOIN suspension s ON s.award_id = a.id
    WHERE a.lifecycle_id = ANY (@lifecycle_ids::uuid[]) AND s.lifted_at IS NULL
    UNION ALL
    SELECT a.lifecycle_id, 'MEASURE_OPEN' FROM award a JOIN measure m ON m.award_id = a.id
    WHERE a.lifecycle_id = ANY (@lifecycle_ids::uuid[]) AND m.state IN ('PROPOSED', 'NOTIFIED', 'RECOMMENDED')
    UNION ALL
    SELECT a.lifecycle_id, 'CONDITION_OVERDUE' FROM award a JOIN condition c ON c.award_id = a.id
    WHERE a.lifecycle_id = ANY (@lifecycle_ids::uuid[]) AND a.state = 'ACCEPTED' AND c.state = 'OPEN' AND c.due_on < @today::date
    UNION ALL
    SELECT t.lifecycle_id, 'TASK_OVERDUE' FROM task t
    WHERE t.lifecycle_id = ANY (@lifecycle_ids::uuid[]) AND t.state = 'OPEN' AND coalesce(t.due_on, '9999-12-31'::date) < @today::date
    UNION ALL
    SELECT g.lifecycle_id, g.kind FROM signal g WHERE g.lifecycle_id = ANY (@lifecycle_ids::uuid[]) AND g.state = 'OPEN'
    UNION ALL
    SELECT x.id, CASE WHEN f.bankrupt THEN 'BANKRUPT' WHEN f.deleted THEN 'DELETED' ELSE 'LIQUIDATION' END
    FROM lifecycle x JOIN enterprise f ON f.id = x.enterprise_id
    WHERE x.id = ANY (@lifecycle_ids::uuid[]) AND (f.bankrupt OR f.under_liquidation OR f.deleted)
) r JOIN lifecycle l ON l.id = r.lifecycle_id
WHERE l.state = 'ACTIVE'
GROUP BY r.lifecycle_id;

-- How far each application has come. What came further has come past everything before it.
-- name: CountFunnel :many
SELECT c.grant_year, c.application_type, count(*)::integer AS received,
    count(*) FILTER (WHERE c.stage >= 2)::integer AS complete,
    count(*) FILTER (WHERE c.stage >= 3)::integer AS assessed,
    count(*) FILTER (WHERE c.stage >= 4)::integer AS recommended,
    count(*) FILTER (WHERE c.stage >= 5)::integer AS awarded,
    count(*) FILTER (WHERE c.stage >= 6)::integer AS accepted,
    count(*) FILTER (WHERE c.stage >= 7)::integer AS reported,
    count(*) FILTER (WHERE c.stage >= 8)::integer AS closed,
    sum(c.amount_applied_ore)::bigint AS applied_ore,
    coalesce(sum(c.committed_ore), 0)::bigint AS awarded_ore
FROM (
    SELECT f.grant_year, f.application_type, f.amount_applied_ore, a.committed_ore,
        CASE
            WHEN a.state = 'CLOSED' THEN 8
            WHEN a.accepted_at IS NOT NULL AND EXISTS (
                SELECT 1 FROM report r WHERE r.award_id = a.id AND r.kind = 'FINAL' AND r.first_submitted_at IS NOT NULL) THEN 7
            WHEN a.accepted_at IS NOT NULL THEN 6
            WHEN a.id IS NOT NULL THEN 5
            WHEN EXISTS (SELECT 1 FROM recommendation n WHERE n.case_id = f.id) THEN 4
            WHEN EXISTS (SELECT 1 FROM assessment s WHERE s.case_id = f.id AND s.submitted_at IS NOT NULL) THEN 3
            WHEN f.withdrawn_at IS NULL AND f.step IN ('ASSESSMENT', 'RECOMMENDATION', 'DECISION') THEN 2
            ELSE 1
        END AS stage
    FROM call k JOIN case_file f ON f.call_id = k.id LEFT JOIN award a ON a.case_id = f.id
    WHERE k.scheme_id = @scheme_id AND k.grant_year BETWEEN @from_year AND @until_year
) c
GROUP BY c.grant_year, c.application_type
ORDER BY c.grant_year, c.application_type;

-- Days are not a number where it has not come so far.
-- name: ListCourses :many
SELECT c.id::uuid AS id, c.number::text AS number, c.enterprise_name::text AS enterprise_name, c.application_type::text AS application_type,
    c.amount_applied_ore::bigint AS amount_applied_ore, c.committed_ore::bigint AS committed_ore, c.stage::integer AS stage,
    c.close_to_decision::float8 AS close_to_decision, c.offer_to_acceptance::float8 AS offer_to_acceptance, c.award_id
FROM (
    SELECT f.id, f.number, f.enterprise_name, f.application_type, f.amount_applied_ore, coalesce(a.committed_ore, 0) AS committed_ore, a.id AS award_id,
        coalesce(extract(epoch FROM f.decided_at - f.call_closes_at) / 86400, 'NaN')::float8 AS close_to_decision,
        coalesce(extract(epoch FROM a.accepted_at - a.offered_at) / 86400, 'NaN')::float8 AS offer_to_acceptance,
        CASE
            WHEN a.state = 'CLOSED' THEN 8
            WHEN a.accepted_at IS NOT NULL AND EXISTS (
                SELECT 1 FROM report r WHERE r.award_id = a.id AND r.kind = 'FINAL' AND r.first_submitted_at IS NOT NULL) THEN 7
            WHEN a.accepted_at IS NOT NULL THEN 6
            WHEN a.id IS NOT NULL THEN 5
            WHEN EXISTS (SELECT 1 FROM recommendation n WHERE n.case_id = f.id) THEN 4
            WHEN EXISTS (SELECT 1 FROM assessment s WHERE s.case_id = f.id AND s.submitted_at IS NOT NULL) THEN 3
            WHEN f.withdrawn_at IS NULL AND f.step IN ('ASSESSMENT', 'RECOMMENDATION', 'DECISION') THEN 2
            ELSE 1
        END AS stage
    FROM call k JOIN case_file f ON f.call_id = k.id LEFT JOIN award a ON a.case_id = f.id
    WHERE k.scheme_id = @scheme_id AND k.grant_year = @grant_year AND f.number > @after_number::text
) c
WHERE c.stage >= @stage::integer
ORDER BY c.number
LIMIT @row_limit;

-- name: GroupFigures :many
SELECT grant_year, business_model, count(*)::integer AS n,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY revenue_ore)::bigint AS revenue_ore,
    count(earned_share_bp)::integer AS earned_known,
    coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY earned_share_bp), 0)::integer AS earned_share_bp,
    count(grant_dependence_bp)::integer AS grant_known,
    coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY grant_dependence_bp), 0)::integer AS grant_dependence_bp,
    count(public_dependence_bp)::integer AS public_known,
    coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY public_dependence_bp), 0)::integer AS public_dependence_bp
FROM report_figures
WHERE scheme_id = @scheme_id AND grant_year BETWEEN @from_year AND @until_year AND kind = 'FINAL' AND approved
GROUP BY grant_year, business_model
ORDER BY grant_year, business_model;

-- What the newest submitted version of each approved final report says of its indicators.
-- name: SumIndicators :many
SELECT f.grant_year, f.business_model, (i.value ->> 'key')::text AS key, count(*)::integer AS n,
    sum((i.value ->> 'actual')::bigint)::bigint AS total
FROM report_figures f
    JOIN report r ON r.id = f.report_id
    JOIN report_version v ON v.report_id = r.id AND v.version = r.version
    CROSS JOIN LATERAL jsonb_array_elements(coalesce(v.content -> 'indicators', '[]')) i
WHERE f.scheme_id = @scheme_id AND f.grant_year BETWEEN @from_year AND @until_year AND f.kind = 'FINAL' AND f.approved
  AND i.value ->> 'actual' IS NOT NULL
GROUP BY f.grant_year, f.business_model, i.value ->> 'key';

-- name: ListResults :many
SELECT f.report_id, f.lifecycle_id, f.enterprise_id, e.name AS enterprise_name, f.business_model, f.revenue_ore,
    f.earned_share_bp, f.grant_dependence_bp, f.public_dependence_bp, coalesce(v.content -> 'indicators', '[]')::jsonb AS indicators
FROM report_figures f
    JOIN enterprise e ON e.id = f.enterprise_id
    JOIN report r ON r.id = f.report_id
    JOIN report_version v ON v.report_id = r.id AND v.version = r.version
WHERE f.scheme_id = @scheme_id AND f.grant_year = @grant_year AND f.kind = 'FINAL' AND f.approved
  AND (@business_model::text = '' OR f.business_model = @business_model::text)
  AND (e.name, f.report_id) > (@after_name::text, @after_id::uuid)
ORDER BY e.name, f.report_id
LIMIT @row_limit;

-- name: SumPlaces :many
SELECT e.municipality_number, max(e.municipality_name)::text AS municipality_name, sum(p.applications)::integer AS applications,
    sum(p.awards)::integer AS awards, sum(p.amount_ore)::bigint AS amount_ore
FROM (
    SELECT f.enterprise_id, 1 AS applications, 0 AS awards, 0::bigint AS amount_ore
    FROM call k JOIN case_file f ON f.call_id = k.id
    WHERE k.scheme_id = @scheme_id AND k.grant_year = @grant_year
    UNION ALL
    SELECT a.enterprise_id, 0, 1, a.amount_ore
    FROM award a
    WHERE a.scheme_id = @scheme_id AND a.grant_year = @grant_year AND a.state NOT IN ('DECLINED', 'LAPSED')
) p JOIN enterprise e ON e.id = p.enterprise_id
GROUP BY e.municipality_number
ORDER BY e.municipality_number;

-- name: ListEndings :many
SELECT l.id AS lifecycle_id, l.enterprise_id, e.name AS enterprise_name, l.exit_kind, l.exit_on,
    coalesce(h.learned, '')::text AS learned, coalesce(h.receiver, '')::text AS receiver
FROM lifecycle l JOIN enterprise e ON e.id = l.enterprise_id LEFT JOIN handover h ON h.lifecycle_id = l.id
WHERE l.scheme_id = @scheme_id AND l.state = 'CLOSED' AND l.exit_on BETWEEN @from_on::date AND @until_on::date
  AND (e.name, l.id) > (@after_name::text, @after_id::uuid)
ORDER BY e.name, l.id
LIMIT @row_limit;
