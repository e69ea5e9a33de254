# Every verb of the project. Bare `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: help install up down status doctor run dev dev-remove serve test test-sequences test-kills conformance lint bench docs matrix reset clean lock

help: ## List the verbs
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The stamp is newer than the lock only when what the lock names is installed. A folder without one was
# left by an installation that was interrupted.
$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Python 3.11 or newer is needed, \
	and $(PYTHON) is {v[0]}.{v[1]}; name another: make install PYTHON=python3.11")'
	@echo "Installing the locked requirements into $(VENV) (about a minute, once)"
	@test -e $@ || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

install: $(VENV)/.installed ## Install the locked requirements into .venv

up: install ## Start the local Redshift in the background and wait until it answers
	@$(BIN)/python -m local_redshift up

down: install ## Stop the local Redshift
	@$(BIN)/python -m local_redshift down

status: install ## Say whether the local Redshift runs, and where
	@$(BIN)/python -m local_redshift status

doctor: install ## Look at everything a run depends on; say what is wrong and what repairs it
	@$(BIN)/python -m orchestration doctor

run: install ## Run the main job on TPC-DS data (SCALE=1), starting the local Redshift if needed
	@$(BIN)/python -m local_redshift up
	@$(BIN)/python -m orchestration.demo --scale $(or $(SCALE),1)

dev: install ## Make an analyst's copy on the local Redshift: NAME=ann, SAMPLE=0.1 of the rows
	@test -n "$(NAME)" || { echo "Say whose copy: make dev NAME=ann"; exit 2; }
	@$(BIN)/python -m local_redshift up
	@$(BIN)/python -m orchestration dev $(NAME) --sample $(or $(SAMPLE),1)

dev-remove: install ## Remove an analyst's copy: NAME=ann
	@test -n "$(NAME)" || { echo "Say whose copy: make dev-remove NAME=ann"; exit 2; }
	@$(BIN)/python -m local_redshift up
	@$(BIN)/python -m orchestration dev $(NAME) --remove

test: install ## Run every test against the real thing: local Redshift, dbt, Prefect
	@$(BIN)/python -m pytest

test-sequences: install ## Play random sequences of commands against a model of the marts (SEQUENCES=200)
	@SEQUENCES=$(or $(SEQUENCES),200) $(BIN)/python -m pytest -s tests/integration/test_any_sequence.py \
		--numprocesses 0 --override-ini session_timeout=86400 --override-ini faulthandler_timeout=0

test-kills: install ## Kill runs at random points, with Prefect and without (KILLS=20)
	@KILLS=$(or $(KILLS),20) $(BIN)/python -m pytest -s -m "" --numprocesses 0 \
		tests/integration/test_kills.py tests/integration/test_resume.py tests/integration/test_dead_warehouse.py \
		--override-ini session_timeout=86400 --override-ini faulthandler_timeout=0

serve: install ## Run Prefect on this machine: server, daily schedule and worker (PORT=4200)
	@$(BIN)/python -m orchestration serve --port $(or $(PORT),4200)

conformance: install ## Run the whole of dbt's suites of adapters against the local Redshift
	@$(BIN)/python -m pytest tests/conformance -m conformance --disable-warnings

lint: install ## ruff, mypy, dbt parse, dbt-bouncer, sqlfluff, cfn-lint
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint-python lint-dbt

lint-python:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/cfn-lint --include-checks I -- infra/retail-elt.yaml

# dbt only parses here, which takes no warehouse. sqlfluff's Jinja knows no snapshot blocks, so their
# two lines are made comments.
lint-dbt:
	@$(BIN)/dbt --quiet --warn-error parse --no-partial-parse --target local --target-path .local/lint
	@$(BIN)/dbt-bouncer run --show-all-failures
	@$(BIN)/sqlfluff lint models tests/dbt analyses
	@set -e; for snapshot in snapshots/*.sql; do \
		sed -E 's/\{% (end)?snapshot .*%\}/{##}/' $$snapshot \
			| $(BIN)/sqlfluff lint --stdin-filename $$snapshot -; \
	done

bench: install ## Measure the local Redshift, as ratios within one run
	@$(BIN)/python -m benchmarks

docs: up ## Generate the documentation of the models: target/static_index.html
	@$(BIN)/dbt docs generate --static

matrix: install ## Write the support matrix of the local Redshift into its page, from the tests
	@$(BIN)/python -m pytest --support-matrix --numprocesses 0 >/dev/null || test $$? -eq 5

reset: ## Remove the local state, so that the next run starts afresh
	@test ! -e $(VENV)/.installed || $(BIN)/python -m local_redshift down
	@rm -rf .local

clean: reset ## Remove everything that was installed or generated, the local state included
	@rm -rf $(VENV) target logs

lock: ## Lock the newest versions that requirements.in allows, with hashes
	@$(BIN)/uv pip compile requirements.in --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --quiet \
		--custom-compile-command "make lock" -o requirements.txt
	@$(BIN)/python .ci/pin_without_extras.py requirements.txt
