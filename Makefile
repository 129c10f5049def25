# `make help` lists what there is. Needs Python 3.11–3.13 and make, nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin/python
PORT ?= 8000
# One more than there are cores: many fault tests wait, for a lease or a server that is away.
JOBS ?= $$($(BIN) -c 'import os; print((os.cpu_count() or 1) + 1)')

.PHONY: help
help:
	@echo "make run      install what is needed, then run everything on http://127.0.0.1:$(PORT) until Ctrl-C"
	@echo "make test     the whole test suite on a real, throw-away PostgreSQL"
	@echo "make lint     style, types, migrations, translations"
	@echo "make bench    measure speed (docs/performance.md)"
	@echo "make faults   the fault tests at full size (docs/reliability.md)"
	@echo "make screenshots  pictures of the main pages from demo data, into docs/screenshots"
	@echo "make clean    remove the virtual environment and caches; data in var/ stays"
	@echo "make erase    remove all data of the embedded servers (var/)"
	@echo
	@echo "PORT=8001 make run      another port"
	@echo "PYTHON=/path make run   a certain Python for a new virtual environment"

.PHONY: run
run: .venv/run
	@PORT=$(PORT) exec $(BIN) manage.py serve --with-parent

.PHONY: test
test: .venv/dev
	@$(BIN) -m smarketing.catalogs
	@env -u PYTHONDONTWRITEBYTECODE $(BIN) -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal $(ARGS)

.PHONY: lint
lint: .venv/dev
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	$(BIN) -m mypy
	$(BIN) manage.py makemigrations --check --dry-run
	$(BIN) -m smarketing.catalogs --check

.PHONY: bench
bench: .venv/dev
	$(BIN) -m tests.bench $(ARGS)

.PHONY: faults
faults: .venv/dev
	$(BIN) -m pytest tests/faults --full --timeout 0 -n 0 $(ARGS)

.PHONY: screenshots
screenshots: .venv/dev
	$(BIN) -m smarketing.catalogs
	$(BIN) -m tests.shots $(ARGS)

.PHONY: clean
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis var/staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: erase
erase: .venv/run
	$(BIN) -m smarketing.embedded.local var

# The two stamps hold what was installed. They are compared by content, not by time: a fresh clone,
# a switched branch and an interrupted installation all come out right.
.PHONY: .venv/run .venv/dev
.venv/run: .venv/python
	@cmp -s requirements.txt .venv/installed-run || { \
	  echo "Installing the packages of requirements.txt (once, about a minute) …"; \
	  $(BIN) -m pip install --quiet --disable-pip-version-check -r requirements.txt && \
	  cp requirements.txt .venv/installed-run; }

.venv/dev: .venv/run
	@cmp -s requirements-dev.txt .venv/installed-dev && cmp -s requirements.txt .venv/installed-dev-base || { \
	  echo "Installing the packages of requirements-dev.txt (once, about a minute) …"; \
	  $(BIN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt && \
	  cp requirements.txt .venv/installed-dev-base && cp requirements-dev.txt .venv/installed-dev; }

.PHONY: .venv/python
.venv/python:
	@$(BIN) -m pip --version >/dev/null 2>&1 || { \
	  [ -w . ] || { echo "$$(id -un) may not write to $$(pwd); clone it to a folder of your own." >&2; exit 1; }; \
	  for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	    $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	      >/dev/null 2>&1 || continue; \
	    echo "Making a virtual environment in .venv with $$($$candidate --version) …"; \
	    rm -rf .venv && $$candidate -m venv .venv && exit 0; \
	  done; \
	  echo "No suitable Python found: Smarketing needs Python 3.11, 3.12 or 3.13 with its venv module." >&2; \
	  echo "Debian/Ubuntu: apt install python3 python3-venv. Or name one: PYTHON=/path/to/python3.12 make run" >&2; \
	  exit 1; }
