# The front door. Everything is done by CMake and tools/; see CONTRIBUTING.md.
.DEFAULT_GOAL := help
.PHONY: help demo test bench package cuda asan tsan tidy format setup-test

# AUTO: CUDA is compiled in when nvcc and a GPU are found. ON or OFF decide.
DOJIMA_CUDA ?= AUTO

configure = cmake --preset $(1) --log-level=WARNING -DDOJIMA_TESTS=ON -DDOJIMA_BENCH=ON -DDOJIMA_EXAMPLES=ON

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

demo: ## build the program and write a risk report of the portfolio in data/
	@tools/setup.sh build
	@cmake --preset release --log-level=WARNING -DDOJIMA_CUDA=$(DOJIMA_CUDA) -DDOJIMA_TESTS=OFF -DDOJIMA_BENCH=OFF -DDOJIMA_EXAMPLES=OFF
	@cmake --build --preset release --target dojima_cli
	build/release/bin/dojima risk --portfolio data/portfolio.csv --market data/market --config data/risk.toml --out build/demo
	@echo "The report: $(CURDIR)/build/demo/report.html"

test: setup-test ## build everything, run all tests, print one summary
	@$(call configure,release) -DDOJIMA_CUDA=$(DOJIMA_CUDA)
	@cmake --build --preset release
	@tools/run_tests.py build/release

bench: setup-test ## build and run the benchmarks
	@$(call configure,release) -DDOJIMA_CUDA=$(DOJIMA_CUDA)
	@cmake --build --preset release --target dojima_bench
	@python3 bench/run.py build/release/bin/dojima_bench

package: setup-test ## one relocatable tar.gz of program, tests, bench and data; with CUDA where nvcc is found
	@DOJIMA_CUDA=$(DOJIMA_CUDA) tools/package.sh

cuda: setup-test ## compile and link everything for CUDA; needs nvcc but no GPU
	@$(call configure,cuda)
	@cmake --build --preset cuda

asan tsan: setup-test
	@cmake --preset $@ --log-level=WARNING
	@cmake --build --preset $@
	@tools/run_tests.py build/$@

asan: ## the tests under the address and undefined-behaviour sanitizers
tsan: ## the tests under the thread sanitizer

tidy: setup-test ## build everything through clang-tidy
	@tools/setup.sh develop
	@$(call configure,tidy)
	@cmake --build --preset tidy

format: ## format the sources
	@tools/setup.sh develop
	@git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' '*.cu' | xargs clang-format -i

setup-test:
	@tools/setup.sh build test
