"""The names that a run gives to what it makes; no other run uses them."""

from datetime import datetime, timezone

from moose_dagster.ddl.names import Names
from moose_dagster.reconciliation.results import Options


def names_of_run(options: Options) -> Names:
    """Return the names of a run that begins now, under its lock."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")
    return Names(options.trash_database, stamp)
