# `make run` and `make test` each make what they need on a fresh machine: Python 3.11 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
# The warning silenced is setuptools' about editable installs of packages that lie in the working folder: meant so.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet
# The service's tests run once more as it grows up, on PostgreSQL and an S3 store: docs/guide/operator.md says what runs where.
ON_POSTGRESQL := $(addprefix tests/service/, agreement alerts corrective costs days designs drift fairness harvests numbers outbound ownership reports sampling scale thresholds workshops wrong_design storage/test_arriving.py storage/test_arriving_stored.py storage/test_locked.py storage/test_sweeper.py \
	running/test_clocks.py auth/test_access.py auth/test_admin.py auth/test_enrolment.py auth/test_intruder.py \
	auth/test_record.py auth/test_staff.py inspections/test_appeals.py inspections/test_harvest.py \
	inspections/test_inspections.py inspections/test_lots.py inspections/test_outcomes.py \
	inspections/test_pass_rates.py inspections/test_pieces.py \
	inspections/test_reviews.py inspections/test_seen_before.py inspections/test_summary.py \
	inspections/test_photos.py inspections/test_to_person.py inspections/test_uploads_refused.py inspections/test_uploads_resumed.py rescoring)
.DEFAULT_GOAL := help
.PHONY: help run test test-fast check bench torture audit clean
# Files run side by side, a worker a core; what measures the machine, or fills it, runs by itself afterwards.
TESTS := $(BIN)/python -m pytest --durations=10
BESIDE := -n auto --dist loadfile --no-loadscope-reorder
# Workers fill the cores already: threads of their own would only wait for one another.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

help:
	@echo "make run    install the service and start it with a demo: http://127.0.0.1:$(PORT)"
	@echo "make test   install everything; format, lint, types and all tests"
	@echo "make test-fast  the tests that need no browser, no rendering and no training"
	@echo "make torture  hostile files, slow clients, full disk, kill -9, clock steps, altered files: what held"
	@echo "make audit  sbom.cdx.json of what is installed, and what is known against it"
	@echo "make bench  speed and memory, as ratios to a bound measured in the same run"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade pip

# The stamp files make a second run start at once; a changed pyproject.toml installs again.
$(VENV)/service.stamp: pyproject.toml | $(BIN)/python
	@echo 'installing the service (no torch); about a minute …'
	@$(PIP) -e .
	@touch $@

$(VENV)/everything.stamp: pyproject.toml | $(BIN)/python
	@echo 'installing everything, torch too; some minutes and 6 GB …'
	@$(PIP) -e '.[train,render,dev]'
	@touch $@ $(VENV)/service.stamp

run: $(VENV)/service.stamp
	$(BIN)/ubora serve --demo --port $(PORT)

check: $(VENV)/everything.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: check
	$(ONE_THREAD) $(TESTS) $(BESIDE) -m "not alone"
	$(TESTS) -m alone
	$(ONE_THREAD) TEST_DATABASE=postgresql TEST_PHOTOS=s3 $(TESTS) $(BESIDE) -m "not slow and not alone" $(ON_POSTGRESQL)

test-fast: $(VENV)/everything.stamp
	$(ONE_THREAD) $(TESTS) $(BESIDE) -m "not alone and not slow"

bench: $(VENV)/everything.stamp
	$(BIN)/python -m tests.bench

torture: $(VENV)/everything.stamp
	$(BIN)/python -m tests.torture
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -q -m hypothesis

# What is installed, as CycloneDX; then what is known against any of it, which asks a database on the network.
audit: $(VENV)/service.stamp
	@$(PIP) -e '.[audit]'
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file sbom.cdx.json $(BIN)/python
	$(BIN)/pip-audit --local --skip-editable --progress-spinner off

clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
