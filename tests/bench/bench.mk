# The bench: this collection and its peers at the same work. Included by the Makefile.

# Rows to measure, with commas between, and the most runs of each; with either the result is only printed.
ROWS ?=
RUNS ?=

.PHONY: bench

bench: $(READY) .build/bench/ready lab-packages  ## the collection and its peers, side by side: writes docs/benchmarks.md (25 minutes)
	@python -m tests.bench $(if $(ROWS),--rows '$(ROWS)') $(if $(RUNS),--runs '$(RUNS)')

.build/bench/ready: tests/bench/requirements.txt tests/bench/setup.sh $(READY)
	@tests/bench/setup.sh
