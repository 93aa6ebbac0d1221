# Xiuhua 绣花. `make` alone lists what there is to do.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --warn-undefined-variables

BIN := .venv/bin
ARGS ?=
NODE_OLDEST := 20.19
BEGUN := $(shell date +%s)
ENGINE := $(shell find src/xiuhua/engine -name '*.py')
PO := $(shell find src/xiuhua/city -name '*.po')
WEB := $(shell find web -type f -not -path 'web/dist/*')

.PHONY: help setup demo up doctor test test-quick lint format docs pictures chaos chaos-brokers fuzz fuzz-cases powercut clean
.PHONY: bench-natural bench-road bench-engine bench-replay bench-detect bench-truth bench-turns bench-dispatch bench-doors bench-history bench-cases bench-alarms

help: ## Lists these recipes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

setup: .venv/.kernels web/dist/.ready $(PO:.po=.mo) ## Installs what is pinned, builds the front end, compiles the translations; again: only what changed

demo: setup ## Runs the demo neighbourhood with its simulator until Ctrl-C (data in var/demo)
	@$(BIN)/xiuhua demo --began $(BEGUN)

up: setup ## Runs the house (gateway, worker, web, clock) on your own data in var/, until Ctrl-C
	@$(BIN)/xiuhua up

doctor: setup ## Says what is wrong with this set-up, and what to do
	@$(BIN)/xiuhua doctor

test: setup ## Runs every test: Python on SQLite, rooms on PostgreSQL, front end, browser
	@.ci/need chromium initdb mosquitto mosquitto_pub strace
	@.ci/test

test-quick: setup ## Runs the Python tests that need neither PostgreSQL nor a browser
	$(BIN)/pytest -q -m "not browser and not slow" -k "not postgres"

lint: setup ## Checks style, types and floors, in Python and in TypeScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm run --silent check

format: setup ## Puts Python and TypeScript into the house's layout
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	npm run --silent fix

docs: setup ## Writes docs/reference/ anew from the code
	$(BIN)/python docs/build.py

pictures: setup ## Renews the documents' pictures: the browser tests take them
	$(BIN)/pytest -q tests/browser --screenshots docs/images

chaos: setup ## Kills every process at random 500 times under load, on SQLite and again on PostgreSQL (an hour)
	@.ci/need initdb
	XIUHUA_KILLS=$${XIUHUA_KILLS:-500} XIUHUA_KEEP=1 $(BIN)/pytest -q -s tests/chaos

fuzz: setup ## Feeds every reader of foreign bytes, and the live doors, with broken input (an hour; XIUHUA_FUZZ_SECONDS)
	XIUHUA_FUZZ_SECONDS=$${XIUHUA_FUZZ_SECONDS:-3600} XIUHUA_FUZZ_SEED=$(BEGUN) XIUHUA_KEEP=1 $(BIN)/pytest -q -s tests/fuzz

chaos-brokers: setup ## Kills NATS nodes under the log, and bridge, gateway and broker under a bridge, 60 times each
	@.ci/need mosquitto
	XIUHUA_KILLS=60 $(BIN)/pytest -q -s tests/log/test_jetstream.py tests/bridge/test_kill.py -k "random or once or die or leaders"

fuzz-cases: setup ## Tries alert, case and closure with two workers, crashes and leaps of time, 300 times (twenty minutes)
	XIUHUA_CASE_EXAMPLES=300 $(BIN)/pytest -q tests/city/cases/test_conservation.py

powercut: setup ## Cuts the power at every write and sync of 500 appends to the log, eight disks each (minutes; ARGS=--json)
	@$(BIN)/python -m tests.chaos.powercut --appends 300 --states 8 $(ARGS)
	@$(BIN)/python -m tests.chaos.powercut --appends 200 --states 8 --checkpoint 20 --seed 2 $(ARGS)

bench-natural: setup ## Measures what the pilot costs at its natural rate: CPU and memory of each process
	@$(BIN)/python -m bench.natural

bench-road: setup ## Measures readings/s and the time from publish to alert through the whole road, with the machine beside it
	@$(BIN)/python -m bench.road

bench-engine: setup ## Measures the engine alone (its hot path, 8,000 rules, 2.2 million devices) and beside its peers
	@$(BIN)/python -m bench.engine

bench-replay: setup ## Measures how fast rules are replayed over history: 1,680 sensors at 10 s, from Parquet
	@$(BIN)/python -m bench.replay

bench-detect: setup ## Measures the detector beside published ones, on labelled series (half an hour; installs the peers apart)
	@$(BIN)/python -m bench.detect

bench-truth: setup ## Holds ten simulated days of the pilot, twice, against the ground truth: what was found, what was false
	@$(BIN)/python -m bench.truth

bench-turns: setup ## Measures how long a page waits to write beside a busy worker on SQLite (20 s)
	@$(BIN)/python -m bench.turns

bench-dispatch: setup ## Measures who-should-go: many orders at once and rounds, beside going by hand (1 min)
	@$(BIN)/python -m bench.dispatch

bench-doors: setup ## Measures the front doors: acknowledged after the commit, beside Mosquitto and nats-server (3 min)
	@.ci/need mosquitto
	@$(BIN)/python -m bench.doors --keep

bench-history: setup ## Measures how long history takes to answer about one device, over a month of 1,680 devices
	@$(BIN)/python -m bench.history

bench-cases: setup ## Measures inbox, case, search, map and reports over a million cases in PostgreSQL (20 min; ARGS=--plans)
	@.ci/need initdb
	@$(BIN)/python -m bench.cases $(ARGS)

bench-alarms: setup ## Measures 10,000 alarms in a minute from publish to the officer's page, on SQLite and on PostgreSQL
	@.ci/need initdb
	@$(BIN)/python -m bench.alarms $(ARGS)

clean: ## Removes what setup and the tests made, and the demo's data; leaves the rest of var/ alone
	rm -rf .venv .tools node_modules web/dist var/demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests -name '*.mo' -delete -o -name '__pycache__' -prune -exec rm -rf {} +

# What setup stands on: each file says that its step is done and is older than what it was made from.

.venv/.ready: pyproject.toml uv.lock .ci/uv.txt
	@.ci/uv sync --frozen --quiet
	@touch $@

# Numba's cache knows of changes in a kernel's own file, but not in those that it imports.
.venv/.kernels: .venv/.ready $(ENGINE)
	@find src -name '*.nb[ic]' -delete
	@$(BIN)/python -m xiuhua.engine.warm
	@touch $@

# Not `npm ci`: it refuses a lock that lacks other systems' optional binaries, which a registry
# may not carry. This keeps to the lock's versions and hashes too, and leaves the lock as it is.
node_modules/.ready: package.json package-lock.json
	@.ci/need node:$(NODE_OLDEST) npm
	@npm install --no-save --loglevel=error --no-audit --no-fund
	@touch $@

web/dist/.ready: node_modules/.ready $(WEB)
	@npm run --silent build -- --logLevel warn
	@touch $@

%.mo: %.po | .venv/.ready
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
