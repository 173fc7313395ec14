#!/bin/sh
# Brings Temporal's two databases to the schema of this version of its server. Harmless to repeat.
set -eu

for database in temporal:temporal temporal_visibility:visibility; do
  export SQL_DATABASE="${database%:*}"
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "postgresql/v12/${database#*:}"
done
