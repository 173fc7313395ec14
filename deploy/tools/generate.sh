#!/usr/bin/env bash
# Writes every generated file anew: contract, queries, fictional registry answers, pages.
set -euo pipefail
cd "$(dirname "$0")/../.."

deploy/tools/install.sh buf protoc-gen-go protoc-gen-go-grpc protoc-gen-grpc-gateway protoc-gen-openapiv2 sqlc templ
deploy/tools/require.sh packages
go run ./deploy/tools/protodeps .build/proto-deps
mkdir -p proto/gen
.build/tools/buf generate
.build/tools/sqlc generate --file services/sqlc.yaml
go generate ./services/...
.build/tools/templ generate -path web -log-level error
go run ./deploy/tools/webassets
