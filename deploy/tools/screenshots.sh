#!/usr/bin/env bash
# Walks through every page in a real browser and writes pictures of them at phone and desktop width.
# The argument is the folder; without it .build/screenshots.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(realpath --canonicalize-missing "${1:-.build/screenshots}")
deploy/tools/require.sh chromium
go build -o .build/bin/testengines ./deploy/embedded/cmd/testengines
SAAKORN_SCREENSHOTS=$folder .build/bin/testengines -- go test -count=1 ./web/...
echo "$(find "$folder" -name '*.png' | wc -l) pictures in $folder"
