"""What `dg` loads: the component in defs/shop, which gives the same assets as `definitions.py`."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Return everything below defs/."""
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
