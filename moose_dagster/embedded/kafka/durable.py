"""Small JSON files that are never half written, even if the process is killed."""

import json
from pathlib import Path


def write_json(path: Path, value: object) -> None:
    """Write *value* to *path* atomically."""
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)


def read_json(path: Path) -> object:
    """Return the value in *path*, None if the file does not exist."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
