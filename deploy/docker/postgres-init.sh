#!/bin/sh
# Runs once, when PostgreSQL's volume is empty: a role and a database for Såkorn, and a role and two
# databases for Temporal, which can then not read each other's.
set -eu

psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --set ON_ERROR_STOP=1 <<'SQL'
\getenv saakorn_password SAAKORN_DATABASE_PASSWORD
\getenv temporal_password TEMPORAL_DATABASE_PASSWORD
CREATE ROLE saakorn LOGIN PASSWORD :'saakorn_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE saakorn OWNER saakorn;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE saakorn, temporal, temporal_visibility FROM PUBLIC;
SQL
