"""One frozen class per change of a table; a closed union, consumed with `match`."""

from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column, Engine, Table, TableElement


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A declared table that is not live.

    Attributes:
        table: The declared table.
        hosts: The hosts of its cluster that lack it, as others have it; none where all lack it.
        uuid: The UUID of the table on the others, where its path in Keeper holds it; "" for a new
            one.
    """

    table: Table
    hosts: tuple[str, ...] = ()
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class DropTable:
    """A live table that the code no longer declares.

    Attributes:
        table: The live table.
    """

    table: TableId


@dataclass(frozen=True, slots=True)
class RenameTable:
    """A live table that the code declares under another name.

    Attributes:
        table: The declared name.
        live: The live name.
    """

    table: TableId
    live: TableId


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A declared column that is not live.

    Attributes:
        table: The table, by its declared name.
        column: The column with all its facets.
        after: The declared column before it; None for the first.
        hosts: The hosts of its cluster that lack it, as others have it; none where all lack it.
    """

    table: TableId
    column: Column
    after: str | None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropColumn:
    """A live column that the code no longer declares.

    Attributes:
        table: The table, by its declared name.
        column: The column with all its facets.
    """

    table: TableId
    column: Column


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """A live column that the code declares under another name.

    Attributes:
        table: The table, by its declared name.
        live: The live column under its live name.
        desired: The declared name.
    """

    table: TableId
    live: Column
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeType:
    """A column whose type differs, nullability included.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Column
    desired: Column


@dataclass(frozen=True, slots=True)
class ChangeDefault:
    """A column whose DEFAULT, MATERIALIZED, ALIAS or EPHEMERAL differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Column
    desired: Column


@dataclass(frozen=True, slots=True)
class ChangeCodec:
    """A column whose compression codec differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Column
    desired: Column


@dataclass(frozen=True, slots=True)
class ChangeColumnComment:
    """A column whose comment differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Column
    desired: Column


@dataclass(frozen=True, slots=True)
class ChangeColumnTtl:
    """A column whose TTL differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Column
    desired: Column


@dataclass(frozen=True, slots=True)
class ChangeStatistics:
    """A column whose statistics differ.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Column
    desired: Column


@dataclass(frozen=True, slots=True)
class ChangeColumnSettings:
    """A column whose own settings differ.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Column
    desired: Column


@dataclass(frozen=True, slots=True)
class AddElement:
    """A declared index, projection or constraint that is not live.

    Attributes:
        table: The table, by its declared name.
        element: The index, projection or constraint.
        hosts: The hosts of its cluster that lack it, as others have it; none where all lack it.
    """

    table: TableId
    element: TableElement
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DropElement:
    """A live index, projection or constraint that the code no longer declares.

    Attributes:
        table: The table, by its declared name.
        element: The index, projection or constraint.
    """

    table: TableId
    element: TableElement


@dataclass(frozen=True, slots=True)
class ChangeElement:
    """An index, projection or constraint that differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: TableElement
    desired: TableElement


@dataclass(frozen=True, slots=True)
class ChangeEngine:
    """A table whose engine or engine arguments differ.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: Engine
    desired: Engine


@dataclass(frozen=True, slots=True)
class ChangeOrderBy:
    """A table whose ORDER BY differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
        primary_key: The declared primary key, which is sent with it; None where none is written.
    """

    table: TableId
    live: tuple[str, ...]
    desired: tuple[str, ...]
    primary_key: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ChangePrimaryKey:
    """A table whose PRIMARY KEY, written or implied by ORDER BY, differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: tuple[str, ...]
    desired: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangePartitionBy:
    """A table whose PARTITION BY differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeSampleBy:
    """A table whose SAMPLE BY differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeTableTtl:
    """A table whose TTL differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: str
    desired: str


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """A table setting that differs.

    Attributes:
        table: The table, by its declared name.
        name: The name of the setting.
        live: The live value; None for the server's own.
        desired: The declared value; None for the server's own.
    """

    table: TableId
    name: str
    live: str | None
    desired: str | None


@dataclass(frozen=True, slots=True)
class ChangeTableComment:
    """A table whose comment differs.

    Attributes:
        table: The table, by its declared name.
        live: As it is live.
        desired: As the code declares it.
    """

    table: TableId
    live: str
    desired: str


ColumnFacetChange: TypeAlias = (
    ChangeType
    | ChangeDefault
    | ChangeCodec
    | ChangeColumnComment
    | ChangeColumnTtl
    | ChangeStatistics
    | ChangeColumnSettings
)
ColumnChange: TypeAlias = AddColumn | DropColumn | RenameColumn | ColumnFacetChange
ElementChange: TypeAlias = AddElement | DropElement | ChangeElement
StorageChange: TypeAlias = (
    ChangeEngine
    | ChangeOrderBy
    | ChangePrimaryKey
    | ChangePartitionBy
    | ChangeSampleBy
    | ChangeTableTtl
    | ChangeSetting
    | ChangeTableComment
)
TableChange: TypeAlias = (
    CreateTable | DropTable | RenameTable | ColumnChange | ElementChange | StorageChange
)


def table_of(change: TableChange) -> TableId:
    """Return the table that *change* is about."""
    return change.table.id if isinstance(change, CreateTable) else change.table
