"""The options of a pull."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.state.names import ResourceId

SYSTEM_DATABASES = frozenset(
    {"system", "INFORMATION_SCHEMA", "information_schema", "_temporary_and_external_tables"}
)
# Tables that ClickHouse creates beside views and while it replaces a table.
_INTERNAL_PREFIXES = (".inner", ".tmp", "_tmp_replace_")


@dataclass(frozen=True, slots=True)
class PullOptions:
    """What is pulled, and where to.

    Attributes:
        databases: The databases to read; empty, the default, means all but the server's own.
        include: Patterns of `database.table`, table or topic with `*` and `?`, of which one must
            match; empty, the default, means everything.
        exclude: Patterns of the same kind, of which none may match.
        managed: Whether a reconcile may change what was pulled: False, the default, means
            EXTERNALLY_MANAGED, True means FULLY_MANAGED; or a life cycle.
        folder: The path where the modules are written; it becomes a package.
        project: The name of the project.
        overwrite: Whether to overwrite files that were edited since they were pulled, or not
            pulled at all. If not, edited ones stay, and others raise `MooseDagsterError`.
        ledger_database: The database of this library's own tables, which are never pulled.
        trash_database: The database of the trash, which is never pulled.
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
        """The life cycle of every declaration."""
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
        internal = resource.name.startswith(_INTERNAL_PREFIXES)
        return (
            not internal
            and (not self.include or _matches(resource, self.include))
            and not _matches(resource, self.exclude)
        )


def _matches(resource: ResourceId, patterns: Iterable[str]) -> bool:
    return any(
        fnmatchcase(str(resource), pattern) or fnmatchcase(resource.name, pattern)
        for pattern in patterns
    )
