#!/bin/sh
# Writes requirements.txt anew: pinned, with hashes, for CPython 3.9 and newer on Linux and macOS.
# Needs uv. Packages that init, add, status, push, pull, fetch, checkout and remotes never load are left
# out (DVC's experiments, queues, hydra and SSH need them); hence the file is installed with --no-deps.
set -eu
cd "$(dirname "$0")/.."
unused="amqp annotated-doc annotated-types antlr4-python3-runtime appdirs asyncssh billiard celery
charset-normalizer click click-didyoumean click-plugins click-repl cryptography dictdiffer
dvc-studio-client dvc-task entrypoints exceptiongroup filelock gitdb gitpython grandalf gto hydra-core
iterative-telemetry kombu markdown-it-py mdurl omegaconf prompt-toolkit pycparser pydantic pydantic-core
pydantic-settings pydot pygments pyparsing python-dotenv pywin32 pyyaml requests semver setuptools
shellingham smmap typer typing-inspection tzdata tzlocal vine wcwidth"
set -- requirements.in --universal --python-version 3.9 --generate-hashes --no-annotate --upgrade
for name in $unused; do
  set -- "$@" --no-emit-package "$name"
done
uv pip compile --quiet "$@" --custom-compile-command 'scripts/lock-requirements.sh' --output-file requirements.txt
uv pip compile --quiet requirements-uv.in --universal --python-version 3.9 --generate-hashes --no-annotate --upgrade \
  --custom-compile-command 'scripts/lock-requirements.sh' --output-file requirements-uv.txt
