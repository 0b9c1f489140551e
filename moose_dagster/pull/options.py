"""What is pulled, and where to."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.names import ResourceId

SYSTEM_DATABASES = frozenset(
    {"system", "INFORMATION_SCHEMA", "information_schema", "_temporary_and_external_tables"}
)
# What ClickHouse makes for itself beside views, and while it replaces a table.
_NOBODYS = (".inner", ".tmp", "_tmp_replace_")


@dataclass(frozen=True, slots=True)
class PullOptions:
    """What is pulled, and where to.

    Args:
        databases: Only these; all but the server's own if none is named.
        include: Only what fits one of these: `database.table`, table or topic, `*` and `?` allowed.
        exclude: Nothing that fits one of these.
        managed: Whether a reconcile may change what was pulled: no by default, `True` for
            FULLY_MANAGED, or any life cycle.
        folder: Where the modules are written; it becomes a package.
        project: The name of the project.
        overwrite: Whether files that were not pulled are overwritten.
        ledger_database: Where this library keeps its own tables, which are never pulled.
        trash_database: Where dropped tables are kept, which are never pulled.
    """

    databases: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    managed: bool | LifeCycle = False
    folder: Path = Path("pulled")
    project: str = "pulled"
    overwrite: bool = False
    ledger_database: str = "moose_dagster"
    trash_database: str = "moose_dagster_trash"

    @property
    def life_cycle(self) -> LifeCycle:
        """The promise of every declaration."""
        if isinstance(self.managed, LifeCycle):
            return self.managed
        return LifeCycle.FULLY_MANAGED if self.managed else LifeCycle.EXTERNALLY_MANAGED

    def takes_database(self, name: str) -> bool:
        """Tell whether the tables of a database are looked at."""
        ours = {self.ledger_database, self.trash_database}
        return name not in SYSTEM_DATABASES | ours and (
            not self.databases or name in self.databases
        )

    def takes(self, resource: ResourceId) -> bool:
        """Tell whether a table or topic is pulled."""
        nobodys = resource.name.startswith(_NOBODYS)
        return (
            not nobodys
            and (not self.include or _fits(resource, self.include))
            and not _fits(resource, self.exclude)
        )


def _fits(resource: ResourceId, patterns: Iterable[str]) -> bool:
    return any(
        fnmatchcase(str(resource), pattern) or fnmatchcase(resource.name, pattern)
        for pattern in patterns
    )
