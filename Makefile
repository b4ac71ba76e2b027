# Every command there is. `make` alone explains them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LANTAI_HOME ?= ./var
export LANTAI_HOME

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgresql check fix bench bench-search docs drill guide old-browser swift assets tools-run tools-test clean

help: ## Explain the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: assets ## Prepare everything and start Lantai with the demo county; again: up in seconds, data kept
	@$(BIN)/lantai run

test: tools-test assets ## Run every test, on SQLite and on PostgreSQL
	@tools/run_tests

check: $(VENV)/test.stamp ## Format, lint, types, imports, house rules
	$(BIN)/ruff format --check src tests bench tools
	$(BIN)/ruff check src tests bench tools
	LANTAI_HOME=$$(mktemp -d) $(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q tests/architecture

fix: $(VENV)/test.stamp ## Format and mend what can be mended
	$(BIN)/ruff check --fix src tests bench tools
	$(BIN)/ruff format src tests bench tools

bench: $(VENV)/test.stamp ## Measure every figure and rewrite bench/RESULTS.md
	$(BIN)/python bench/run_all.py

bench-search: $(VENV)/test.stamp ## Ask an archive of RECORDS=1000000 made records, peers beside
	$(BIN)/python bench/search_scale.py --records $(or $(RECORDS),1000000) --peers

docs: $(VENV)/test.stamp ## Check the docs; write the conformity matrix from the last `make test`
	$(BIN)/python tools/write_conformity.py build/conformity
	$(BIN)/pytest -q tests/docs

drill: assets ## Fill, hurt, repair, wipe, rebuild, restore, shred and verify an archive; one measured page
	@$(BIN)/lantai drill --to build/drill

guide: tools-test assets ## Take the pictures of the guides anew
	$(BIN)/python tools/draw_reading_sheets.py
	$(BIN)/python tools/take_guide_pictures.py

old-browser: tools-test assets ## Walk the pages in Chromium 91, as county desktops have it
	$(BIN)/python tools/check_old_browser.py

swift: ## OpenStack Swift on loopback, four nodes with an S3 interface, until Ctrl+C
	@$(PYTHON) tools/swift_nodes.py

assets: tools-run $(VENV)/run.stamp ## Build styles, scripts, icons, fonts and translations where sources changed
	@if [ ! -d frontend/node_modules ] || [ frontend/package-lock.json -nt frontend/node_modules/.stamp ]; then \
	  cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/.stamp; fi
	@cd frontend && node build.mjs --if-changed
	@$(BIN)/python -m lantai.common.translations

tools-run:
	@tools/require_tools run

tools-test: $(VENV)/test.stamp
	@tools/require_tools test

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(VENV)/bin/python requirements/run.txt pyproject.toml
	@if [ ! -f $(VENV)/test.stamp ] || [ requirements/run.txt -nt $(VENV)/test.stamp ]; then \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt; fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/test.stamp: $(VENV)/bin/python requirements/test.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/run.stamp

clean: ## Remove what was built; LANTAI_HOME and its data stay
	rm -rf $(VENV) frontend/node_modules src/lantai/common/static/lantai/dist src/lantai/archival/render/fonts build dist
