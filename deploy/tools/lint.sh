#!/usr/bin/env bash
# Judges the Go code (with the order of imports) and the contract. Arguments go to golangci-lint.
set -euo pipefail
cd "$(dirname "$0")/../.."

deploy/tools/install.sh golangci-lint
.build/tools/golangci-lint run "$@"
deploy/tools/contract.sh check
