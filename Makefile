# Everything a person does with this repository. `make` alone lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8000
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
# Two workers, each with servers of its own; what a worker has left, the other takes over.
SPREAD := --numprocesses 2 --dist worksteal
LOCALES := $(wildcard annotator/locale/*/LC_MESSAGES/django.po)
STATIC_SOURCES := $(shell find annotator/static labelling/*/static exports/static -type f -not -path '*/vendor/*' 2>/dev/null)

.PHONY: help setup demo serve screenshots test test-slow test-ml bench check format messages lock clean

help: ## This list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .make/static .make/locale ## From nothing: .venv with all requirements, front-end assets

demo: setup ## From nothing to a running product on 127.0.0.1:8000 (PORT=), with problems, a round, two people
	@exec $(PY) -m annotator.supervisor demo --port $(PORT)

serve: setup ## The product without the demo's data: web, workers, embedded servers
	@exec $(PY) -m annotator.supervisor serve --port $(PORT)

test: setup .make/chromium ## All tests but the slow ones; the browser's too
	$(PYTEST) $(SPREAD) -m "not slow and not ml"

test-slow: setup .make/chromium ## Long faults, fuzz and reports
	$(PYTEST) -m "slow and not ml"

test-ml: setup .make/ml ## Installs the ml extra (torch: some gigabytes) and runs the tests that need it
	$(PYTEST) -m ml

bench: setup ## All benchmarks, one table; those whose data is not here say so
	$(PY) -m benchmarks

screenshots: setup .make/chromium ## Pictures of every state and page of a rater into var/screenshots, with an index page
	$(PYTEST) -n0 -q tests/browser/screenshots.py

check: setup ## Lint, types, house rules, migrations, API description
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/typos
	git ls-files -z '*.html' | xargs -0 .venv/bin/djade --target-version 5.2 --check
	.venv/bin/lint-imports --no-logo
	$(PY) -m mypy
	STEPMARK_VAR=$(CURDIR)/var/check $(PY) -m annotator.checks

format: setup ## Put code and templates into shape
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	-git ls-files -z '*.html' | xargs -0 .venv/bin/djade --target-version 5.2

messages: .make/requirements ## Gather the strings to translate into annotator/locale, and say what is left
	@$(PY) -m annotator.messages update

lock: ## Pin the requirements again, what is pinned already as it is (needs uv on the PATH)
	uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements.txt
	cp requirements-dev.txt requirements-dev.txt.new
	uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --extra dev -c requirements.txt pyproject.toml \
		-o requirements-dev.txt.new
	(echo "-r requirements.txt"; grep -v -x -F -f requirements.txt requirements-dev.txt.new) > requirements-dev.txt
	rm requirements-dev.txt.new

clean: ## Remove what was built (not var/, where the data is)
	rm -rf .venv .make node_modules static_root annotator/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# --- what the targets stand on: each stamp says that a stage is done for these very files ------------------------------
.make/requirements: requirements.txt requirements-dev.txt
	@mkdir -p .make
	@for python in "$${PYTHON:-python3}" python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then echo "Stepmark needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)." >&2; exit 1; fi; \
	echo "Installing Python packages into .venv with $$("$$found" --version): one to three minutes …"; \
	[ -x .venv/bin/pip ] || { rm -rf .venv; "$$found" -m venv .venv; }
	@.venv/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.make/ml: .make/requirements requirements-ml.txt requirements-ml-dev.txt
	@echo "Installing torch and transformers into .venv: 1 GB where pip finds a build for the CPU alone (PIP_FIND_LINKS), else 5 GB …"
	@.venv/bin/pip install --quiet --disable-pip-version-check --retries 5 -r requirements-ml-dev.txt
	@touch $@

.make/frontend: .make/requirements package.json package-lock.json annotator/frontend.py
	@$(PY) -m annotator.frontend
	@touch $@

.make/static: .make/frontend $(STATIC_SOURCES)
	@$(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

.make/locale: .make/requirements $(LOCALES) annotator/messages.py
	@$(PY) -m annotator.messages
	@touch $@

.make/chromium:
	@mkdir -p .make
	@if command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else echo "Chromium is missing and cannot be installed from here: the browser's tests will say so and be left out." >&2; fi
	@touch $@
