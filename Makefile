# What one does with Flasky, a word each. `make help` lists them.

PORT ?= 5000
# The first Python that is new enough. Another one: make run PYTHON=/path/to/python
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	echo $$python && break; done)

VENV := .venv
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/installed-requirements
DEVELOPMENT := $(VENV)/installed-requirements-dev
# pip-audit has 25 packages that nothing else needs, so it has an environment of its own.
AUDIT := .venv-audit
AUDITOR := $(AUDIT)/installed-requirements-audit

.DEFAULT_GOAL := help
.PHONY: help run dev test judge screenshots check format translations lock audit clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18

run: $(RUNTIME) ## serve on http://127.0.0.1:5000 (another port: make run PORT=8080)
	@$(PY) -m flask db upgrade
	@exec $(PY) -m tools.serve --port "$(PORT)"

dev: $(RUNTIME) ## the same with reloader and debugger
	@$(PY) -m flask db upgrade
	@FLASK_RUN_PORT="$(PORT)" exec $(PY) -m flask run --debug

test: $(DEVELOPMENT) ## run every test that this machine can run (some: make test ARGS=tests/cli)
	@$(PY) -m pytest $(or $(ARGS),--cov)

JUDGES := tests/judges/node_modules/.package-lock.json
judge: $(DEVELOPMENT) $(JUDGES) ## ask Lighthouse, Nu, MDN's Observatory and Firefox about the pages
	@$(PY) -m pytest --capture=no --quiet tests/judges

$(JUDGES): tests/judges/package-lock.json
	@npm ci --prefix tests/judges --ignore-scripts --no-fund --no-audit --silent
	@touch $@

screenshots: $(DEVELOPMENT) ## take a screenshot of every page, for people to look at
	@$(PY) -m tools.screenshots

check: $(DEVELOPMENT) ## look at format, style and types
	@$(PY) -m ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy

format: $(DEVELOPMENT) ## format the code, and mend what can be mended
	@$(PY) -m ruff check --quiet --fix --exit-zero .
	@$(PY) -m ruff format .

LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(UPGRADE)
lock: $(DEVELOPMENT) ## lock the packages that pyproject.toml names (newest: make lock UPGRADE=-U)
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) pyproject.toml --all-extras --group dev --constraints requirements.txt --output-file requirements-dev.txt
	@$(LOCK) --group audit --output-file requirements-audit.txt

audit: $(AUDITOR) ## look the locked packages up in the list of known vulnerabilities
	@$(AUDIT)/bin/python tools/audit.py $(AUDIT)/bin/pip-audit requirements.txt requirements-dev.txt requirements-audit.txt

PYBABEL := $(VENV)/bin/pybabel --quiet
translations: $(DEVELOPMENT) ## extract the texts, and compile their translations
	@$(PYBABEL) extract --mapping app/translations/extract.cfg --output app/translations/messages.pot \
		--keywords "lazy_gettext InvalidNameError WeakPasswordError Topic enqueue:2 send_email:2 tell_owner:2" --add-comments "Translators:" --no-location \
		--sort-output --no-wrap app
	@$(PYBABEL) update --input-file app/translations/messages.pot --output-dir app/translations \
		--no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date
	@$(PYBABEL) compile --directory app/translations
	@rm app/translations/messages.pot

clean: ## remove what tools have made; the databases and the secret key stay
	@rm -rf .venv* .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* htmlcov screenshots
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed. A newer lock is installed when it is next needed, and everything when the
# environment's Python is gone, as after an upgrade of the system's.
MISSING := $(shell $(PY) -c '' 2>/dev/null || echo missing)
AUDIT_MISSING := $(shell $(AUDIT)/bin/python -c '' 2>/dev/null || echo missing)
.PHONY: missing
$(RUNTIME): requirements.txt $(MISSING)
$(DEVELOPMENT): requirements-dev.txt $(MISSING)
$(AUDITOR): requirements-audit.txt $(AUDIT_MISSING)
$(RUNTIME) $(DEVELOPMENT) $(AUDITOR):
	@if [ -z "$(PYTHON)" ]; then \
		echo "Flasky needs Python 3.11 or newer, and there is none in the PATH." >&2; \
		echo "Install one, or name it: make run PYTHON=/path/to/python" >&2; exit 1; fi
	@$(PYTHON) tools/prepare.py $(@D) $<
	@touch $@
