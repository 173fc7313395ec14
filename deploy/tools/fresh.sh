#!/usr/bin/env bash
# Says which generated files are out of date, missing or left over. It generates in a copy of the
# tree, so it changes nothing here and needs nothing committed.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

mkdir "$copy/before"
git ls-files --cached --others --exclude-standard -z |
  while IFS= read -r -d '' file; do [ -f "$file" ] && printf '%s\0' "$file"; done |
  tar --create --null --files-from=- | tar --extract --directory "$copy/before"
# With its times: a lock file that seemed newer than the packages would have them fetched again.
cp -a "$copy/before" "$copy/after"

# Whatever says that it is generated must come back; a file that does not is left over.
cd "$copy/after"
grep --recursive --files-with-matches --null --include='*.go' \
  '^// Code generated .* DO NOT EDIT\.$' . | xargs -0 --no-run-if-empty rm --
mkdir .build
ln -s "$root/.build/tools" .build/tools
ln -s "$root/node_modules" node_modules
deploy/tools/generate.sh
rm -r .build node_modules

if ! diff --recursive --brief "$copy/before" "$copy/after" >"$copy/differences"; then
  echo "Generated files are not fresh; run 'make generate' and commit what it writes:" >&2
  sed -e "s|$copy/before|committed|g" -e "s|$copy/after|generated|g" "$copy/differences" >&2
  exit 1
fi
