#!/usr/bin/env bash
# Installs the named tools into .build/tools, each in the version written here, unless that version
# is there already.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$PWD/.build/tools
mkdir -p "$tools"

package() {
  case $1 in
    buf) echo github.com/bufbuild/buf/cmd/buf@v1.75.0 ;;
    sqlc) echo github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 ;;
    golangci-lint) echo github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 ;;
    protoc-gen-go) echo google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12 ;;
    protoc-gen-go-grpc) echo google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2 ;;
    protoc-gen-grpc-gateway) echo github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-grpc-gateway@v2.31.0 ;;
    templ) echo github.com/a-h/templ/cmd/templ@v0.3.1100 ;;
    protoc-gen-openapiv2) echo github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2@v2.31.0 ;;
    *) echo "unknown tool: $1" >&2; return 1 ;;
  esac
}

for tool in "$@"; do
  wanted=$(package "$tool")
  if [ -x "$tools/$tool" ] && [ "$(cat "$tools/$tool.version" 2>/dev/null)" = "$wanted" ]; then
    continue
  fi
  echo "==> installing $wanted" >&2
  CGO_ENABLED=0 GOFLAGS='' GOBIN="$tools" go install "$wanted"
  echo "$wanted" >"$tools/$tool.version"
done
