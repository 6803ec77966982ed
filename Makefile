# Needs Rust, Node 20 and a C compiler. `make` lists what there is.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

BINARY := target/release/tessera
export NEXT_TELEMETRY_DISABLED := 1

DENY := target/tools/bin/cargo-deny
DENY_VERSION := 0.20.2

WEB_SOURCES := crates/tasks/openapi.json $(shell find web -type f \
	-not -path 'web/node_modules/*' -not -path 'web/.next/*' -not -path 'web/out/*' \
	-not -name '*.tsbuildinfo' -not -name next-env.d.ts 2>/dev/null)

##@ Use

.PHONY: run
run: build ## Build everything and serve it at http://localhost:3000
	$(BINARY) serve

.PHONY: build
build: web/out/manifest.json ## Leave target/release/tessera, which needs no other file to run
	cargo build --release --locked --package tessera

##@ Check

.PHONY: test
test: lint test-rust docs test-web build test-client test-browser ## Install what the tests need and run all of them
	@echo "== everything passed"

.PHONY: lint
lint: format clippy deny lint-web ## Formatting, lints, licences; nothing is run

.PHONY: load
load: build ## A thousand people at once, for twenty seconds, against the release binary
	cargo run --release --locked --package tessera-load

.PHONY: audit
audit: $(DENY) ## Known vulnerabilities in dependencies (asks the network)
	$(DENY) check advisories
	cd web && npm audit --omit=dev

##@ Parts of `make test`

.PHONY: format
format: ## Rust is formatted
	@echo "== rustfmt"
	cargo fmt --all --check

.PHONY: clippy
clippy: ## Rust has no lint
	@echo "== clippy"
	cargo clippy --workspace --all-targets --all-features --locked -- --deny warnings

.PHONY: deny
deny: $(DENY) ## Dependencies have allowed licences and come from crates.io
	@echo "== cargo-deny"
	$(DENY) --all-features check bans licenses sources

.PHONY: lint-web
lint-web: web/node_modules/.installed ## The web app has no type error and no lint
	@echo "== web: types and lint"
	cd web && npm run lint

.PHONY: test-rust
test-rust: ## Rust tests and examples in documentation
	@echo "== cargo test"
	cargo test --workspace --all-features --locked

.PHONY: docs
docs: ## Rust documentation has no broken link
	@echo "== cargo doc"
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --all-features --locked

.PHONY: test-web
test-web: web/node_modules/.installed ## Unit tests of the web app
	@echo "== web: unit tests"
	cd web && npm test

test-client test-browser: export TESSERA_BIN := $(CURDIR)/$(BINARY)

.PHONY: test-client
test-client: build tests/client/node_modules/.installed ## The better-auth client against the binary
	@echo "== the unmodified better-auth client"
	cd tests/client && npm test

.PHONY: test-browser
test-browser: build chromium tests/browser/node_modules/.installed ## People in a browser against the binary
	@echo "== browser"
	cd tests/browser && npm test

# Debian's and Ubuntu's; elsewhere a `chromium` on the path is enough.
.PHONY: chromium
chromium:
	@if ! command -v chromium >/dev/null; then \
		echo "== installing chromium"; \
		if [ "$$(id -u)" = 0 ]; then as_root=; else as_root="sudo -n"; fi; \
		$$as_root apt-get update -qq && $$as_root apt-get install -y -qq --no-install-recommends chromium \
			|| { echo "Install chromium and run this again."; exit 1; }; \
	fi

web/out/manifest.json: web/node_modules/.installed $(WEB_SOURCES)
	@echo "== web: static export"
	cd web && npm run build

# What is in node_modules is what the lock file says, installed once for each lock file.
%/node_modules/.installed: %/package-lock.json
	@echo "== npm ci in $*"
	cd $* && npm ci --no-audit --no-fund && touch node_modules/.installed

$(DENY):
	@echo "== cargo-deny $(DENY_VERSION), once"
	cargo install cargo-deny --version $(DENY_VERSION) --locked --debug --root target/tools

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
