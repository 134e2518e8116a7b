#!/bin/sh
# Writes the lists of pinned packages anew, with hashes, for CPython on Linux and macOS. Needs uv.
set -eu
cd "$(dirname "$0")/../../.."
lock() {
  uv pip compile --quiet "$1.in" --universal --python-version "$2" --generate-hashes --no-annotate --upgrade \
    --custom-compile-command 'test/support/python/lock.sh' --output-file "$1.txt"
}
lock test/support/python/pyarrow 3.9
lock scripts/fidelity/python/alternatives 3.11
lock bench/validation/requirements 3.11
lock bench/requirements 3.11
