"""`dvc add`, started before it is needed.

Started by snapkeep with the Python that runs DVC, in the project's folder. Imports what DVC imports at its first `add`,
which is four fifths of its time, then waits for one line: the arguments, as a JSON list. They go to DVC's own main();
output and exit code are DVC's. Without a line it ends.
"""

import importlib
import json
import sys

# snapkeep starts the command as ever where this is the answer.
NO_DVC = 69

# DVC loads these when it first needs them, each for itself; one that a version of DVC lacks is left out.
LATE = [
    "configobj",
    "dulwich.ignore",
    "dulwich.worktree",
    "dvc.cachemgr",
    "dvc.cli.parser",
    "dvc.commands.add",
    "dvc.daemon",
    "dvc.data_cloud",
    "dvc.repo.add",
    "dvc.repo.artifacts",
    "dvc.repo.datasets",
    "dvc.repo.graph",
    "dvc.repo.index",
    "dvc.repo.metrics",
    "dvc.repo.open_repo",
    "dvc.repo.params",
    "dvc.repo.plots",
    "dvc.repo.stage",
    "dvc.repo.trie",
    "dvc.rwlock",
    "dvc.utils.strictyaml",
    "dvc_data.hashfile.db.local",
    "dvc_data.hashfile.status",
    "networkx",
    "rich.live",
    "ruamel.yaml",
]


def import_early():
    for name in LATE:
        try:
            importlib.import_module(name)
        except ImportError:
            pass


if __name__ == "__main__":
    try:
        from dvc.cli import main
    except ImportError:
        sys.exit(NO_DVC)
    import_early()
    line = sys.stdin.readline()
    sys.exit(main(json.loads(line)) if line else 0)
