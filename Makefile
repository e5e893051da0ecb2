# Two commands to know: `make demo` and `make test`. Each sets up what it needs, and can be run again at any time.
# Everything that they make lies in .build/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export PATH := $(CURDIR)/.build/venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/.build/collections
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build/collections
export PYTHONDONTWRITEBYTECODE := 1
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.build/hypothesis

READY := .build/ready
PYTEST = pytest --junitxml=.build/results/$@.xml

.PHONY: help setup check unit oldest integration fleet test test-soak demo changelog clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY)  ## the virtual environment with ansible-core and all tools
$(READY): tests/requirements.txt tests/setup.sh
	@PYTHON='$(PYTHON)' tests/setup.sh

check: $(READY)  ## what needs no CA: ansible-test sanity, ansible-lint, mypy, ruff, changelog, documentation, Galaxy's importer
	@echo "check: all static checks"
	@tests/sanity/run

unit: $(READY)  ## unit tests
	@echo "unit: the core, the store and the modules, without a CA"
	@$(PYTEST) -q -n 2 tests/unit

oldest: $(READY)  ## the same with the oldest Python and libraries, where Python 3.9 is installed
	@echo "oldest: the plugins on Python 3.9"
	@tests/oldest.sh --junitxml=.build/results/$@.xml

integration: $(READY)  ## tests against a real CA, Pebble
	@echo "integration: against Pebble"
	@$(PYTEST) tests/integration

fleet: $(READY)  ## the roles on booted hosts
	@echo "fleet: the roles on booted hosts"
	@$(PYTEST) tests/fleet

test-soak: $(READY)  ## runs that are killed, hosts that go down, a CA that loses all: what takes longer
	@echo "test-soak: crashes and disasters on booted hosts"
	@$(PYTEST) tests/soak

demo: $(READY)  ## a CA, three hosts, and the daily run over them: everything in one go
	@python -m tests.demo

test: check unit oldest integration fleet  ## all of the above

changelog: $(READY)  ## put the fragments and new plugins into the changelog, under the version in galaxy.yml
	@antsibull-changelog release --update-existing --reload-plugins 2>.build/logs/changelog

clean:  ## remove everything that was made (the lab is taken down first)
	@if [ -e .build/ready ]; then $(MAKE) --no-print-directory lab-down; fi
	@! grep -q ' $(CURDIR)/.build/' /proc/mounts || { echo 'clean: .build/ still has mounts in it, see /proc/mounts' >&2; exit 1; }
	@rm -rf .build

-include tests/lab/lab.mk
-include tests/bench/bench.mk
