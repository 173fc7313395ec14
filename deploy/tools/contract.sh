#!/usr/bin/env bash
# Holds the contract to its own style and to what was released before:
#   check    lint it, and refuse a change that breaks the released contract
#   release  accept the contract as it is now as the released one
set -euo pipefail
cd "$(dirname "$0")/../.."

# The released contract as buf's own image. It is committed, so that the check needs no history: a
# shallow clone has none.
released=proto/released.binpb

deploy/tools/install.sh buf
go run ./deploy/tools/protodeps .build/proto-deps

case ${1:-} in
  check)
    .build/tools/buf lint
    if [ ! -f "$released" ]; then
      echo "$released is missing: run 'make release-contract' and commit the file." >&2
      exit 1
    fi
    .build/tools/buf breaking proto --against "$released" --exclude-imports
    ;;
  release)
    .build/tools/buf build proto --exclude-source-info --output "$released"
    echo "wrote $released: commit it"
    ;;
  *)
    echo "usage: $0 check|release" >&2
    exit 2
    ;;
esac
