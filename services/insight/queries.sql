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
