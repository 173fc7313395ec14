-- name: InsertEnterprise :exec
INSERT INTO enterprise (id, organization_number, name, form_code, source, municipality_number, municipality_name,
    registered_voluntary, bankrupt, under_liquidation, deleted, language, registry_checked_at, registered_at)
VALUES (@id, @organization_number, @name, @form_code, @source, @municipality_number, @municipality_name,
    @registered_voluntary, @bankrupt, @under_liquidation, @deleted, @language, @registry_checked_at, @registered_at);

-- name: SaveReportEnterprise :one
INSERT INTO enterprise (id, report_key, name, stated_form, stated_location, stated_target_group, stated_grant_years,
    note, source, registered_at)
VALUES (@id, @report_key, @name, @stated_form, @stated_location, @stated_target_group, @stated_grant_years,
    @note, @source, @registered_at)
ON CONFLICT (report_key) DO UPDATE
SET name = excluded.name, stated_form = excluded.stated_form, stated_location = excluded.stated_location,
    stated_target_group = excluded.stated_target_group, stated_grant_years = excluded.stated_grant_years,
    note = excluded.note, source = excluded.source, revision = enterprise.revision + 1
WHERE (enterprise.name, enterprise.stated_form, enterprise.stated_location, enterprise.stated_target_group,
       enterprise.stated_grant_years, enterprise.note, enterprise.source)
    IS DISTINCT FROM (excluded.name, excluded.stated_form, excluded.stated_location, excluded.stated_target_group,
       excluded.stated_grant_years, excluded.note, excluded.source)
RETURNING (xmax = 0)::boolean AS added;

-- name: GetEnterprise :one
SELECT * FROM enterprise WHERE id = @id;

-- name: GetByNumber :one
SELECT * FROM enterprise WHERE organization_number = @organization_number;

-- name: UpdateRegistryFacts :exec
UPDATE enterprise
SET name = @name, form_code = @form_code, municipality_number = @municipality_number, municipality_name = @municipality_name,
    registered_voluntary = @registered_voluntary, bankrupt = @bankrupt, under_liquidation = @under_liquidation,
    deleted = @deleted, language = @language, registry_checked_at = @registry_checked_at, revision = revision + 1
WHERE id = @id;

-- name: ListEnterprises :many
SELECT * FROM enterprise
WHERE (name, id) > (@after_name::text, @after_id::uuid)
  AND (name ILIKE @pattern::text OR organization_number = @organization_number::text)
ORDER BY name, id
LIMIT @row_limit;

-- name: ListForPerson :many
SELECT e.* FROM enterprise e
JOIN enterprise_member m ON m.enterprise_id = e.id AND m.until IS NULL
WHERE m.person_id = @person_id
  AND (e.name, e.id) > (@after_name::text, @after_id::uuid)
  AND (e.name ILIKE @pattern::text OR e.organization_number = @organization_number::text)
ORDER BY e.name, e.id
LIMIT @row_limit;

-- name: ListIDsForPerson :many
SELECT enterprise_id FROM enterprise_member WHERE person_id = @person_id AND until IS NULL ORDER BY enterprise_id;

-- name: GetRight :one
SELECT member_right FROM enterprise_member WHERE enterprise_id = @enterprise_id AND person_id = @person_id AND until IS NULL;

-- name: GetRightAndName :one
SELECT m.member_right, e.name
FROM enterprise_member m JOIN enterprise e ON e.id = m.enterprise_id
WHERE m.enterprise_id = @enterprise_id AND m.person_id = @person_id AND m.until IS NULL;

-- Whoever holds the row is the only one to change who may act.
-- name: LockEnterprise :one
SELECT * FROM enterprise WHERE id = @id FOR UPDATE;

-- name: InsertMember :exec
INSERT INTO enterprise_member (id, enterprise_id, person_id, member_right, since)
VALUES (@id, @enterprise_id, @person_id, @member_right, @since);

-- name: EndMember :execrows
UPDATE enterprise_member SET until = @until WHERE enterprise_id = @enterprise_id AND person_id = @person_id AND until IS NULL;

-- name: ListMembers :many
SELECT m.person_id, coalesce(p.name, '')::text AS name, m.member_right, m.since
FROM enterprise_member m LEFT JOIN person p ON p.id = m.person_id
WHERE m.enterprise_id = @enterprise_id AND m.until IS NULL
ORDER BY m.since, m.person_id;

-- name: LockNavUnit :one
SELECT * FROM nav_unit WHERE id = @id FOR UPDATE;

-- name: SaveNavUnit :one
INSERT INTO nav_unit (id, report_key, unit_number, name, level, norg_type, stated_relations, listed_in_report, note, source)
VALUES (@id, @report_key, @unit_number, @name, @level, @norg_type, @stated_relations, @listed_in_report, @note, @source)
ON CONFLICT (report_key) DO UPDATE
SET unit_number = excluded.unit_number, name = excluded.name, level = excluded.level, norg_type = excluded.norg_type,
    stated_relations = excluded.stated_relations, listed_in_report = excluded.listed_in_report,
    note = excluded.note, source = excluded.source
WHERE (nav_unit.unit_number, nav_unit.name, nav_unit.level, nav_unit.norg_type, nav_unit.stated_relations,
       nav_unit.listed_in_report, nav_unit.note, nav_unit.source)
    IS DISTINCT FROM (excluded.unit_number, excluded.name, excluded.level, excluded.norg_type, excluded.stated_relations,
       excluded.listed_in_report, excluded.note, excluded.source)
RETURNING (xmax = 0)::boolean AS added;

-- name: ListNavUnits :many
SELECT * FROM nav_unit WHERE (name, id) > (@after_name::text, @after_id::uuid) ORDER BY name, id LIMIT @row_limit;

-- name: CountNavUnits :one
SELECT count(*) FROM nav_unit WHERE id = ANY (@ids::uuid[]);

-- name: LockRelation :one
SELECT * FROM relation WHERE id = @id FOR UPDATE;

-- name: SaveRelation :one
INSERT INTO relation (id, enterprise_id, nav_unit_id, types, period, description, source)
VALUES (@id, @enterprise_id, @nav_unit_id, @types, @period, @description, @source)
ON CONFLICT (enterprise_id, nav_unit_id, source) DO UPDATE
SET types = excluded.types, period = excluded.period, description = excluded.description
WHERE (relation.types, relation.period, relation.description)
    IS DISTINCT FROM (excluded.types, excluded.period, excluded.description)
RETURNING (xmax = 0)::boolean AS added;

-- name: ListRelations :many
SELECT r.*, e.name AS enterprise_name, n.name AS nav_unit_name
FROM relation r JOIN enterprise e ON e.id = r.enterprise_id JOIN nav_unit n ON n.id = r.nav_unit_id
WHERE r.id > @after_id
  AND (sqlc.narg('enterprise_id')::uuid IS NULL OR r.enterprise_id = sqlc.narg('enterprise_id'))
  AND (sqlc.narg('nav_unit_id')::uuid IS NULL OR r.nav_unit_id = sqlc.narg('nav_unit_id'))
ORDER BY r.id
LIMIT @row_limit;

-- name: ListNavUnitNames :many
SELECT id, name FROM nav_unit WHERE id = ANY (@ids::uuid[]);
