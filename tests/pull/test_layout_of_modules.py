"""What comes first in a module, whatever it is, is where ruff wants it."""

import subprocess
import sys
from pathlib import Path

import pytest

from moose_dagster.pull import PullOptions, pull

RUFF = Path(sys.executable).with_name("ruff")
# A declaration of it would be a fault.
UNDECLARED = r"TABLE shop.a (`a\0b` Int64) ENGINE = Memory"
FIRST = {
    "view": ["VIEW shop.a AS SELECT 1 AS x"],
    "view with a note": ["VIEW shop.a SQL SECURITY INVOKER AS SELECT 1 AS x"],
    "class": ["TABLE shop.a (id Int64) ENGINE = Memory"],
    "class with a note": [
        (
            "TABLE shop.a (s String DEFAULT encrypt('aes-128-ecb', 'x', 'sixteen byte "
            "key')) ENGINE = Log"
        )
    ],
    "note alone": [UNDECLARED],
    "view after a note alone": [UNDECLARED, "VIEW shop.b AS SELECT 1 AS x"],
    "class after a note alone": [UNDECLARED, "TABLE shop.b (id Int64) ENGINE = Memory"],
    "nothing": [],
}


@pytest.mark.parametrize("statements", FIRST.values(), ids=FIRST)
def test_ruff_changes_nothing_whatever_comes_first(db, folder, statements):
    options = PullOptions(
        databases=(db.database,), folder=folder.with_name(f"{folder.name}_{db.suffix}")
    )
    for statement in statements:
        db.raw(f"CREATE {statement}")

    result = pull(db.clickhouse, None, options)

    for command in (["format", "--diff"], ["check", "--select", "I"]):
        ruff = [RUFF, *command, "--isolated", "--no-cache", "."]
        done = subprocess.run(ruff, cwd=options.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.stdout, result.files)
