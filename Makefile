# The few words a person types. `make` alone lists them.
# What one can type is what CI runs: .ci/run is `make test`.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

ARGS ?=
SEED ?= 1
SEEDS ?= 20
SECONDS ?= 600
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
# Where Debian keeps haproxy, and does not look for it.
export PATH := $(PATH):/usr/sbin

# What each program that we start is called in Debian.
PACKAGES := redis-server:redis-server chromium:chromium fc-match:fontconfig faketime:faketime

# Servers of others that the bench stands beside ours. No part of the product.
PEERS := hub/city/peers

# Lets programs be told to crash, and parts be taken out of them. Never in what anybody runs.
BREAKABLE := --features hub/crash-points,hub/sabotage,workers/crash-points,workers/sabotage

.PHONY: help demo test bench siege chaos fuzz images check fmt web tools types clean

help: ## list these words
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 8

demo: tools web ## start a neighbourhood and print its URL (ARGS="--speed 20 --people 0")
	@echo "== building the city; the first time takes some minutes"
	cargo build --release --package city
	@target/release/city $(ARGS)

test: PACKAGES += haproxy:haproxy
test: tools web check ## everything: Rust, web, and the whole journey in a browser
	cargo test --workspace
	python3 hub/tests/schemathesis.py
	python3 hub/tests/clients.py
	python3 hub/tests/autobahn.py
	python3 hub/tests/recovery.py
	python3 k8s/check.py
	cd web && npm test
	$(MAKE) chaos SEEDS=3
	cargo build --package city
	cd web && npm run e2e

bench: PACKAGES += siege:siege wrk:wrk nats-server:nats-server nginx:nginx-light nginx:libnginx-mod-nchan valgrind:valgrind perf:linux-perf
bench: tools web $(PEERS)/node/node_modules target/tools/bin/inferno-flamegraph ## measure beside what others and the machine can do (ARGS="--quick jobs"; --help says what)
	cargo build --release --package hub --package workers --package city --bins
	cargo build --release --manifest-path $(PEERS)/socketioxide/Cargo.toml --target-dir target/peers
	@ulimit -n "$$(ulimit -H -n)"; target/release/bench $(ARGS)

$(PEERS)/node/node_modules: $(PEERS)/node/package-lock.json
	cd $(PEERS)/node && npm ci
	@touch $@

# Draws what perf saw. A program of its own: nothing of it is in ours.
target/tools/bin/inferno-flamegraph:
	cargo install --quiet --locked --root target/tools inferno@0.12.8

chaos: tools web ## break everything on purpose, and judge (SEEDS=500 SEED=1 ARGS="--controls"; --help says what)
	cargo build --package hub --package workers --package city --bins $(BREAKABLE)
	@target/debug/chaos --seed $(SEED) --seeds $(SEEDS) $(ARGS)

fuzz: tools ## throw damaged bytes at all who read them (SECONDS=600)
	FUZZ_SECONDS=$(SECONDS) cargo test --package hub --lib fuzzing -- --nocapture --test-threads 3

siege: PACKAGES += haproxy:haproxy siege:siege
siege: tools web ## roll, scale and kill hubs under a siege (ARGS="--quick"; --help says what)
	cargo build --release --package hub --package workers --package city --bins
	@ulimit -n "$$(ulimit -H -n)"; target/release/siege $(ARGS)

images: PACKAGES += buildah:buildah bwrap:bubblewrap openssl:openssl
images: tools web ## build an image of each program, and run them as a cluster would
	@echo "== building static programs; the first time takes some minutes"
	k8s/images/build.sh
	python3 k8s/images/check.py

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
	if ! command -v fc-list >/dev/null || ! fc-list 'Noto Sans CJK KR' family | grep -q .; then missing+=(fonts-noto-cjk); fi; \
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
	rm -rf web/dist web/node_modules $(PEERS)/node/node_modules
