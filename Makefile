# Needs Rust, Node 20, Python 3.11 and a C compiler. `make` lists what there is.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

BINARY := target/release/tessera
# The one that the Rust tests are built with: a build less, and arithmetic that overflows ends it.
TESTED := target/debug/tessera
NEWEST := $(CURDIR)/target/python/newest/bin
PYTHON_SOURCES := python bench/python examples tests/fastapi tests/matrix
, := ,
export NEXT_TELEMETRY_DISABLED := 1

# Tools are built once, into target/tools.
DENY := target/tools/bin/cargo-deny
DENY_VERSION := 0.20.2
FUZZ := target/tools/bin/cargo-fuzz
FUZZ_VERSION := 0.13.2
MUTANTS := target/tools/bin/cargo-mutants
MUTANTS_VERSION := 27.1.0
AIOSMTPD := target/tools/aiosmtpd/bin/aiosmtpd

FUZZ_TARGETS := compact jwk authorization
# For each target.
FUZZ_SECONDS := 1800

WEB_SOURCES := crates/tasks/openapi.json $(shell find web -type f \
	-not -path 'web/node_modules/*' -not -path 'web/.next/*' -not -path 'web/out/*' \
	-not -name '*.tsbuildinfo' -not -name next-env.d.ts 2>/dev/null)

NEXTJS := examples/nextjs-better-auth
NEXTJS_SOURCES := $(addprefix $(NEXTJS)/,instrumentation.ts next.config.ts package.json tsconfig.json) \
	$(shell find $(addprefix $(NEXTJS)/,app components lib) -type f 2>/dev/null)

# What comes from npm and from PyPI, and what cargo builds of its own.
FETCHED := $(patsubst %,%/node_modules/.installed,$(addprefix tests/,peers/better-auth browser client differential) \
	web $(NEXTJS)) target/python/newest/.installed target/python/oldest/.installed $(AIOSMTPD)
TOOLS := $(DENY) $(FUZZ)

##@ Use

.PHONY: run
run: build ## Build everything and serve it at http://localhost:3000
	$(BINARY) serve

.PHONY: build
build: web/out/manifest.json ## Leave target/release/tessera, which needs no other file to run
	cargo build --release --locked --package tessera

##@ Check

.PHONY: test
test: installed lint tested ## Install what the tests need and run all of them
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(TWO_AT_A_TIME)
	@$(MAKE) --no-print-directory test-browser
	@echo "== everything passed"

# They wait for each other's servers more than they work. A browser keeps both cores busy.
TWO_AT_A_TIME := test-rust fuzz-smoke test-differential test-python test-fastapi test-matrix test-client test-proxy \
	test-web docs

.PHONY: installed
installed: chromium nginx postgres python
	@$(MAKE) --no-print-directory --jobs=2 fetched $(TOOLS)
	@$(MAKE) --no-print-directory --jobs=2 web/out/manifest.json $(NEXTJS)/.next/BUILD_ID

# One after the other: two npm at once have been seen to wait for ever.
.PHONY: fetched
fetched:
	@MAKEFLAGS= $(MAKE) --no-print-directory $(FETCHED)

.PHONY: lint
lint: format clippy deny lint-web ## Formatting, lints, licences; nothing is run

.PHONY: bench
bench: ## What verifying a token costs, beside the cryptography alone and other libraries
	cargo run --release --locked --package tessera-bench-verify

.PHONY: bench-python
bench-python: WHEEL_PROFILE := release
bench-python: wheel ## What verifying costs from Python, beside PyJWT, and a service of each
	$(NEWEST)/python bench/python/main.py

# Those on the path, or named: make test-pythons PYTHONS="python3.10 /opt/python3.14/bin/python3".
PYTHONS := $(shell for minor in 10 11 12 13 14 15; do command -v python3.$$minor; done)

.PHONY: test-pythons
test-pythons: wheel ## The Python package with every CPython there is, from 3.10 on
	@for python in $(PYTHONS); do \
		echo "== $$($$python --version)"; \
		$$python -m venv --clear target/python/another; \
		target/python/another/bin/pip install --quiet --disable-pip-version-check \
			target/python/*.whl fastapi httpx2 pytest uvicorn websockets; \
		(cd python && ../target/python/another/bin/pytest -q); \
	done

.PHONY: load
load: build ## A thousand people at once, for twenty seconds, against the release binary
	cargo run --release --locked --package tessera-load

.PHONY: fuzz
fuzz: fuzz-build ## Each parser against half an hour of made-up input (FUZZ_SECONDS)
	@for target in $(FUZZ_TARGETS); do \
		echo "== fuzz: $$target, $(FUZZ_SECONDS) s"; \
		mkdir -p fuzz/corpus/$$target; \
		cargo +nightly fuzz run $(FUZZ_FLAGS) $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-dict=fuzz/dictionaries/$$target.dict -max_len=8192 \
			-max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -verbosity=0; \
	done

.PHONY: mutants
mutants: $(MUTANTS) ## Whether a test fails for each small change to the verifying crates (hours)
	cargo mutants --package tessera-token --package tessera-verify --package tessera-axum \
		--profile mutants --output target -- --tests

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
test-rust: web/out/manifest.json postgres mail-server ## Rust tests and examples in documentation
	@echo "== cargo test"
	cargo test --workspace --all-features --locked

# cargo finds its subcommands on the path.
fuzz fuzz-build fuzz-smoke mutants: export PATH := $(CURDIR)/target/tools/bin:$(PATH)

.PHONY: fuzz-smoke
fuzz-smoke: FUZZ_SECONDS := 10
# Built in a minute less.
fuzz-smoke: FUZZ_FLAGS := --dev --sanitizer none
fuzz-smoke: fuzz ## Each parser against ten seconds of made-up input

.PHONY: fuzz-build
fuzz-build: $(FUZZ)
	@rustc +nightly --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal
	@echo "== fuzz: build"
	cargo +nightly fuzz build $(FUZZ_FLAGS)

.PHONY: docs
docs: ## Rust documentation has no broken link
	@echo "== cargo doc"
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --all-features --locked

.PHONY: test-python
test-python: wheel target/python/oldest/.installed
test-python: ## The Python package: types, lints, and tests with the oldest and the newest FastAPI
	@echo "== python: types and lints"
	$(NEWEST)/ruff format --check $(PYTHON_SOURCES) && $(NEWEST)/ruff check $(PYTHON_SOURCES)
	cd python && $(NEWEST)/mypy && $(NEWEST)/pyright --pythonpath $(NEWEST)/python
	target/python/oldest/bin/pip install --quiet --no-deps --force-reinstall target/python/*.whl
	@for venv in newest oldest; do \
		echo "== python: tests with the $$venv FastAPI"; \
		(cd python && ../target/python/$$venv/bin/pytest -q); \
	done
	$(NEWEST)/stubtest tessera._tessera

.PHONY: test-fastapi
test-fastapi: tested wheel tests/peers/better-auth/node_modules/.installed
test-fastapi: ## The FastAPI example beside the binary; sessions of the binary and of the npm package
	@echo "== examples/fastapi-todo"
	cd examples/fastapi-todo && $(NEWEST)/mypy --strict . && $(NEWEST)/pytest -q -W error
	@echo "== FastAPI and real servers"
	cd tests/fastapi && $(NEWEST)/mypy && $(NEWEST)/pytest -q

.PHONY: test-web
test-web: web/node_modules/.installed ## Unit tests of the web app
	@echo "== web: unit tests"
	cd web && npm test

test-fastapi test-client test-proxy test-differential test-matrix test-browser: export TESSERA_BIN := $(CURDIR)/$(TESTED)

.PHONY: tested
tested: web/out/manifest.json
	cargo test --workspace --all-features --locked --no-run

.PHONY: test-client
test-client: tested tests/client/node_modules/.installed ## The better-auth client against the binary
	@echo "== the unmodified better-auth client"
	cd tests/client && npm test

.PHONY: test-proxy
test-proxy: tested nginx ## Both halves behind nginx, as examples/nginx has them
	@echo "== two processes behind nginx"
	cd tests/proxy && npm test

.PHONY: test-differential
test-differential: tested postgres tests/peers/better-auth/node_modules/.installed tests/differential/node_modules/.installed
test-differential: ## The same questions to the npm package's server and to the binary
	@echo "== the npm package's server and the binary"
	cd tests/differential && npm test && npm run test:postgres

.PHONY: test-matrix
test-matrix: tested wheel tests/peers/better-auth/node_modules/.installed ## Every issuer with every verifier
	@echo "== every issuer with every verifier"
	cd tests/matrix && npm test

.PHONY: test-browser
test-browser: tested wheel chromium nginx tests/browser/node_modules/.installed tests/peers/better-auth/node_modules/.installed $(NEXTJS)/.next/BUILD_ID
test-browser: ## People in a browser against the binary
	@echo "== browser"
	cd tests/browser && npm test

# Debian's and Ubuntu's packages; elsewhere it is enough that the programs are on the path.
define debian
@if ! { $(1); } >/dev/null 2>&1; then \
	echo "== installing $(2)"; \
	if [ "$$(id -u)" = 0 ]; then as_root=; else as_root="sudo -n"; fi; \
	$$as_root apt-get update -qq && $$as_root apt-get install -y -qq --no-install-recommends $(2) \
		|| { echo "Install $(2) and run this again."; exit 1; }; \
fi
endef

.PHONY: chromium
chromium:
	$(call debian,command -v chromium-headless-shell || command -v chromium,chromium-headless-shell)

# Debian keeps nginx where only root looks.
nginx test-proxy test-browser: export PATH := $(PATH):/usr/sbin

.PHONY: nginx
nginx:
	$(call debian,command -v nginx && command -v openssl,nginx-light openssl)

.PHONY: postgres
postgres: export PATH := $(PATH):/usr/sbin:$(subst $() ,:,$(wildcard /usr/lib/postgresql/*/bin))
postgres:
	$(call debian,command -v initdb && command -v psql && command -v pgbouncer,postgresql pgbouncer)

# A mail server that nobody here wrote.
.PHONY: mail-server
mail-server: $(AIOSMTPD)

$(AIOSMTPD): tests/binary/requirements.txt | python
	@echo "== aiosmtpd, once"
	python3 -m venv --clear target/tools/aiosmtpd
	target/tools/aiosmtpd/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.PHONY: python
python:
	$(call debian,python3 -c "import ensurepip$(,) venv",python3-venv)

target/python/%/.installed: python/tests/requirements-%.txt | python
	@echo "== pip install for the $* FastAPI"
	python3 -m venv --clear target/python/$*
	target/python/$*/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# The Python package, with its Rust half, where the newest FastAPI is: for tests built as the Rust tests are, and
# from what `pip install` has to build it from elsewhere. (tar has the files new: cargo goes by their times.)
WHEEL_PROFILE := dev
.PHONY: wheel
wheel: target/python/newest/.installed
	@echo "== python: build"
	rm -rf target/python/*.whl target/python/sdist
	mkdir -p target/python/sdist
	cd python && $(NEWEST)/maturin sdist --out ../target/python/sdist
	cd target/python/sdist && tar --extract --touch --strip-components=1 --file *.tar.gz
	CARGO_TARGET_DIR=$(CURDIR)/target $(NEWEST)/pip wheel --quiet --no-deps --wheel-dir target/python \
		--config-settings=build-args="--profile=$(WHEEL_PROFILE)" target/python/sdist
	$(NEWEST)/pip install --quiet --no-deps --force-reinstall target/python/*.whl

web/out/manifest.json: web/node_modules/.installed $(WEB_SOURCES)
	@echo "== web: static export"
	cd web && npm run build

$(NEXTJS)/.next/BUILD_ID: $(NEXTJS)/node_modules/.installed $(NEXTJS_SOURCES)
	@echo "== the Next.js example: build"
	cd $(NEXTJS) && BETTER_AUTH_SECRET="signs nothing while pages are built" BETTER_AUTH_URL=http://localhost npm run build

# What is in node_modules is what the lock file says, installed once for each lock file.
%/node_modules/.installed: %/package-lock.json
	@echo "== npm ci in $*"
	cd $* && npm ci --no-audit --no-fund && touch node_modules/.installed

$(DENY):
	@echo "== cargo-deny $(DENY_VERSION), once"
	cargo install cargo-deny --version $(DENY_VERSION) --locked --debug --root target/tools

$(FUZZ):
	@echo "== cargo-fuzz $(FUZZ_VERSION), once"
	cargo install cargo-fuzz --version $(FUZZ_VERSION) --locked --debug --root target/tools

$(MUTANTS):
	@echo "== cargo-mutants $(MUTANTS_VERSION), once"
	cargo install cargo-mutants --version $(MUTANTS_VERSION) --locked --debug --root target/tools

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
