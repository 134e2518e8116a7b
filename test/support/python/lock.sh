#!/bin/sh
# Writes the lists of pinned packages anew, with hashes, for CPython 3.9 and newer on Linux and macOS. Needs uv.
set -eu
cd "$(dirname "$0")"
for list in *.in; do
  uv pip compile --quiet "$list" --universal --python-version 3.9 --generate-hashes --no-annotate --upgrade \
    --custom-compile-command 'test/support/python/lock.sh' --output-file "${list%.in}.txt"
done
