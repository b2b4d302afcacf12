# telltale: `make demo` does the main job on an example, `make check` runs all tests. Both install what is
# missing first (Debian packages) and say what. Meson does the building; this file only calls it.
.DEFAULT_GOAL := build
.PHONY: build demo check install bench fuzz fixtures shapes deps format clean

BUILD := build
CHECK := build-check
PREFIX ?= /usr/local

deps:
	@tools/install-deps build

$(BUILD)/build.ninja: | deps
	@meson setup -Dtests=false --prefix=$(PREFIX) $(BUILD) >$(BUILD).log 2>&1 || { cat $(BUILD).log; rm -rf $(BUILD); exit 1; }
	@rm -f $(BUILD).log

build: $(BUILD)/build.ninja ## leaves build/telltale
	@ninja -C $(BUILD) --quiet

demo: build ## the main job on the example that the project ships
	@tools/demo

check: ## all tests: gcc and clang, sanitizers, fuzz seeds, golden cases, the house rules
	@tools/install-deps build check
	@tools/check

install: build ## library, headers, pkg-config, man pages, shell completion
	@meson install -C $(BUILD) --no-rebuild
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig

bench: ## speed and memory as ratios against what runs beside it
	@tools/install-deps build bench
	@$(MAKE) --no-print-directory build
	@bench/run

fuzz: ## every fuzz target for FUZZ_SECONDS (default 60) each
	@tools/install-deps build check
	@tools/fuzz

fixtures: ## makes the shipped captures again, with real programs (root: network namespaces)
	@tools/install-deps build fixtures golden
	@lab/boxed-phone/make
	@lab/scenes/make
	@tests/golden/make.py
	@tests/golden/make_twins.py
	@tests/peers/make.py

shapes: ## makes the table of countries and states again (npm, iso-codes)
	@tools/make-shapes

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	@rm -rf $(BUILD) $(CHECK)-*
