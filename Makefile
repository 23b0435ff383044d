# SPDX-License-Identifier: Apache-2.0
# The front door. Each target is one script; all of them set up what they need.

PYTHON ?= python3
SECONDS ?= 1800
PEER_PREFIX ?=
PEER_PYTHONPATH ?=
export PYTHON PEER_PREFIX PEER_PYTHONPATH

.PHONY: help demo test test-kafka build lint bench instructions figures soak fuzz format docs clean
.DEFAULT_GOAL := help

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: build ## Two processes talk over UDP; a file is written and read back
	@.venv/bin/python scripts/demo.py

test: ## Everything: unit tests, fuzz seeds, sanitizers, Python tests
	@scripts/test.sh

test-kafka: ## The tests against a broker of Kafka (Java 17 and Maven)
	@scripts/test-kafka.sh; status=$$?; [ $$status = 77 ] || exit $$status

build: ## Put the module into .venv (PYTHON=python3 says for which Python)
	@scripts/build.sh

lint: ## Formatting, static analysis, layers, type stubs
	@scripts/lint.sh

bench: build ## Our rates, beside a peer's (PEER_PREFIX=, PEER_PYTHONPATH=)
	@.venv/bin/python bench/run.py

instructions: build ## Instructions per message of the hot paths, beside those kept (valgrind)
	@.venv/bin/python bench/instructions.py

figures: ## docs/performance.md and its chart from what `make bench` measured last
	@$(PYTHON) bench/report.py --publish

soak: build ## A pipeline for half an hour (SECONDS=1800): does it grow?
	@.venv/bin/python bench/soak.py --seconds $(SECONDS)

fuzz: ## Replay the fuzz seeds and report what they cover
	@scripts/fuzz.sh

format: ## Rewrite all sources in the house format
	@scripts/format.sh

docs: build ## The documentation as pages, in build/docs
	@scripts/docs.sh

clean: ## Remove what was built; the tools in .venv stay
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .venv/.built
	@find python scripts tests bench examples -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
