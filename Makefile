# `make help` lists what there is. Everything happens in .venv; nothing is installed on the machine.

PYTHON ?= python3
ARGS ?=
# Processes that share a whole run of the tests; each starts servers of its own.
WORKERS ?= 2
BIN := .venv/bin
ENGINE ?= $(shell command -v docker || command -v podman || echo docker)
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
INSTALLED := .venv/.installed
COMPILE := build/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup demo test integration check docs freeze corpus transcripts bench chart cluster image lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Set everything up: .venv from the lock, Kafka's jars (then it works offline)
	@echo "Everything is there: make demo"

demo: $(INSTALLED) ## Servers, services, sandbox and a first conversation; Ctrl-C ends it (ARGS=--script plays a client)
	@$(BIN)/inkgate demo $(ARGS)

test: $(INSTALLED) ## All tests, on real PostgreSQL and Kafka of their own (ARGS='-k name' picks some)
	@$(BIN)/pytest $(if $(strip $(ARGS)),$(ARGS),-n $(WORKERS))

integration: $(INSTALLED) ## The services with each other and their servers: in containers where there is an engine (docs/testing.md)
	@$(BIN)/pytest tests/integration $(ARGS)

check: $(INSTALLED) ## What CI runs, in its order: style, format, types, import contracts, tests
	@echo '== ruff check';   $(BIN)/ruff check . || { echo "To fix: $(BIN)/ruff check --fix . (the rest by hand)"; exit 1; }
	@echo '== ruff format';  $(BIN)/ruff format --check . || { echo "To fix: $(BIN)/ruff format ."; exit 1; }
	@echo '== mypy';         $(BIN)/mypy || { echo "To fix: types are strict; the line above names file and rule"; exit 1; }
	@echo '== lint-imports'; $(BIN)/lint-imports || { echo "To fix: see the contracts in pyproject.toml; move the code, not the contract"; exit 1; }
	@echo '== pytest';       $(BIN)/pytest -n $(WORKERS) || { echo "To fix: $(BIN)/pytest --last-failed repeats only what failed"; exit 1; }

docs: $(INSTALLED) ## Make the generated documents anew: JSON Schemas, and most pages of docs/
	@$(BIN)/python -m inkgate.docs

freeze: $(INSTALLED) ## As a part of a release: record its contracts, which later versions are held against (docs/contracts.md)
	@$(BIN)/python -m inkgate.docs --freeze

corpus: $(INSTALLED) ## Read the labelled messages and write docs/corpus.md (ARGS='--misread budget' lists what went wrong)
	@$(BIN)/python -m inkgate.corpus $(ARGS)

transcripts: $(INSTALLED) ## Write the golden conversations as they go now (tests/dialogue/transcripts); read the diff
	@$(BIN)/python -m tests.dialogue.chats

bench: $(INSTALLED) ## Drive signed webhooks through everything and measure (see docs/benchmarks.md)
	@$(BIN)/inkgate bench $(ARGS)

chart: $(INSTALLED) ## Render the Helm chart to build/chart and check every object (ARGS=values.yaml checks yours; needs Go)
	@$(BIN)/python -m tests.deploy.check $(ARGS)

cluster: $(INSTALLED) ## Install the chart in a real Kubernetes with played kubelets; builds it first (Go; minutes; docs/testing.md)
	@$(BIN)/python -m tests.cluster.programs && INKGATE_TEST_CLUSTER=1 $(BIN)/pytest tests/cluster $(ARGS)

image: ## Build the image inkgate:<version> with Docker or Podman (docs/images.md; SOURCE=https://… ARGS='--build-arg …')
	$(ENGINE) build --file deploy/Dockerfile --tag inkgate:$(VERSION) --build-arg VERSION=$(VERSION) \
	    --build-arg SOURCE=$(SOURCE) --build-arg REVISION=$$(git rev-parse HEAD) \
	    --build-arg CREATED=$$(git log -1 --format=%cI) $(ARGS) .

lock: ## Make the locks anew from pyproject.toml: all of it; what the image runs (deploy/); what builds the image
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --all-extras pyproject.toml -o requirements.lock
	$(COMPILE) --constraints requirements.lock pyproject.toml -o deploy/runtime.lock
	printf 'cyclonedx-bom\nhatchling\n' | $(COMPILE) --constraints requirements.lock - -o deploy/build.lock

clean: ## Stop the local servers and delete what can be made anew (their data too)
	@if [ -x $(BIN)/inkgate ]; then $(BIN)/inkgate local down --delete; fi
	rm -rf .inkgate .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Done again only when the lock or pyproject.toml is newer than the last time it went through.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing what requirements.lock names into .venv (this once; a minute or two)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@$(BIN)/inkgate local fetch
	@touch $@
