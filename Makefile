# Two commands do everything on a fresh machine: `make demo` and `make test`.
# Needs Python 3.11 or newer with pip and venv, and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := .venv-peers
NOTEBOOK := .venv-notebook
export LINLI_HOME ?= $(CURDIR)/home
# where this is set, every start is two to three times slower
unexport PYTHONDONTWRITEBYTECODE

# half a minute less than with the pip of Python 3.11, which reads every release of every package
PIP_PIN := pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13
INSTALL_PIP := python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r /dev/stdin

DEMO_AS_OF := 2026-10-31
TEST_PROCESSES ?= 2

.PHONY: help setup demo test check lint types ui notebook peers clean
help:
	@echo "make demo   set up, make sample exports, run the whole day, show where the lists are"
	@echo "make test   set up, lint, check types and imports, run the tests"
	@echo "make check  lint, types, imports, unit and spec tests, in about a minute: while you work"
	@echo "make ui     Dagster's web server on http://127.0.0.1:3000"
	@echo "make notebook  the notebooks in the browser (JupyterLab, set up in .venv-notebook at first)"
	@echo "make lint   lint, types and import directions only"
	@echo "make peers  set up the backtest's outside peers (mlforecast, AutoETS) in .venv-peers"
	@echo "make clean  remove the demo's home and the virtual environment"

setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@echo "==> setting up $(VENV) with the pinned packages (about a minute, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; found: $$($(PYTHON) --version). Set PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@echo "$(PIP_PIN)" | $(BIN)/$(INSTALL_PIP) || echo "==> going on with the pip there is"
	@# --no-compile: Python compiles what is used when it is used; all of it takes a minute
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check
	@$(BIN)/python -m compileall -q pipelines assets models data_contracts
	@touch $(STAMP)

demo: $(STAMP)
	@echo "==> making sample exports in $(LINLI_HOME)/inbox"
	@$(BIN)/linli sample --out $(LINLI_HOME)/inbox
	@echo "==> running the whole day for $(DEMO_AS_OF)"
	@$(BIN)/linli run --exports $(LINLI_HOME)/inbox --as-of $(DEMO_AS_OF)

lint: $(STAMP)
	@echo "==> lint"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@PYTHONWARNINGS=ignore $(BIN)/sqlfluff lint --disable-progress-bar --processes $(TEST_PROCESSES) assets pipelines
	@echo "==> types"
	@$(BIN)/mypy
	@echo "==> import directions"
	@$(BIN)/lint-imports

check: lint
	@echo "==> unit and spec tests"
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) -m "not slow" tests/unit tests/spec

test: lint
	@echo "==> tests"
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --no-loadscope-reorder

ui: $(STAMP)
	@$(BIN)/linli ui

notebook: $(NOTEBOOK)/.installed
	@$(NOTEBOOK)/bin/jupyter lab --ServerApp.root_dir=$(CURDIR)/notebooks $(NOTEBOOK_OPTIONS)

# JupyterLab lives beside, not inside; its python kernel is the one that has our packages
$(NOTEBOOK)/.installed: requirements-notebook.txt $(STAMP)
	@echo "==> setting up $(NOTEBOOK) with JupyterLab (about a minute, once)"
	@$(PYTHON) -m venv $(NOTEBOOK)
	@echo "$(PIP_PIN)" | $(NOTEBOOK)/bin/$(INSTALL_PIP) || echo "==> going on with the pip there is"
	@$(NOTEBOOK)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-notebook.txt
	@$(NOTEBOOK)/bin/python -m pip check --disable-pip-version-check
	@$(BIN)/python -m ipykernel install --prefix $(NOTEBOOK) --name python3 --display-name Linli
	@touch $@

# mlforecast and statsforecast need an older pandas, so they live beside, not inside
peers: $(PEERS)/.installed

$(PEERS)/.installed: requirements-peers.txt
	@echo "==> setting up $(PEERS) with the peers of the backtest (about a minute, once)"
	@$(PYTHON) -m venv $(PEERS)
	@echo "$(PIP_PIN)" | $(PEERS)/bin/$(INSTALL_PIP) || echo "==> going on with the pip there is"
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-peers.txt
	@$(PEERS)/bin/python -m pip check --disable-pip-version-check
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) $(NOTEBOOK) home
