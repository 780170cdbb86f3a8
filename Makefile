# What you can do with Flasky, one word each. `make help` lists them.

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
.PHONY: help run dev test coverage quick judge screenshots check format settings translations lock audit clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 18

run: $(RUNTIME) ## serve on http://127.0.0.1:5000 (another port: make run PORT=8080)
	@$(PY) -m flask db upgrade
	@exec $(PY) -m tools.serve --port "$(PORT)"

dev: $(RUNTIME) ## the same with reloader and debugger
	@$(PY) -m flask db upgrade
	@FLASK_RUN_PORT="$(PORT)" exec $(PY) -m flask run --debug

# A process for each core; the one that is done first takes tests from the others. Some tests are
# sooner done by one process, which need not be started, and which --pdb can stop.
PARALLEL := --numprocesses=auto --dist=worksteal
test: $(DEVELOPMENT) ## run every test that this machine can run (some: make test ARGS=tests/cli)
	@$(PY) -m pytest $(or $(ARGS),$(PARALLEL))

# PostgreSQL sees no more of the code than SQLite, MariaDB more of schemas, and browsers little.
COUNTED := not (postgresql or mariadb) or (mariadb and (migrations or schema))
coverage: $(DEVELOPMENT) ## count which lines the tests run: 95 % of them, and of branches, at least
	@$(PY) -m pytest $(PARALLEL) --ignore=tests/browser --ignore=tests/judges -k "$(COUNTED)" \
		--cov --cov-fail-under=95

quick: $(DEVELOPMENT) ## run one of each test that is not slow, on SQLite, while writing code
	@$(PY) -m pytest $(PARALLEL) --quick

JUDGES := tests/judges/node_modules/.package-lock.json
judge: $(DEVELOPMENT) $(JUDGES) ## run Lighthouse, Nu, MDN's Observatory and Firefox on the pages
	@$(PY) -m pytest --capture=no --quiet tests/judges

$(JUDGES): tests/judges/package-lock.json
	@npm ci --prefix tests/judges --ignore-scripts --no-fund --no-audit --silent
	@touch $@

screenshots: $(DEVELOPMENT) ## take a screenshot of every page, for people to look at
	@$(PY) -m tools.screenshots

check: $(DEVELOPMENT) ## check format, style, types, and which room imports which
	@$(PY) -m ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy
	@broken=$$($(VENV)/bin/lint-imports --no-logo --no-cache) || { echo "$$broken"; exit 1; }

format: $(DEVELOPMENT) ## format the code, and fix what can be fixed
	@$(PY) -m ruff check --quiet --fix --exit-zero .
	@$(PY) -m ruff format .

settings: $(RUNTIME) ## write .env.example and docs/configuration.md from config.py
	@$(PY) -m tools.settings

LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(UPGRADE)
lock: $(DEVELOPMENT) ## lock the packages that pyproject.toml names (newest: make lock UPGRADE=-U)
	@$(LOCK) pyproject.toml --output-file requirements.txt
	@$(LOCK) pyproject.toml --all-extras --constraints requirements.txt --output-file requirements-production.txt
	@$(LOCK) pyproject.toml --all-extras --group dev --constraints requirements-production.txt --output-file requirements-dev.txt
	@$(LOCK) --group audit --output-file requirements-audit.txt

audit: $(AUDITOR) ## check the locked packages for known vulnerabilities
	@$(AUDIT)/bin/python tools/audit.py $(AUDIT)/bin/pip-audit requirements.txt requirements-production.txt requirements-dev.txt requirements-audit.txt

PYBABEL := $(PY) -m babel.messages.frontend --quiet
# A catalogue for each of config.LANGUAGES; the texts in the code are English.
LANGUAGES = $(shell $(PY) -c 'import config; print(*config.LANGUAGES.keys() - {"en"})') $(LANGUAGE)
IS_KNOWN = import sys, babel.localedata as known; \
	unknown = {*sys.argv[1:]} - {*known.locale_identifiers()}; \
	unknown and sys.exit(f"{unknown.pop()!r} is no code of a language: write fr, or pt_BR.")
translations: $(DEVELOPMENT) ## extract the texts, and compile translations (a new one: LANGUAGE=fr)
	@$(PY) -c '$(IS_KNOWN)' $(LANGUAGES)
	@$(PYBABEL) extract --mapping app/translations/extract.cfg --output app/translations/messages.pot \
		--keywords "lazy_gettext DecidedError InvalidMessageError InvalidNameError InvalidQueryError RefusedError TokenError WeakPasswordError" --add-comments "Translators:" --no-location \
		--sort-output --no-wrap app
	@for language in $(LANGUAGES); do [ -e app/translations/$$language ] || $(PYBABEL) init \
		--input-file app/translations/messages.pot --output-dir app/translations --no-wrap \
		--locale $$language || { rm app/translations/messages.pot; exit 1; }; done
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
