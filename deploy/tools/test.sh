#!/usr/bin/env bash
# Everything that must hold before a change lands, cheapest first. Called by `make test`, which sets
# the build flags and sees to it that PostgreSQL's programs are there.
set -euo pipefail
cd "$(dirname "$0")/../.."

# step NAME COMMAND... runs the command and says what it is and how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  echo "==> $name"
  if ! "$@"; then
    echo "==> $name FAILED after $((SECONDS - began)) s ($SECONDS s in all)" >&2
    exit 1
  fi
  echo "    $name: $((SECONDS - began)) s"
}

# Real engines are started once, and every test that needs them gets databases of its own in them.
go_test() {
  go build -o .build/bin/testengines ./deploy/embedded/cmd/testengines &&
    .build/bin/testengines -- go test -timeout 20m ./...
}

step "packages and browser" deploy/tools/require.sh packages chromium
step "tools" deploy/tools/install.sh buf golangci-lint sqlc protoc-gen-go protoc-gen-go-grpc \
  protoc-gen-grpc-gateway protoc-gen-openapiv2 templ
step "build" go build ./...
step "generated files are fresh" deploy/tools/fresh.sh
step "vet" go vet ./...
step "lint" deploy/tools/lint.sh
step "test" go_test

echo "==> all of it passed in $SECONDS s"
