# The few words a person types. `make` alone lists them.
# What one can type is what CI runs: .ci/run is `make test`.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

ARGS ?=
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

# What each program that we start is called in Debian.
PACKAGES := redis-server:redis-server chromium:chromium fc-match:fontconfig

.PHONY: help demo test bench check fmt web tools types clean

help: ## list these words
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 8

demo: tools web ## start a neighbourhood and print its URL (ARGS="--speed 20 --people 0")
	@echo "== building the city; the first time takes some minutes"
	cargo build --release --package city
	@target/release/city $(ARGS)

test: tools web check ## everything: Rust, web, and the whole journey in a browser
	cargo test --workspace
	python3 hub/tests/schemathesis.py
	python3 hub/tests/clients.py
	python3 hub/tests/autobahn.py
	python3 k8s/check.py
	cd web && npm test
	cargo build --package city
	cd web && npm run e2e

bench: tools web ## measure beside what the machine can do (ARGS="--quick jobs"; --help says what)
	cargo build --release --package hub --package city --bins
	@target/release/bench $(ARGS)

check: web ## formatting, lints and types, without running anything
	cargo fmt --check
	cargo clippy --workspace --all-targets -- --deny warnings
	cd web && npm run check

fmt: web/node_modules ## put every file into shape
	cargo fmt
	cd web && npm run format

types: ## write web/src/contract.ts anew from the Rust views
	UPDATE=1 cargo test --package hub --lib contract

web: web/dist/index.html ## build the screens into web/dist

web/dist/index.html: web/node_modules $(shell find web/src web/public web/scripts -type f 2>/dev/null) $(wildcard web/*.html web/*.ts web/*.json)
	cd web && npm run build

web/node_modules: web/package-lock.json
	cd web && npm ci
	@touch $@

tools: ## install what is missing: redis-server, Chromium, Korean fonts, venv
	@missing=(); \
	for pair in $(PACKAGES); do command -v "$${pair%%:*}" >/dev/null || missing+=("$${pair##*:}"); done; \
	if ! command -v fc-list >/dev/null || ! fc-list :lang=ko family | grep -q .; then missing+=(fonts-noto-cjk); fi; \
	python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv); \
	for tool in cargo node npm python3; do command -v $$tool >/dev/null || { echo "$$tool is missing: install Rust (rustup.rs), Node.js 20 and Python 3.11 first" >&2; exit 1; }; done; \
	if (( $${#missing[@]} )); then \
	  echo "== installing $${missing[*]}"; \
	  sudo=; (( EUID == 0 )) || sudo=sudo; \
	  $$sudo apt-get update --quiet --quiet; \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes --no-install-recommends "$${missing[@]}" >/dev/null; \
	fi

clean: ## remove what was built
	cargo clean
	rm -rf web/dist web/node_modules
