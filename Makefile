# make demo: the whole story in a terminal.  make test: everything that has to pass.
PYTHON ?= python3
BIN := .venv/bin
JS := tests/e2e/js
WORKERS ?= 2
RUNS ?= 1

.PHONY: demo example-web test lint types unit bench compare clean help

help:
	@echo "make demo     run the story on a local cloud (needs Python 3.11+ only)"
	@echo "make example-web  two web apps that people sign in to, on a local cloud"
	@echo "make test     lint, types and all tests; says what it leaves out for want of a tool"
	@echo "make bench    measure entrada beside its peers; write docs/benchmarks.md and the README's figures"
	@echo "make compare  measure and print the README's figures"

demo: .venv/demo
	@$(BIN)/entrada demo

example-web: .venv/example-web
	@$(BIN)/python examples/web_local.py

test: .venv/test $(JS)/node_modules/.ready .venv-az/ready
	@$(MAKE) --no-print-directory lint types unit

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/test
	$(BIN)/mypy
	@if [ -x $(JS)/node_modules/.bin/pyright ]; then \
	  echo "$(JS)/node_modules/.bin/pyright"; \
	  $(JS)/node_modules/.bin/pyright --pythonpath $(BIN)/python; \
	elif [ -n "$$ENTRADA_REQUIRE_ALL" ]; then echo "pyright is missing"; exit 1; \
	else echo "left out: pyright, because npm is not here"; fi

unit: .venv/test
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup

bench: .venv/test .venv-bench/ready $(JS)/node_modules/.ready .venv-az/ready
	$(BIN)/python -m benchmarks --runs $(RUNS) --write

compare: .venv/test .venv-bench/ready
	$(BIN)/python -m benchmarks --headline

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "entrada needs Python 3.11 or later; try make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1'

.venv/demo: .venv/bin/python pyproject.toml
	@echo "installing entrada and azure-storage-blob into .venv"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[cli,local]' azure-storage-blob
	@touch $@

.venv/example-web: .venv/bin/python pyproject.toml
	@echo "installing entrada, FastAPI and Flask into .venv"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[local]' fastapi flask azure-storage-blob azure-mgmt-resource azure-mgmt-resource-subscriptions
	@touch $@

.venv/test: .venv/bin/python pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[all]' --group dev
	@touch $@

$(JS)/node_modules/.ready: $(JS)/package-lock.json
	@if command -v npm >/dev/null; then cd $(JS) && npm ci --silent --no-audit --no-fund && touch node_modules/.ready; \
	elif [ -n "$$ENTRADA_REQUIRE_ALL" ]; then echo "npm is missing"; exit 1; \
	else echo "left out: the JavaScript clients, because npm is not here"; fi

# The real Azure CLI, kept apart: it pins its own versions of everything.
.venv-az/ready: pyproject.toml
	@if $(PYTHON) -m venv .venv-az && .venv-az/bin/python -m pip install -q --disable-pip-version-check 'azure-cli==2.91.0'; \
	then touch $@; \
	elif [ -n "$$ENTRADA_REQUIRE_ALL" ]; then echo "the Azure CLI cannot be installed"; exit 1; \
	else echo "left out: the Azure CLI, because it cannot be installed"; fi

# The Python peers without us, as their users have them.
.venv-bench/ready: benchmarks/peers.txt
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install -q --disable-pip-version-check -r benchmarks/peers.txt
	@touch $@

clean:
	rm -rf .venv .venv-az .venv-bench $(JS)/node_modules
