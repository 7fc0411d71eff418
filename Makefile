# `make` lists the targets. Everything runs with Go alone, save `race`, which needs a C compiler on Linux.
# Written for POSIX sh and for GNU make 3.81, which is what macOS ships.

GO ?= go

# Which benchmarks, and for how long each: make bench BENCH=Validate BENCHTIME=5s
BENCH ?= .
BENCHTIME ?= 1s

# Executions for each fuzz target. A count, because a time limit can end with a spurious "context deadline exceeded".
FUZZCOUNT ?= 2000

# How long `make fuzz` takes for each target, and which: make fuzz TARGET=FuzzDecode FUZZTIME=1h
FUZZTIME ?= 2m
TARGET ?= .*

# A browser of the Chromium family, for `make check-html`; empty: the one on the PATH.
CHROMIUM ?=

# The provider's OpenAPI file, for `make model`.
OPENAPI ?=

# The go command leaves folders called testdata out of ./..., but ours is also the package that embeds the vectors.
PACKAGES := ./... $(if $(wildcard testdata/*.go),./testdata)

# The targets of `check` build on one another: with -j, `generate` would write what `test` is reading.
.NOTPARALLEL:

.PHONY: help test race lint bench generate bench-send check check-ajv check-consumers check-faults check-fixtures check-html check-k6 check-openapi check-python model fuzz-list fuzz-smoke fuzz fidelity exam clean-tree

help: ## list the targets (the default)
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { t[++n] = $$1; about[n] = $$2; if (length($$1) > w) w = length($$1) } \
		END { for (i = 1; i <= n; i++) printf "  %-" w "s  %s\n", t[i], about[i] }' $(firstword $(MAKEFILE_LIST))

test: ## run all tests; needs Go only
	@[ -d "$${RINGPROOF_UPSTREAM:-../shared/upstream}" ] || echo "NOT CHECKED: the model against the provider's file, which is not here (RINGPROOF_UPSTREAM); its digest is"
	$(GO) test $(PACKAGES)

race: ## run all tests under the race detector
	$(GO) test -race $(PACKAGES)

# gofmt comes from the same toolchain as the compiler: another release may format differently.
lint: ## gofmt, go vet, staticcheck, a build for 32-bit machines, and a tidy go.mod
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l .) || exit 1; \
	if [ -n "$$unformatted" ]; then \
		echo "gofmt: these files are not formatted; run gofmt -w on them:" >&2; \
		echo "$$unformatted" >&2; \
		exit 1; \
	fi
	$(GO) vet $(PACKAGES)
	GOARCH=386 CGO_ENABLED=0 $(GO) build $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)
	$(GO) mod tidy -diff

bench: ## run the benchmarks (BENCH=regex, BENCHTIME=1s), json-schema-faker beside ours (Node and npm), and bench-send
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime '$(BENCHTIME)' -benchmem $(PACKAGES)
	@if command -v npm >/dev/null; then $(GO) run ./internal/agree faker; else echo "NOT MEASURED: json-schema-faker beside ours: npm is not here"; fi
	$(GO) run ./internal/throughput

bench-send: ## requests a second of ringproof send, hey and wrk, taking turns (fetches hey; wrk is a Debian package)
	$(GO) run ./internal/throughput

generate: ## rewrite what derives from this tree alone: published schemas, docs
	$(GO) generate ./...

check: test race lint generate clean-tree ## all that must hold before a push

check-ajv: ## compare the verdicts with Ajv's (needs Node and npm)
	$(GO) run ./internal/agree ajv

check-consumers: ## the exam of the checks: all defects, five seeds; the correct consumers, twenty; docs/consumers.md (takes minutes)
	RINGPROOF_ALL=1 $(GO) test ./contract -timeout 30m -v

check-faults: ## prove every single fault, with both engines (takes a minute)
	RINGPROOF_ALL=1 $(GO) test ./fixtures -run Fault -v

check-fixtures: ## judge 1,000 messages of each kind (300 full ones), and the coherence of 1,000 calls of each scenario (takes minutes)
	RINGPROOF_ALL=1 $(GO) test ./fixtures -timeout 30m

check-html: ## open the pages of verify and fuzz in Chromium: scripts, requests, width, contrast, keyboard (needs Node, npm; CHROMIUM=path)
	@browser="$(CHROMIUM)"; [ -n "$$browser" ] || browser=$$(command -v chromium || command -v chromium-browser || command -v google-chrome) || \
		{ echo "there is no Chromium here; name one: make check-html CHROMIUM=path" >&2; exit 2; }; \
	RINGPROOF_CHROMIUM="$$browser" $(GO) test ./internal/verdict ./internal/campaign -run Browser -count 1 -v

check-k6: ## let k6 run what send --export k6 wrote, and check what arrives (builds k6 once, which takes minutes)
	$(GO) run ./internal/k6check

check-openapi: ## let a public reader load the OpenAPI documents (needs Node and npm)
	$(GO) run ./internal/agree openapi

check-python: ## compare the verdicts with those of Python's jsonschema (needs that package; PYTHON=python3)
	$(GO) run ./internal/agree python

model: ## rewrite the model from the provider's file (OPENAPI=path)
	@if [ -z "$(OPENAPI)" ]; then \
		echo "usage: make model OPENAPI=path/to/openapi.json" >&2; \
		echo "hint: the file itself is not in this repository; only what is generated from it is" >&2; \
		exit 2; \
	fi
	$(GO) run ./internal/genmodel -openapi "$(OPENAPI)" -out schema/vapi

# Targets are discovered, never listed, so that a new one cannot be forgotten. The file lists of `go list` respect
# build constraints. One line a target: package, then name.
fuzz-list: ## print every native fuzz target of the module
	@files=$$($(GO) list -f '{{$$p := .}}{{range .TestGoFiles}}{{$$p.ImportPath}} {{$$p.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$$p.ImportPath}} {{$$p.Dir}}/{{.}}{{"\n"}}{{end}}' $(PACKAGES)) || exit 1; \
	echo "$$files" | while read -r package file; do \
		if [ -z "$$file" ]; then continue; fi; \
		sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\)(.*\*testing\.F).*|$$package \1|p" "$$file" || exit 1; \
	done

# `go test -fuzz` takes one package and one target at a time. A failing input is left in the target's
# testdata/fuzz folder, where it becomes a regression test once it is committed.
fuzz-smoke: ## run every fuzz target for FUZZCOUNT executions
	@targets=$$($(MAKE) -s --no-print-directory fuzz-list) || exit 1; \
	if [ -z "$$targets" ]; then echo "no fuzz target found" >&2; exit 1; fi; \
	echo "$$targets" | while read -r package target; do \
		echo "$(GO) test -run '^$$' -fuzz '^$$target\$$' -fuzztime=$(FUZZCOUNT)x -fuzzminimizetime=10x $$package"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime=$(FUZZCOUNT)x -fuzzminimizetime=10x "$$package" </dev/null || exit 1; \
	done

# One target at a time, its name anchored: `go test -fuzz` takes no more.
fuzz: ## fuzz for FUZZTIME each (2m), all targets or those of TARGET=regex
	@targets=$$($(MAKE) -s --no-print-directory fuzz-list | grep -E ' ($(TARGET))$$') || { echo "no fuzz target is called $(TARGET); make fuzz-list lists them" >&2; exit 2; }; \
	echo "$$targets" | while read -r package target; do \
		echo "$(GO) test -run '^$$' -fuzz '^$$target\$$' -fuzztime=$(FUZZTIME) -fuzzminimizetime=10x $$package"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=10x "$$package" </dev/null || exit 1; \
	done

# The commands stand in the report, so they are relative, and what is built for them is removed.
fidelity: ## compare four decoders, and write docs/fidelity.html, .txt (needs Node and Python)
	@for need in node python3; do command -v $$need >/dev/null || { echo "$$need is not here; docs/fidelity.html compares its decoder too" >&2; exit 2; }; done
	@mkdir -p bin && $(GO) build -o bin ./docs/adapters/decode-go ./docs/adapters/typed-go
	$(GO) run ./cmd/ringproof fuzz --fidelity --exec 'ringproof=bin/decode-go' --exec 'Go struct=bin/typed-go' \
		--exec 'Node=node docs/adapters/typed.mjs' --exec 'Python=python3 docs/adapters/typed.py' \
		-q --report html=docs/fidelity.html --report text=docs/fidelity.txt
	@rm -f bin/decode-go bin/typed-go && rmdir bin

exam: ## examine package fuzz with broken and correct decoders; writes docs/exam.md (takes most of an hour)
	RINGPROOF_EXAM="$(CURDIR)/docs/exam.md" $(GO) test ./internal/exam -run '^TestExam$$' -v -timeout 4h

# git's own failure (no checkout, a checkout it does not trust) must not pass for a clean tree.
clean-tree: ## fail, with the diff, if git sees a changed or an untracked file
	@changes=$$(git status --porcelain --untracked-files=all) || exit 1; \
	if [ -n "$$changes" ]; then \
		echo "the tree is not clean; generated files must be committed, and no command may leave others:" >&2; \
		echo "$$changes" >&2; \
		{ git --no-pager diff HEAD || git --no-pager diff; } 2>/dev/null | head -n 400 >&2; \
		exit 1; \
	fi
