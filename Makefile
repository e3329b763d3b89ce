# The commands of a working day. `make` alone lists them.
SHELL := /bin/sh
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
# A clone is a development machine unless it is told otherwise (sv0/settings.py).
export SV0_ENV ?= development
.PHONY: help setup demo demo-data serve stop test check ci format requirements clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## create .venv, install the pinned requirements, check the system's libraries
	@scripts/setup.sh

demo: setup ## scan the demo's AWS organization and serve the app on http://127.0.0.1:8000
	@$(PYTHON) -m demo up

demo-data: setup ## the same without serving
	@$(PYTHON) -m demo data

serve: setup ## serve what is there
	@$(PYTHON) -m demo serve

stop: setup ## stop what a demo left running
	@$(PYTHON) -m demo stop

# Three at a time on two cores: they wait for MongoDB half of the time.
test: ## run every test against a mongod of its own (ARGS="-k queue" is passed to pytest)
	@scripts/setup.sh browser
	@CHROMIUM="$$(cat .venv/chromium)" $(PYTHON) manage.py devmongo -- $(PYTHON) -m pytest -n 3 --dist loadfile $(ARGS)

check: setup ## format, lint, types, imports, deployment, migrations
	@scripts/check.sh

ci: ## everything that must pass before a change lands
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test

format: setup ## format Python and templates
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .
	@find templates -name '*.html' -exec .venv/bin/djade {} +

requirements: setup ## compile requirements/*.in to pinned .txt with hashes (ARGS="--upgrade" for newer versions)
	@for name in base dev; do \
		.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-emit-find-links --no-annotate --no-header $(ARGS) requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean: ## remove what setup, tests and tools made; the demo's data stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .static
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
