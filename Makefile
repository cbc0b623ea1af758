# Everything a person types. The work is in script/.
.DEFAULT_GOAL := help
.PHONY: help run test check unit rest e2e bench fmt lint format sqlx prepare web size release

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /  make \1\t/p' Makefile | expand -t 18

run: ## set up what is missing, build, and serve the demo desk
	@script/run.sh

test: format lint sqlx unit rest web size e2e ## everything that CI checks
	@echo "make test: all passed"

check: ## type-check server and browser part
	@script/check.sh

unit: ## rules, database and HTTP tests
	@script/test.sh unit

rest: ## try the REST API with whatever its document allows and forbids
	@script/test.sh rest

e2e: ## browser tests in Chromium
	@script/test.sh e2e

bench: ## measure, and print the figures
	@script/bench.sh

fmt: ## format the code
	@cargo fmt --all

format: ## check the formatting
	@script/test.sh format

lint: ## clippy for server and browser part
	@script/test.sh lint

sqlx: ## check that .sqlx is up to date
	@script/test.sh sqlx

prepare: ## bring .sqlx up to date
	@script/test.sh sqlx prepare

web: ## build the browser's part
	@script/web.sh

size: web ## check the size budget
	@script/size.sh

release: ## one self-contained binary in dist/
	@script/release.sh
