-- The people who work with cases are few among all who have ever signed in.

-- +goose Up
CREATE INDEX person_colleague_name ON person ((translate(lower(name), 'æøåäö', '{|}{|') COLLATE "C"), id)
WHERE roles && '{ROLE_CASE_OFFICER,ROLE_ASSESSOR,ROLE_DECISION_MAKER,ROLE_PAYMENT_APPROVER,ROLE_MANAGER,ROLE_OFFICE_CONTACT,ROLE_AUDITOR,ROLE_ADMINISTRATOR}'::text[];

-- +goose Down
DROP INDEX person_colleague_name;
