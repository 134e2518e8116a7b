#!/bin/sh
# Writes extras/*.txt anew: what DVC needs beside requirements.txt for remotes on Google's and Azure's stores and
# over SSH, pinned, with hashes, at versions that fit requirements.txt. Needs uv. Only what the file systems
# themselves need is kept: the rest of DVC's dependencies is in requirements.txt, or left out there on purpose.
set -eu
cd "$(dirname "$0")/.."

compile() {
  uv pip compile --quiet --constraint requirements.txt --universal --python-version 3.9 --no-annotate "$@"
}

names() {
  sed -n 's/^\([a-z0-9][a-z0-9._-]*\)==.*/\1/p' "$1" | sort -u
}

# lock EXTRA REQUIREMENTS… : the requirements that dvc-EXTRA has beside dvc itself
lock() {
  extra=$1
  shift
  work=$(mktemp -d)
  printf '%s\n' "$@" | compile --no-header - --output-file "$work/own.txt"
  echo "dvc-$extra" | compile --no-header - --output-file "$work/all.txt"
  names requirements.txt > "$work/base"
  { names "$work/own.txt"; echo "dvc-$extra"; } | sort -u | comm -23 - "$work/base" > "$work/kept"
  set --
  for name in $(names "$work/all.txt" | comm -23 - "$work/kept"); do
    set -- "$@" --no-emit-package "$name"
  done
  echo "dvc-$extra" | compile - --generate-hashes "$@" --custom-compile-command 'scripts/lock-extras.sh' \
    --output-file "extras/$extra.txt"
  rm -r "$work"
}

lock gs 'gcsfs>=2022.11.0'
lock azure 'adlfs>=2023.12.0' 'azure-identity>=1.4.0' knack
lock ssh 'sshfs[bcrypt]>=2023.4.1'
