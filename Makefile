# Every target makes the virtual environment it needs; nothing else has to be installed by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DAGSTER_DISABLE_TELEMETRY := true
# Where it is set, as in many containers, each of the suite's processes would compile every module.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo ui test test-long soak test-matrix test-postgres test-package check docs type-changes bench \
	bench-compare test-cpu measure release-check clean
.DEFAULT_GOAL := help

help:  ## this list
	@echo "make <target>, one of:"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{ printf "%-15s %s\n", $$1, $$2 }'

demo: $(VENV)/installed-embedded  ## the example project, reconciled with all three life cycles
	$(BIN)/python -m example_project.demo

ui: $(VENV)/installed-embedded  ## the same project in Dagster's web UI on 127.0.0.1:3000
	$(BIN)/python -m example_project.ui

test: $(VENV)/installed-dev  ## the whole test suite
	$(BIN)/pytest -n 3 --dist loadgroup -q

test-long: $(VENV)/installed-dev  ## the long tests: many messages, many random tables, more than 400 crashes
	MOOSE_KAFKA_STRESS_MESSAGES=120000 $(BIN)/pytest -q tests/embedded/kafka/test_stress.py
	MOOSE_LOAD_EXAMPLES=40 MOOSE_LOAD_STEPS=40 $(BIN)/pytest -q tests/laws/test_loads.py
	MOOSE_KILL_LOAD_STEP=1 $(BIN)/pytest -q -s tests/load/test_killed.py
	MOOSE_KILL_STEP=1 MOOSE_KILL_MOMENTS=120 MOOSE_FAULT_STEP=7 $(BIN)/pytest -q -s tests/crashes
	MOOSE_CORPUS=1 $(BIN)/pytest -q -s tests/pull/test_domains.py tests/pull/test_series.py
	MOOSE_BREAK_STEP=1 $(BIN)/pytest -q tests/apply/rebuild
	MOOSE_LAW_EXAMPLES=100 $(BIN)/pytest -q tests/laws tests/*/test_laws.py tests/state/test_types_law.py \
		tests/orchestration/test_lights.py

soak: $(VENV)/installed-dev  ## hours: everything that can happen at every statement, and more than 1,000 kills
	MOOSE_LAW_EXAMPLES=2200 $(BIN)/pytest -q tests/laws/test_readers.py  # 10,000 changes
	MOOSE_SOAK_STEP=1 $(BIN)/pytest -q tests/traffic
	MOOSE_KILL_STEP=1 MOOSE_KILL_MOMENTS=700 $(BIN)/pytest -q -s tests/crashes/test_killed.py

test-matrix:  ## the suite on every supported Python, ClickHouse and Dagster; some rows: make test-matrix ROWS=25.8
	$(PYTHON) .ci/matrix.py $(ROWS)

test-postgres: $(VENV)/installed-dev  ## the tests of the UI with Dagster's history in Postgres
	$(BIN)/pip install --quiet -e '.[postgres]'
	$(BIN)/python .ci/postgres.py -q

test-package: $(VENV)/installed-dev  ## wheel and source distribution, each installed into a clean environment
	$(BIN)/python .ci/package.py

check: $(VENV)/installed-dev  ## what CI runs: style, types, layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(MAKE) test

type-changes: $(VENV)/installed-dev  ## every measured change of a type, with the risk that it gets
	$(BIN)/pytest -q -s tests/risk/type_changes

docs: $(VENV)/installed-docs  ## the documentation site in .site/, with every link checked
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "Open .site/index.html"

bench: $(VENV)/installed-dev  ## what the library costs, next to the raw client and bare Dagster
	$(BIN)/python -m benchmarks $(ROWS)

bench-compare: $(VENV)/installed-dev  ## the benchmarks of another revision and of this one in turn: REV=main~5 ROWS=tables
	$(BIN)/python .ci/bench_compare.py $(REV) $(ROWS)

test-cpu: $(VENV)/installed-dev  ## CPU seconds of each test file with its servers; a part: make test-cpu TESTS=tests/plan
	PYTHONPATH=.ci $(BIN)/pytest -q -n 0 -p cpu_times $(TESTS)

measure:  ## how dense the code is: tokens per line, comments, longest function, suppressions
	@$(PYTHON) .ci/measure.py

release-check: $(VENV)/installed-dev $(VENV)/installed-docs  ## version, changelog, distributions and documentation are ready
	$(BIN)/python .ci/release_check.py

clean:  ## remove everything that a run leaves behind
	rm -rf .demo .embedded .dagster_home $(VENV) .matrix .site

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "moose_dagster needs Python 3.10 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed-embedded: pyproject.toml | $(BIN)/python
	@echo "Installing moose_dagster with its embedded servers into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --editable '.[embedded]'
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing moose_dagster with its tools for development into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --editable '.[embedded,dev]'
	@touch $@ $(VENV)/installed-embedded

$(VENV)/installed-docs: pyproject.toml | $(BIN)/python
	@echo "Installing the tools of the documentation site into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@
