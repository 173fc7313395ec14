-- name: InsertReport :execrows
INSERT INTO report (id, award_id, lifecycle_id, enterprise_id, application_id, scheme_id, scheme_version, report_key, kind,
    title, grant_year, amount_ore, holds_payment, four_eyes, due_on, content, created_at, updated_at)
VALUES (@id, @award_id, @lifecycle_id, @enterprise_id, @application_id, @scheme_id, @scheme_version, @report_key, @kind,
    @title, @grant_year, @amount_ore, @holds_payment, @four_eyes, @due_on, @content, @created_at, @created_at)
ON CONFLICT (award_id, report_key) DO NOTHING;

-- name: GetReport :one
SELECT * FROM report WHERE id = @id;

-- Whoever holds the row is the only one to change the report or anything of it.
-- name: LockReport :one
SELECT * FROM report WHERE id = @id FOR UPDATE;

-- name: ListReportsOfAward :many
SELECT * FROM report WHERE award_id = @award_id ORDER BY due_on, id;

-- name: UpdateReport :one
UPDATE report
SET revision = revision + 1, due_on = @due_on, state = @state, content = @content, version = @version,
    unsubmitted = @unsubmitted, updated_at = @updated_at, first_submitted_at = @first_submitted_at,
    submitted_at = @submitted_at, late = @late, returned_at = @returned_at, reviewed_by = @reviewed_by,
    reviewed_at = @reviewed_at, assessment = @assessment, accepted_cost_ore = @accepted_cost_ore,
    approved_by = @approved_by, approved_at = @approved_at, waived_by = @waived_by, waived_at = @waived_at,
    compared_version = @compared_version
WHERE id = @id
RETURNING revision;

-- Whoever writes on the report in the meantime keeps what they wrote.
-- name: RefillReport :exec
UPDATE report SET content = @content, revision = revision + 1
WHERE id = @id AND version = 0 AND NOT unsubmitted AND state = 'OPEN';

-- The content is left out: a list shows what reports there are.
-- name: ListReports :many
SELECT id, revision, award_id, lifecycle_id, enterprise_id, application_id, scheme_id, scheme_version, report_key, kind, title,
    grant_year, amount_ore, holds_payment, four_eyes, due_on, state, version, unsubmitted, first_submitted_at, submitted_at, late,
    reviewed_by, reviewed_at, approved_by, approved_at, waived_at, returned_at, created_at, updated_at
FROM report
WHERE (sqlc.narg('award_id')::uuid IS NULL OR award_id = sqlc.narg('award_id'))
  AND (sqlc.narg('lifecycle_id')::uuid IS NULL OR lifecycle_id = sqlc.narg('lifecycle_id'))
  AND (sqlc.narg('enterprise_ids')::uuid[] IS NULL OR enterprise_id = ANY (sqlc.narg('enterprise_ids')::uuid[]))
  AND (sqlc.narg('state')::text IS NULL OR state = sqlc.narg('state'))
  AND due_on >= @due_from::date AND due_on <= @due_to::date
  AND (due_on, id) < (@before_due_on::date, @before_id::uuid)
ORDER BY due_on DESC, id DESC
LIMIT @row_limit;

-- name: InsertDueDate :exec
INSERT INTO report_due_date (id, report_id, due_on, reason, decided_by, decided_at)
VALUES (@id, @report_id, @due_on, @reason, @decided_by, @decided_at);

-- name: ListDueDates :many
SELECT * FROM report_due_date WHERE report_id = @report_id ORDER BY decided_at, id;

-- name: InsertNotice :execrows
INSERT INTO report_notice (report_id, due_on, kind, days, at)
VALUES (@report_id, @due_on, @kind, @days, @at)
ON CONFLICT DO NOTHING;

-- name: ListNotices :many
SELECT * FROM report_notice WHERE report_id = @report_id ORDER BY at, kind, days DESC;

-- name: InsertVersion :exec
INSERT INTO report_version (report_id, version, content, attachment_ids, sha256, submitted_by, submitted_at)
VALUES (@report_id, @version, @content, @attachment_ids, @sha256, @submitted_by, @submitted_at);

-- name: GetVersion :one
SELECT * FROM report_version WHERE report_id = @report_id AND version = @version;

-- name: ListVersions :many
SELECT * FROM report_version WHERE report_id = @report_id ORDER BY version DESC;

-- name: ListVersionTimes :many
SELECT version, submitted_at FROM report_version WHERE report_id = @report_id ORDER BY version;

-- name: InsertReview :exec
INSERT INTO report_review (id, report_id, version, outcome, note, questions, fields, made_by, made_at)
VALUES (@id, @report_id, @version, @outcome, @note, @questions, @fields, @made_by, @made_at);

-- name: ListReviews :many
SELECT * FROM report_review WHERE report_id = @report_id ORDER BY made_at, id;

-- name: InsertAttachment :exec
INSERT INTO report_attachment (id, report_id, kind, file_name, media_type, size_bytes, sha256, blob_key, uploaded_by, uploaded_at)
VALUES (@id, @report_id, @kind, @file_name, @media_type, @size_bytes, @sha256, @blob_key, @uploaded_by, @uploaded_at);

-- name: ListAttachments :many
SELECT * FROM report_attachment WHERE report_id = @report_id AND removed_at IS NULL ORDER BY uploaded_at, id;

-- name: ListAllAttachments :many
SELECT * FROM report_attachment WHERE report_id = @report_id ORDER BY uploaded_at, id;

-- name: RemoveAttachment :exec
UPDATE report_attachment SET removed_at = @removed_at WHERE id = @id;

-- The newest approved report of the lifecycle before the given grant year, or of an earlier kind in
-- the same year: what a report is prefilled from.
-- name: GetPrevious :one
SELECT v.content FROM report r
JOIN report_version v ON v.report_id = r.id AND v.version = r.version
WHERE r.lifecycle_id = @lifecycle_id AND r.id <> @report_id AND r.version > 0 AND r.due_on < @due_on
ORDER BY r.due_on DESC, r.id DESC
LIMIT 1;

-- name: InsertOfficePart :execrows
INSERT INTO report_office_part (id, report_id, nav_unit_id, person_id, invited_by, invited_at)
VALUES (@id, @report_id, @nav_unit_id, @person_id, @invited_by, @invited_at)
ON CONFLICT (report_id, nav_unit_id) DO UPDATE
SET person_id = excluded.person_id, revision = report_office_part.revision + 1
WHERE report_office_part.submitted_at IS NULL;

-- name: ListOfficeParts :many
SELECT * FROM report_office_part WHERE report_id = @report_id ORDER BY invited_at, id;

-- name: LockOfficePart :one
SELECT * FROM report_office_part WHERE id = @id FOR UPDATE;

-- name: UpdateOfficePart :one
UPDATE report_office_part SET answers = @answers, submitted_at = @submitted_at, revision = revision + 1
WHERE id = @id
RETURNING revision;

-- name: ListPartsOfPerson :many
SELECT * FROM report_office_part
WHERE person_id = @person_id AND (invited_at, id) < (@before_at::timestamptz, @before_id::uuid)
ORDER BY invited_at DESC, id DESC
LIMIT @row_limit;

-- name: InsertAccounts :exec
INSERT INTO report_accounts (report_id, version, outcome, registered, differences, asked_at)
VALUES (@report_id, @version, @outcome, @registered, @differences, @asked_at)
ON CONFLICT DO NOTHING;

-- name: GetAccounts :one
SELECT * FROM report_accounts WHERE report_id = @report_id ORDER BY version DESC LIMIT 1;

-- name: SaveFigures :exec
INSERT INTO report_figures (report_id, lifecycle_id, enterprise_id, scheme_id, kind, grant_year, business_model, revenue_ore,
    earned_share_bp, grant_dependence_bp, public_dependence_bp, concentration_bp, cash_months_tenths, income_covers, approved)
VALUES (@report_id, @lifecycle_id, @enterprise_id, @scheme_id, @kind, @grant_year, @business_model, @revenue_ore,
    @earned_share_bp, @grant_dependence_bp, @public_dependence_bp, @concentration_bp, @cash_months_tenths, @income_covers, @approved)
ON CONFLICT (report_id) DO UPDATE SET business_model = excluded.business_model, revenue_ore = excluded.revenue_ore,
    earned_share_bp = excluded.earned_share_bp, grant_dependence_bp = excluded.grant_dependence_bp,
    public_dependence_bp = excluded.public_dependence_bp, concentration_bp = excluded.concentration_bp,
    cash_months_tenths = excluded.cash_months_tenths, income_covers = excluded.income_covers, approved = excluded.approved;

-- The approved final reports of a lifecycle with their newest version, by year.
-- name: ListFinalReports :many
SELECT r.id, r.grant_year, r.amount_ore, r.accepted_cost_ore, v.content FROM report r
JOIN report_version v ON v.report_id = r.id AND v.version = r.version
WHERE r.lifecycle_id = @lifecycle_id AND r.kind = 'FINAL' AND r.state = 'APPROVED'
ORDER BY r.grant_year, r.id;

-- The newest submitted reports of a lifecycle, the latest due date first.
-- name: ListSubmittedReports :many
SELECT r.id, r.kind, r.grant_year, r.application_id, r.version, v.content FROM report r
JOIN report_version v ON v.report_id = r.id AND v.version = r.version
WHERE r.lifecycle_id = @lifecycle_id AND r.version > 0
ORDER BY r.due_on DESC, r.id DESC
LIMIT @row_limit;

-- name: ListMissing :many
SELECT id, due_on FROM report WHERE lifecycle_id = @lifecycle_id AND state = 'OPEN' AND due_on < @today::date ORDER BY due_on, id;

-- name: ListTrend :many
SELECT business_model, grant_year, count(*)::integer AS n,
    coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY earned_share_bp), -1)::integer AS earned_share_bp,
    coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY grant_dependence_bp), -1)::integer AS grant_dependence_bp,
    count(earned_share_bp)::integer AS known
FROM report_figures
WHERE scheme_id = @scheme_id AND grant_year BETWEEN @from_year AND @to_year AND kind = 'FINAL' AND approved
GROUP BY business_model, grant_year
ORDER BY grant_year, business_model;

-- name: GetRunway :one
SELECT r.submitted_at, f.cash_months_tenths FROM report r
JOIN report_figures f ON f.report_id = r.id
WHERE r.enterprise_id = @enterprise_id AND r.version > 0
ORDER BY r.due_on DESC, r.id DESC
LIMIT 1;
