# What a person or CI runs. Every target says what it does with `make help`.

# Only what the lock file says is built: a build today is the build of the commit.
CARGO ?= cargo
LOCKED := --locked
# Cases per property test of `make fuzz`.
FUZZ_CASES ?= 2000
# The test runner: cargo-nextest where it is installed, cargo's own otherwise.
ifneq ($(shell command -v cargo-nextest 2>/dev/null),)
RUNNER := nextest run
PATIENT := --profile patient
else
RUNNER := test --no-fail-fast --lib --bins --tests
endif

# Where cargo puts programs.
PROGRAMS := $(or $(CARGO_TARGET_DIR),target)/debug

# Only Linux has a sandbox so far; elsewhere its steps are left out.
SANDBOX := $(if $(filter Linux,$(shell uname -s)),,:)

.DEFAULT_GOAL := help
# Cargo runs the jobs; two cargos at once would only wait for one another.
.NOTPARALLEL:
.PHONY: help setup guest image office mcp-servers ui serve demo build test fmt lint doctest conformance e2e unit fuzz bench windows local-model desktop deny plugins defences

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "make %-12s %s\n", $$1, $$2}'

setup: ## Install what a build needs and this machine lacks
	@scripts/setup.sh

demo: setup ## Build, copy a folder of sample spreadsheets, analyse them, show how to undo
	@$(SANDBOX) scripts/guest.sh release
	-@$(SANDBOX) $(CARGO) run $(LOCKED) --release --quiet --package deskhand-cli -- sandbox build
	@$(CARGO) run $(LOCKED) --release --quiet --package deskhand-cli -- demo

ui: setup ## The web interface, which the program takes from ui/dist
	@scripts/ui.sh

serve: build ## Build, and open Deskhand in the browser
	target/release/deskhand serve --open

build: ui ## The binary, as it ships: target/release/deskhand, and the sandbox's agent beside it
	@test -f ui/dist/index.html || { echo "build: ui/dist/index.html is missing, and a program without its web interface is not for others. Nothing was built. Install Node 20 or later with npm and run make build again." >&2; exit 1; }
	$(CARGO) build $(LOCKED) --release --package deskhand-cli
	@node ui/scripts/shipped.mjs target/release/deskhand
	@$(SANDBOX) scripts/guest.sh release

guest: setup ## The sandbox's guest agent, beside the binaries of both profiles
	@$(SANDBOX) scripts/guest.sh debug release

image: guest ## The sandbox's disk image, in the user's cache folder (three minutes, once)
	@$(SANDBOX) $(CARGO) build $(LOCKED) --quiet $(or $(WHAT),--package deskhand-cli --bins)
	@$(SANDBOX) $(PROGRAMS)/deskhand sandbox build

# In a cache of its own: the user's image stays what it is.
office: export DESKHAND_CACHE := $(or $(OFFICE_CACHE),$(HOME)/.cache/deskhand-office)
office: guest ## The image with LibreOffice, in a cache of its own, and the image's tests in it (half an hour; not in CI)
	@$(SANDBOX) $(CARGO) run $(LOCKED) --quiet --package deskhand-cli -- sandbox build --office
	@$(SANDBOX) $(CARGO) $(RUNNER) $(LOCKED) --package deskhand-sandbox documents::

mcp-servers: setup ## Servers of others that the tests of MCP run, in the user's cache folder (a minute, once)
	@scripts/mcp-servers.sh

# Everything is built once: a step that builds a package by itself would build its libraries anew, with fewer features.
test: export WHAT := --all-targets
test: setup ui fmt lint doctest conformance plugins image e2e mcp-servers unit ## Everything that must pass: format, lints, all tests

fmt: ## Is everything formatted? (`cargo fmt` formats)
	$(CARGO) fmt --all --check

lint: ## Clippy on all targets; warnings are errors
	$(CARGO) clippy $(LOCKED) --all-targets -- --deny warnings

plugins: ## Our own plugins: their scripts' tests, whole and consistent, examples against hand-worked results
	@for tests in plugins/*/tests; do python3 -m unittest discover -q -s "$$tests" || exit 1; done
	@for part in self-test lint examples hostile; do scripts/plugin-evals.py $$part || exit 1; done

doctest: ## The examples in the documentation
	$(CARGO) test $(LOCKED) --doc --quiet

conformance: setup ## The official MCP conformance suite against our client; first, that it finds a client that does nothing
	@scripts/mcp-conformance.sh --planted
	@scripts/mcp-conformance.sh

e2e: ui ## The interface in a real browser, with the real program and a scripted model
	$(CARGO) build $(LOCKED) --quiet $(or $(WHAT),--package deskhand-cli --package deskhand-testkit --bins)
	@cd ui && npm run --silent check && npm run --silent e2e

# Last, so that the runner's summary ends the output.
unit: ## The tests alone
	$(CARGO) $(RUNNER) $(LOCKED)

defences: setup ## Switch each defence off in the source, and see that its test fails (an hour; not in CI)
	@scripts/defences.py

fuzz: ## Every property test with FUZZ_CASES cases (2000), in release mode
	PROPTEST_CASES=$(FUZZ_CASES) $(CARGO) $(RUNNER) $(PATIENT) $(LOCKED) --release

bench: ## Compare with peers: every bench/*/run.sh prints its table
	@for bench in bench/*/run.sh; do \
		[ -x "$$bench" ] || { echo "bench: no benchmark found" >&2; exit 1; }; \
		echo "== $$bench"; "$$bench" || exit 1; \
	done

windows: ## Type-check the workspace for Windows on Debian
	@scripts/windows-check.sh

local-model: setup ## Build and test the small local model's own program (outside the default build)
	$(CARGO) test $(LOCKED) --package deskhand-local-model
	$(CARGO) build $(LOCKED) --release --package deskhand-local-model

desktop: ui ## Build and test the window, and drive it once on a screen in memory (outside the default build)
	@scripts/desktop.sh

deny: ## Licences, sources and bans of all dependencies (needs cargo-deny)
	$(CARGO) deny --all-features check bans licenses sources
