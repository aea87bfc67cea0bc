# Set-up, tests and benchmarks of Baodao. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# As root, pip warns about nothing that concerns a virtual environment.
export PIP_ROOT_USER_ACTION := ignore

SOURCES := core tenants plugins web migrations
# Where `make docs` serves the reference; loopback only.
DOCS_PORT ?= 8001
# Programs that the tests drive, as "program:Debian package"; the font is asked for by fontconfig.
TEST_PROGRAMS := chromium:chromium redis-server:redis-server fc-list:fontconfig

.PHONY: help install demo pictures test test-long walls coverage mutants faults bench lint docs docs-build docs-install translations test-plugins test-install test-packages clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## Make the virtual environment .venv from the hashed lock file

$(VENV)/python-checked:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed (Debian: apt install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Choose another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python cannot make virtual environments. On Debian: apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/python-checked requirements.lock setup.cfg pyproject.toml
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(MAKE) --no-print-directory translations
	@touch $@

translations: ## Compile the translations (.po to .mo)
	@find $(wildcard $(SOURCES)) -name '*.po' | while read -r po; do \
	  mo="$${po%.po}.mo"; test "$$mo" -nt "$$po" || $(BIN)/pybabel --quiet compile -i "$$po" -o "$$mo"; done

demo: install ## Install, then run the whole service with sample data on http://127.0.0.1:8000
	@$(BIN)/baodao demo

pictures: test-install ## Make the pictures of the README anew, from a fresh demo
	@$(BIN)/python docs/pictures.py

lint: test-install ## Lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Lint, the reference and the plugins' own run each need one processor, so they share two.
test: test-packages test-install docs-install ## Install what tests need, then lint, build the reference and run all tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint docs-build test-plugins
	$(BIN)/pytest -n 2 --dist worksteal -m "not long"

test-long: test-packages test-install ## Run the tests that take minutes: all twelve actors, odd input, pages at a desk, the kit, restores, the race 200 times
	BAODAO_RACE_ROUNDS=200 $(BIN)/pytest -n 2 --dist worksteal -m long
	BAODAO_RACE_ROUNDS=200 $(BIN)/pytest tests/plugins/posts/test_races.py

faults: test-packages test-install ## Shoot, freeze and stop what Baodao runs on, with the promises' own figures (half an hour); ends with a table of them
	@mkdir -p build && rm -f build/faults.jsonl
	BAODAO_FAULTS=full BAODAO_FAULTS_FILE=build/faults.jsonl $(BIN)/pytest -p no:randomly -m fault
	@BAODAO_FAULTS_FILE=build/faults.jsonl $(BIN)/python -m tests.faults.figures

walls: test-packages test-install ## Run the tests of the promises (docs/security.md) and print each promise with what was reached
	@failed=0; export BAODAO_RACE_ROUNDS=200; \
	$(BIN)/pytest -n 2 --dist worksteal -m "promise and not long" || failed=1; \
	$(BIN)/pytest -n 2 --dist worksteal -m "promise and long" tests/security tests/migrations tests/audit tests/backup tests/documents || failed=1; \
	$(BIN)/python -m tests.support.promises && exit $$failed

coverage: test-packages test-install ## Run the walls' own tests under coverage: lines and branches of tenancy, encryption, ledger, access, audit, jobs (COVERAGE=everything: of all)
	$(BIN)/python -m tests.support.covering $(COVERAGE)

mutants: test-packages test-install $(VENV)/mutants-installed ## Make small faults in tenancy and authorisation, one at a time, and count which of them the tests find
	$(BIN)/python -m tests.support.mutating $(MUTANTS)

$(VENV)/mutants-installed: $(VENV)/installed requirements-mutants.lock
	@echo "Installing the locked dependencies of the mutants ..."
	@$(PIP) install --require-hashes -r requirements-mutants.lock
	@touch $@

test-plugins: install ## Test the plugins of examples/ and a new one in a fresh environment
	@examples/test.sh

docs: docs-build ## Build the developers' reference and serve it on http://127.0.0.1:8001
	@echo "The reference: http://127.0.0.1:$(DOCS_PORT)  (Ctrl-C stops it; another port: make docs DOCS_PORT=8002)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/docs $(DOCS_PORT)

docs-build: docs-install ## Build the reference into build/docs; a warning is an error
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet --doctree-dir build/docs-doctrees docs build/docs

docs-install: $(VENV)/docs-installed

$(VENV)/docs-installed: $(VENV)/installed requirements-docs.lock
	@echo "Installing the locked dependencies of the reference ..."
	@$(PIP) install --require-hashes -r requirements-docs.lock
	@touch $@

bench: test-install ## Measure the ratios of bench/ side by side; writes bench/results.json
	$(BIN)/python -m bench

test-install: $(VENV)/test-installed

$(VENV)/test-installed: $(VENV)/installed requirements-test.lock
	@echo "Installing the locked test dependencies ..."
	@$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@

test-packages:
	@missing=(); \
	for pair in $(TEST_PROGRAMS); do command -v "$${pair%%:*}" >/dev/null || missing+=("$${pair##*:}"); done; \
	if ! command -v fc-list >/dev/null || ! fc-list :lang=zh | grep -q .; then missing+=(fonts-noto-cjk); fi; \
	if [ $${#missing[@]} -eq 0 ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
	  echo "The tests need these Debian packages or their like: $${missing[*]}" >&2; exit 1; fi; \
	if [ "$$(id -u)" -eq 0 ]; then sudo=(); \
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo=(sudo -n); \
	else echo "The tests need Debian packages that only root can install: apt-get install $${missing[*]}" >&2; exit 1; fi; \
	echo "Installing for the tests: $${missing[*]}"; \
	export DEBIAN_FRONTEND=noninteractive; \
	"$${sudo[@]}" apt-get update -qq; \
	"$${sudo[@]}" apt-get install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null

clean: ## Remove caches and the virtual environment; data in .data stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -f .coverage .coverage.*
