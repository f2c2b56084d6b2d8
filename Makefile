# The commands a newcomer and CI use; each sets up .venv itself, and is quick the second time.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
# mypy takes each folder of tests by itself: they have modules of the same name.
TESTS := $(filter-out tests/__pycache__/,$(wildcard tests/*/)) $(wildcard tests/*.py)

.PHONY: demo test check format docs system-deps clean

demo: $(STAMP)
	@$(BIN)/dfcli demo

test: $(STAMP)
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy src benchmarks recipes
	@for folder in $(TESTS); do echo mypy $$folder && $(BIN)/mypy $$folder || exit 1; done
	$(BIN)/lint-imports
	$(BIN)/python -m dfcli.commands.docs --check

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m dfcli.commands.docs

# Debian packages that tests or operators need: none yet.
system-deps:
	@true

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing dfcli into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(STAMP)

clean:
	rm -rf .venv
