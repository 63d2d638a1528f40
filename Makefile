# The same names here, in CONTRIBUTING.md and in CI. Needs make and a python3 of 3.11 or later;
# tools/setup.sh brings the rest, once.

BIN := .venv/bin
JOBS ?= 2
SIM ?= 100

.PHONY: demo test mounts simulate check setup bench docs clean

demo: ## a spool, two nodes and the example decks on this machine, to look at
	@sh tools/setup.sh demo
	@$(BIN)/wam demo

test: check ## everything that must hold; ends with pytest's summary
	@$(BIN)/pytest -q -n $(JOBS) --dist loadgroup

mounts: setup ## hosts that share one folder by NFS 4, NFS 3 and SMB mounts, one that systemd boots; as root
	@[ "$$(id -u)" = 0 ] || { echo "make mounts needs root: its hosts need a network of their own"; exit 2; }
	@WAM_MOUNTS=all $(BIN)/pytest -q -n 0 -rP tests/real/mounts tests/real/booted

simulate: setup ## the simulator for longer: SIM=100 runs 20,000 lives and the larger explorations
	@WAM_SIM=$(SIM) $(BIN)/pytest -q -n $(JOBS) -rP --timeout 7200 tests/sim

check: setup ## style, types for both systems, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32
	@$(BIN)/lint-imports --no-logo

setup: ## .venv with WAM and its tools, CalculiX; quiet when all is there
	@sh tools/setup.sh test

bench: setup ## what a step costs as history grows
	@$(BIN)/python -m benchmarks

docs: setup ## the pages that are made from the code
	@$(BIN)/python -m spool_layout.states > docs/states.md
	@$(BIN)/python -m client_tools.error_table > docs/errors.md
	@$(BIN)/python -m node_service.settings_table > docs/node-settings.md

clean: ## all that make has made
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
	  .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
