# The front door. `make help` lists the few words one needs; meson.build does the work.
BUILD ?= build
MAKEFLAGS += --no-print-directory

.PHONY: help deps configure build web web-types install run test sim check bench bench-pricing bars format clean
help:
	@echo "make run      build everything, run a first backtest, and serve the desk: http://127.0.0.1:8080 (PORT=N)"
	@echo "make test     build everything and run all tests"
	@echo "make web      build the page too: web/dist"
	@echo "make sim      the simulation test: SEEDS=1000 of them from FIRST=1 on, under faults"
	@echo "make build    build the program: $(BUILD)/ironfly"
	@echo "make install  into PREFIX (/usr/local; DESTDIR goes before it): program, manual, completions, unit"
	@echo "make check    the long checks: sanitizers, a minute of each fuzz target, valgrind, static analysis"
	@echo "make bench    measure, and print the figures kept in bench/README.md"
	@echo "make bench-pricing   pricing beside QuantLib and plain C, errors beside speeds"
	@echo "make bars     measure the page in a browser: Lighthouse, the chain; BARS=soak holds it open for 30 minutes"
	@echo "make format   lay the C sources out as .clang-format says"
	@echo "make clean    remove $(BUILD)"

deps:
	@tools/deps

# New files are found when the list of sources changes: then meson looks again.
configure: deps
	@mkdir -p $(BUILD) && { for kind in library lanes app test fuzz bench; do tools/list_sources $$kind; done; cat meson.build tests/meson.build packaging/meson.build; } | cksum >$(BUILD)/.sources.new; \
	if [ ! -f $(BUILD)/build.ninja ]; then meson setup $(BUILD) >$(BUILD)/setup.log || { cat $(BUILD)/setup.log; exit 1; }; \
	elif ! cmp -s $(BUILD)/.sources.new $(BUILD)/.sources; then meson setup --reconfigure $(BUILD) >$(BUILD)/setup.log || { cat $(BUILD)/setup.log; exit 1; }; fi; \
	mv $(BUILD)/.sources.new $(BUILD)/.sources

build: configure
	@ninja -C $(BUILD) -n | grep -q 'no work to do' || ninja -C $(BUILD)

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
install: configure
	@meson configure $(BUILD) -Dprefix=$(PREFIX) -Dsysconfdir=$(SYSCONFDIR)
	@ninja -C $(BUILD) --quiet
	@meson install -C $(BUILD) --no-rebuild --quiet $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))
	@DESTDIR="$(DESTDIR)" tools/after_install "$(PREFIX)"

web: build
	@tools/deps web
	@tools/web build $(BUILD)/ironfly

# After a change of the server's tables.
web-types: build
	@tools/deps web
	@tools/web types $(BUILD)/ironfly

PORT ?= 8080
run: web
	@tools/first_run $(BUILD)/ironfly $(PORT)

test: web
	@tools/deps test
	@tools/run_tests $(BUILD)

SEEDS ?= 1000
FIRST ?= 1
sim: build
	@$(BUILD)/tests/sim --seeds $(SEEDS) --first $(FIRST)

check: deps
	@tools/deps check
	@tools/check

bench: build
	@tools/bench $(BUILD)

bench-pricing: build
	@ninja -C $(BUILD) --quiet bench/pricing/pricing_peers
	@$(BUILD)/bench/pricing/pricing_peers

BARS ?= lighthouse chain
bars: web
	@tools/web bars $(BUILD)/ironfly $(BARS)

format:
	@tools/deps check
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	@rm -rf $(BUILD)
