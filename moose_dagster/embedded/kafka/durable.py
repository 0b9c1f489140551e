"""Small JSON files that are either the last version or the one before, whatever kills the process."""

import json
import os
from pathlib import Path


def write_json(path: Path, value: object) -> None:
    """Replace *path* by *value* in one step."""
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(json.dumps(value), encoding="utf-8")
    os.replace(draft, path)  # noqa: PTH105 -- the name says what happens to the existing file


def read_json(path: Path) -> object:
    """Return the value of *path*, None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
