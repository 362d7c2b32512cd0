# Two commands: `make run` and `make test`. Everything else is a part of them.

DIR ?=
LISTEN ?= 127.0.0.1:8080
WEB := crates/fragmint/web
CARGO ?= cargo

.PHONY: run test check purity unit functions infra tools players sync sample s3-start s3-stop

## Serve the bundled sample, or a folder: make run DIR=films
run: players
	$(CARGO) run --release --locked -- serve $(DIR) --listen $(LISTEN)

## Install what tests need, then run everything
test: tools check infra unit

## Formatting, lints, documentation, fuzz targets, purity of the pure crates
check: purity
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --quiet
	$(CARGO) check --manifest-path fuzz/Cargo.toml --target-dir target/fuzz --locked

purity:
	scripts/check-purity.sh

unit: functions
	FRAGMINT_FUNCTIONS=$(CURDIR)/target/functions $(CARGO) test --workspace --locked

# The functions as `sam build` makes them; the tests run these very programs.
functions: tools
	tests/infra/build.sh

## Lint and test what deploys to AWS; needs no account
infra: tools
	tests/infra/run.sh

tools:
	scripts/install-test-tools.sh

## An S3 server on 127.0.0.1:8333 with data in target/s3, for trying things out: eval "$$(make -s s3-start)"
s3-start: tools
	@scripts/local-s3.sh start

s3-stop:
	@scripts/local-s3.sh stop

## Measure the offset of sound to picture in ffmpeg and five players on all sources (about 8 minutes)
SYNC := target/sync
SYNC_LISTEN := 127.0.0.1:8099
sync: tools
	tests/sync/make.sh $(SYNC)
	$(CARGO) build --release --locked
	target/release/fragmint serve $(SYNC) --listen $(SYNC_LISTEN) 2>/dev/null & server=$$!; \
	node tests/sync/measure.mjs --sources $(SYNC) --base http://$(SYNC_LISTEN) --players ffmpeg,hlsjs,dashjs,shaka-hls,shaka-dash,videojs \
	  --files plain,priming-2112,opus,late-audio,late-video,cut,negative-ctts,no-bframes; \
	status=$$?; kill $$server; exit $$status

# The page's players; without npm the page says what is missing and plays what the browser can.
players:
	@if command -v npm >/dev/null 2>&1; then \
	  if ! cmp -s $(WEB)/package-lock.json $(WEB)/node_modules/.lock-copy; then \
	    (cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund) && \
	    cp $(WEB)/package-lock.json $(WEB)/node_modules/.lock-copy; \
	  fi; \
	else \
	  echo "npm is not installed: the page will have no players of its own"; \
	fi

# Makes the bundled sample anew (needs ffmpeg and the DejaVu fonts).
sample:
	scripts/make-sample.sh crates/fragmint/sample/fragmint.mp4
