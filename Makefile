# Everything a newcomer types. `make` alone explains itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
PY := .venv/bin/python
ENVIRONMENT := $(PYTHON) infra/install/environment.py

.DEFAULT_GOAL := help
.PHONY: help demo test coverage check bench images up environment environment-dev wheel format clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: environment ## Run everything and judge all example submissions; DETACH=1 stops it at the end
	@exec $(PY) -m judge demo $(if $(DETACH),--detach)

up: environment ## Run an empty judge on this machine (queue, worker, portal), with the catalogue's problems
	@exec $(PY) -m judge up --publish

test: environment-dev ## Install what is needed, start Docker if need be, run every test
	@exec $(PY) infra/install/run_tests.py $(ARGS)

coverage: environment-dev ## Run every test and print which branches none of them takes
	@exec $(PY) infra/install/run_tests.py --cov $(ARGS)

check: environment-dev ## Lint, format, types, import contract, templates, spelling, migrations
	@exec $(PY) infra/install/run_checks.py

bench: environment-dev ## Measure speed and memory; prints ratios to a baseline of the same run
	@exec $(PY) tests/bench/run.py $(ARGS)

images: environment ## Build the runner images of the Docker sandbox (an engine; the base needs root and mmdebstrap)
	@exec $(PY) -m judge images build $(ARGS)

environment: ## Make .venv with what a judge needs
	@$(ENVIRONMENT) --extra worker --extra scoring --extra model

environment-dev:
	@$(ENVIRONMENT) --extra dev

wheel: environment-dev ## Build the wheel and the source archive into dist/
	@$(PY) -m build --outdir dist .

format: environment-dev ## Format and fix what ruff can fix
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format .

clean: ## Remove caches and built things; keeps .venv and .judge
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
