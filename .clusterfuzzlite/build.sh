#!/bin/bash -eu
# Builds the targets for ClusterFuzzLite, and for OSS-Fuzz, whose build.sh can call this
# one. compile_go_fuzzer, OUT and WORK are the base image's; docs/ossfuzz.md says more.
export GOTOOLCHAIN=auto # the image's Go may be older than go.mod wants
go run ./fuzz/ossfuzz/seeds "$WORK/seeds"
for target in FuzzDecode FuzzBytes; do
  compile_go_fuzzer github.com/ringproof/ringproof/fuzz/ossfuzz "$target" "$target"
  # F.Add has no effect there: seeds come as a zip file beside the program.
  zip -q -j -r "$OUT/${target}_seed_corpus.zip" "$WORK/seeds/$target"
done
