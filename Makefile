# Two commands matter most: `make run` and `make test`. `make help` lists the others.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

# One set of build flags for every target, so that they share one build cache. No cgo: the programs
# are static and no C compiler is needed. No version-control stamp: a build needs no repository.
export CGO_ENABLED := 0
# Without symbols for debuggers: linking the engines into every test binary takes half the time.
export GOFLAGS := -trimpath -buildvcs=false '-ldflags=-s -w'

JSON ?=
SEED ?=
EMPTY ?=
KILLS ?=
YEARS ?=
DATA ?=

standalone := .build/bin/saakorn-standalone

.PHONY: help
help: ## list these targets
	@awk 'BEGIN {FS = ":.*## "; print "make TARGET\n"} \
		/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(standalone) ## start everything on this machine, with five fictional years in it [EMPTY=1]
	@exec $(standalone) run $(if $(EMPTY),--empty)

.PHONY: test
test: require-engines ## run every check and test, as CI does
	@deploy/tools/test.sh

.PHONY: lint
lint: require-go ## judge the Go code, the contract and the order of imports
	@deploy/tools/lint.sh

.PHONY: generate
generate: require-go ## write every generated file anew
	@deploy/tools/generate.sh

.PHONY: release-contract
release-contract: require-go ## accept the contract as it is now; later changes may not break it
	@deploy/tools/contract.sh release

.PHONY: rehearse
rehearse: $(standalone) ## play a whole round on fresh engines, or years [YEARS=5 JSON=path SEED=n DATA=folder]
	@exec $(standalone) rehearse $(if $(JSON),--json='$(JSON)') $(if $(SEED),--seed='$(SEED)') $(if $(YEARS),--years='$(YEARS)') $(if $(DATA),--data='$(DATA)')

.PHONY: rehearse-killed
rehearse-killed: $(standalone) ## live the years twice, once killed and started again on the way [YEARS=5 SEED=n KILLS=3]
	@exec $(standalone) rehearse --years='$(or $(YEARS),5)' --kills='$(or $(KILLS),3)' $(if $(SEED),--seed='$(SEED)')

.PHONY: portfolio
portfolio: $(standalone) ## play the five years anew that `make run` starts with (minutes)
	@exec $(standalone) rehearse --years=5 --portfolio=deploy/portfolio/recorded/portfolio.tar.zst

.PHONY: screenshots
screenshots: require-engines ## picture every page at phone and desktop width [TO=folder]
	@deploy/tools/screenshots.sh $(TO)

.PHONY: bench
bench: require-engines ## measure submissions against a bare program [JSON=path]
	@go build -o .build/bin/saakorn-bench ./bench/submit
	@exec .build/bin/saakorn-bench $(if $(JSON),--json='$(JSON)')

.PHONY: reset
reset: $(standalone) ## empty the data that `make run` keeps
	@exec $(standalone) reset

.PHONY: build
build: require-go ## build the programs into .build/bin
	@mkdir -p .build/bin
	@go build -o .build/bin/ ./cmd/...

.PHONY: clean
clean: ## remove what was built and fetched, not the data
	@rm -rf .build node_modules

# Go itself knows best what is out of date, so this always asks it.
.PHONY: $(standalone)
$(standalone): require-engines
	@go build -o $@ ./cmd/saakorn-standalone

.PHONY: require-go
require-go:
	@deploy/tools/require.sh go git

# What running the engines takes: Go, and PostgreSQL from the system or from npm.
.PHONY: require-engines
require-engines:
	@deploy/tools/require.sh go git postgres
