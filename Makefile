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
	$(BIN)/python -m pytest -n auto

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

# A MariaDB server and the program sqlite3 from Debian, for the tests: they start a server of their own, so no service
# is started or enabled. Does nothing where both are; else needs root or sudo. PostgreSQL comes with the extra `dev`.
system-deps:
	@if command -v sqlite3 >/dev/null && command -v bwrap >/dev/null && { test -x /usr/sbin/mariadbd || command -v mariadbd >/dev/null; }; then \
	  exit 0; \
	fi; \
	command -v apt-get >/dev/null || { echo "there is no apt-get: install MariaDB's server, sqlite3 and bubblewrap" >&2; exit 1; }; \
	sudo=; test "$$(id -u)" = 0 || sudo=sudo; policy=/usr/sbin/policy-rc.d; \
	echo "installing mariadb-server, sqlite3 and bubblewrap for the tests …"; \
	if ! test -e $$policy; then \
	  trap "$$sudo rm -f $$policy" EXIT; \
	  printf '#!/bin/sh\nexit 101\n' | $$sudo tee $$policy >/dev/null; $$sudo chmod 755 $$policy; \
	fi; \
	$$sudo apt-get update -qq || exit 1; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mariadb-server sqlite3 bubblewrap \
	  >/dev/null || exit 1; \
	if command -v systemctl >/dev/null; then $$sudo systemctl disable --quiet mariadb 2>/dev/null || true; fi

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing dfcli into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(STAMP)

clean:
	rm -rf .venv
