# make run      a whole engine in the foreground; outgoing mail is caught in var/caught
# make test     all tests
# make coverage all tests, and which lines they reach: takes nearly twice as long
# make lint     style, types, import layers
# make setup    the environment in .venv, with the versions of constraints.txt
# make catalogs extract the texts and compile the translations
# make bench    measure (see bench/README.md)
# make clean    remove what can be made again; var/ with its mail stays
#
# Needs make and Python 3.11 or newer with venv, nothing else.  Commands run as
# `.venv/bin/python -m …`: scripts fail where the path of .venv is long or odd.

SHELL := /bin/sh
PYTHONS := python3.13 python3.12 python3.11 python3
PY := .venv/bin/python
# Names the directory it was made in: an environment that was moved is made anew.
STAMP := .venv/.installed-in
INI := development.ini
# Tests wait more than they compute.  A file stays in one process, with the engine it may have
# started for all its tests; engines come first, because their files take longest.
# `make test PARALLEL=` runs one test after the other.
PARALLEL := -n 4 --dist loadfile --no-loadscope-reorder

.PHONY: help setup run test coverage lint bench catalogs clean python FORCE
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# make /  make /p' Makefile

ifneq "$(shell cat $(STAMP) 2>/dev/null)" "$(CURDIR)"
$(STAMP): FORCE
endif

setup: $(STAMP)

# Prints the first Python that is new enough and can make environments.
python:
	@for python in $(PYTHON) $(PYTHONS); do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	        >/dev/null 2>&1; then command -v "$$python"; exit 0; fi; \
	done; \
	echo 'mmcore needs Python 3.11 or newer with the module venv (on Debian: apt install' \
	    'python3 python3-venv); set PYTHON=… if yours has another name.' >&2; exit 1

$(STAMP): setup.cfg pyproject.toml constraints.txt
	@if ! "$(PY)" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	    || { test -e $(STAMP) && test "$$(cat $(STAMP))" != "$$(pwd -P)"; }; then \
	    python=$$($(MAKE) --no-print-directory -s python) || exit 1; \
	    echo "making .venv with $$python"; \
	    "$$python" -m venv --clear .venv || exit 1; \
	fi
	@rm -f $(STAMP)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	    --no-build-isolation -e '.[test,dev]'
	@printf '%s\n' "$$(pwd -P)" > $(STAMP)

run: $(STAMP)
	@exec $(PY) -m mmcore.master --force -c $(INI)

test: $(STAMP)
	$(PY) -m pytest -q $(PARALLEL) $(TESTS)

coverage: $(STAMP)
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest -q $(PARALLEL) $(TESTS)
	$(PY) -m coverage combine -q
	$(PY) -m coverage report

lint: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m i18n.maintain --check
	$(PY) -c 'import sys; from importlinter.cli import lint_imports_command as main; main()'
	$(PY) -m i18n.maintain --check

catalogs: $(STAMP)
	$(PY) -m i18n.maintain

# MLBENCH is the directory of the harness of that name.
bench: $(STAMP)
	$(PY) bench/crash.py
	@test -n "$(MLBENCH)" || echo 'for the speed figures: make bench MLBENCH=DIRECTORY'
	@test -z "$(MLBENCH)" || PYTHONPATH="$(MLBENCH)" $(PY) -m mlbench --engine mmcore \
	    --engine-cmd "'$(CURDIR)/$(PY)' -m mmcore.master --force -c {config}" \
	    --engine-config bench/mlbench.ini.in $(or $(MEASURES),start rest post) --out bench/mmcore.json

clean:
	rm -rf .venv .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
	    build dist *.egg-info
	find i18n mmcore resources runners templates tests bench -name __pycache__ -prune \
	    -exec rm -rf {} +
