# Everything a person or a machine runs here. Needs Rust, a C compiler and make.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/didtron/target
DIDTRON = $(CARGO_TARGET_DIR)/debug/didtron

.PHONY: demo build test lint unit doc bench help

help: ## what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the program, in the one profile that demo and tests share
	cargo build --locked --workspace

demo: build ## a seeded world of a million calls, rated and explained
	@$(DIDTRON) demo

test: lint unit doc ## everything: format, lints, all tests, documentation

lint: ## format and clippy
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

unit: ## all tests
	cargo test --locked --workspace

doc: ## the documentation of our own crates, warnings denied
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

bench: ## measures the whole program, writes benches/RESULTS.md, then the parts
	benches/run
	cargo bench --locked -p didtron-benches
