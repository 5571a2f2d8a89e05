# Everything a person or a machine runs here. Needs Rust, a C compiler and make.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/didtron/target
DIDTRON = $(CARGO_TARGET_DIR)/debug/didtron

.PHONY: demo build test lint unit doc ratios bench help

help: ## what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the program, in the one profile that demo and tests share
	cargo build --locked --workspace

demo: build ## a seeded world of a million calls, rated and explained
	@$(DIDTRON) demo

test: lint unit doc ratios ## everything: format, lints, all tests, documentation, how fast it is beside others

lint: ## format and clippy
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

unit: ## all tests
	cargo test --locked --workspace

doc: ## the documentation of our own crates, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

ratios: build ## the hot path beside a hash map and the yardstick, with wide margins
	$(CARGO_TARGET_DIR)/debug/didtron-benches check

bench: ## measures the whole program and its parts, writes benches/RESULTS.md and docs/pictures
	benches/run
	cargo bench --locked -p didtron-benches
