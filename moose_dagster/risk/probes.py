"""Ask the rows of a table, in one query, what changes would lose that depend on them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff.changes import Change
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.lossy import expired, lossy_type, rejected, removed_members
from moose_dagster.risk.types import type_risk
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.names import TableId
from moose_dagster.state.rename import uses
from moose_dagster.state.tables import Column, Constraint, Table
from moose_dagster.state.types import loses_nullable

SAMPLES = 3
# Under 24.8 and 25.8 the ALTER starts and then fails at a NULL (349), whatever its default is.
_BEFORE_26 = "toUInt16OrZero(splitByChar('.', version())[1]) < 26"
# A change of meaning loses its values whatever they are; it must still be one that the server can
# finish.
_PROBED = frozenset({Risk.DATA_DEPENDENT, Risk.DESTRUCTIVE})


@dataclass(frozen=True, slots=True)
class Probe:
    """A condition that is counted over every row of a table.

    Attributes:
        name: The column; "" for the table's TTL, `CONSTRAINT c` for the constraint c.
        condition: The condition of a row that the change would lose or alter; "" where no row can
            be.
        shown: The expression that is shown of such a row.
        columns: The live columns it reads.
        impossible: What such a row holds that the server can't convert, such as a removed member;
            "" where the change can be made.
        error_means_loss: Whether an error of the server is an answer about the rows.
    """

    name: str
    condition: str
    shown: str
    columns: frozenset[str]
    impossible: str = ""
    error_means_loss: bool = True


def probes_of(planned: Iterable[changes.TableChange], live: Table) -> Iterator[Probe]:
    """Yield the probes of the rows of *live* that decide about the *planned* changes."""
    for change in planned:
        match change:
            case changes.ChangeType():
                yield from _type_probes(change)
            case changes.ChangeTableTtl():
                yield _ttl_probe("", change.live, change.desired, live)
            case changes.ChangeColumnTtl():
                yield _ttl_probe(change.live.name, change.live.ttl, change.desired.ttl, live)
            case (
                changes.AddElement(element=Constraint() as constraint)
                | changes.ChangeElement(desired=Constraint() as constraint)
            ):
                condition = rejected(constraint.expression)
                name = f"CONSTRAINT {constraint.name}"
                yield _row_probe(name, condition, live, error_means_loss=False)
            case (
                changes.CreateTable()
                | changes.DropTable()
                | changes.RenameTable()
                | changes.AddColumn()
                | changes.DropColumn()
                | changes.RenameColumn()
                | changes.ChangeDefault()
                | changes.ChangeCodec()
                | changes.ChangeColumnComment()
                | changes.ChangeStatistics()
                | changes.ChangeColumnSettings()
                | changes.AddElement()
                | changes.DropElement()
                | changes.ChangeElement()
                | changes.ChangeEngine()
                | changes.ChangeOrderBy()
                | changes.ChangePrimaryKey()
                | changes.ChangePartitionBy()
                | changes.ChangeSampleBy()
                | changes.ChangeSetting()
                | changes.ChangeTableComment()
            ):
                continue
            case _:
                assert_never(change)


def value_probes(planned: Iterable[changes.TableChange], live: Table) -> Iterator[Probe]:
    """Yield those of `probes_of` whose answer decides whether a stored value is lost.

    A constraint takes no value away, and where no row can be affected nothing is asked.
    """
    for change in planned:
        if not isinstance(change, changes.AddElement | changes.ChangeElement):
            yield from (probe for probe in probes_of([change], live) if probe.condition)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that a probe query reads.

    Attributes:
        table: The live name of their table.
        added: The columns that the same plan adds, which conditions may use.
        names: The live names of columns, by the declared names that conditions use.
        deleted: Whether some of them are deleted and still stored: they are converted like all
            others, and not counted.
        cluster: The cluster whose hosts all have some of them; "" for this server alone.
        replicated: Whether the hosts of a shard hold the same rows.
    """

    table: TableId
    added: tuple[Column, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    deleted: bool = False
    cluster: str = ""
    replicated: bool = False

    @property
    def source(self) -> str:
        """What stands after FROM: the table, or all of its shards."""
        if not self.cluster:
            return quoted_table(self.table)
        function = "cluster" if self.replicated else "clusterAllReplicas"
        return f"{function}({quoted_text(self.cluster)}, {quoted_table(self.table)})"


def probe_query(rows: Rows, probes: Sequence[Probe], *, samples: bool) -> str:
    """Return the query that counts the rows of all *probes* in one scan.

    It gives a number of rows for each and, where *samples* may be shown, some of their values.

    Args:
        rows: The rows to look at.
        probes: The conditions to count.
        samples: Whether values may be shown.
    """
    read = list[str]()
    answers = list[str]()
    exists = ""
    if rows.deleted:
        read = ["_row_exists AS moose_dagster_exists"]
        exists = " AND moose_dagster_exists"
    for number, probe in enumerate(probes):
        # Never the name of a column, which ClickHouse would take for the alias.
        lossy = f"moose_dagster_{number}"
        value = f"moose_dagster_value_{number}"
        read.append(f"ifNull({probe.condition}, 0) AS {lossy}")
        answers.append(f"countIf({lossy}{exists})")
        if samples:
            read.append(f"{probe.shown} AS {value}")
            values = f"groupArrayIf({SAMPLES})({value}, {lossy}{exists})"
            answers.append(f"arrayMap(value -> toString(value), {values})")
    read += columns_read(rows)
    source = f"SELECT {', '.join(read)} FROM {rows.source}"
    every = " SETTINGS apply_deleted_mask = 0" if rows.deleted else ""
    return f"SELECT {', '.join(answers)} FROM ({source}){every}"


def columns_read(rows: Rows) -> Iterator[str]:
    """Yield, as SQL, the columns that conditions use and the live table has not by that name."""
    yield from (f"{quoted_name(live)} AS {quoted_name(name)}" for name, live in rows.names.items())
    yield from map(_as_read, rows.added)


def added_to(table: TableId, planned: Iterable[Change]) -> tuple[Column, ...]:
    """Return the columns that the *planned* changes add to *table*."""
    return tuple(
        change.column
        for change in planned
        if isinstance(change, changes.AddColumn) and change.table == table
    )


def _type_probes(change: changes.ChangeType) -> Iterator[Probe]:
    risk, _ = type_risk(change.live.type, change.desired.type)
    if risk not in _PROBED or not change.live.is_stored:
        return
    name = change.live.name
    shown = quoted_name(name)
    members = removed_members(change)
    if members:
        yield Probe(
            name,
            f"toString({shown}) IN ({', '.join(members)})",
            shown,
            frozenset({name}),
            impossible="a removed member",
        )
    if loses_nullable(change.live.type, change.desired.type):
        condition = f"isNull({shown}) AND {_BEFORE_26}"
        yield Probe(
            name,
            condition,
            shown,
            frozenset({name}),
            impossible="NULL, which no ClickHouse before 26 converts",
        )
    yield Probe(name, lossy_type(change), shown, frozenset({name}))


def _ttl_probe(name: str, live: str, desired: str, table: Table) -> Probe:
    return _row_probe(name, expired(live, desired), table)


def _row_probe(name: str, condition: str, table: Table, *, error_means_loss: bool = True) -> Probe:
    columns = [column.name for column in table.columns if uses(condition, column.name)]
    values = ", ".join(map(quoted_name, columns)) or "0"
    return Probe(
        name,
        condition,
        f"tuple({values})" if len(columns) > 1 else values,
        frozenset(columns),
        error_means_loss=error_means_loss,
    )


def _as_read(column: Column) -> str:
    """Return what rows will read of a column that the same plan adds."""
    value = f"defaultValueOfTypeName({quoted_text(column.type)})"
    if column.default and column.default.expression:
        value = f"CAST({column.default.expression}, {quoted_text(column.type)})"
    return f"{value} AS {quoted_name(column.name)}"


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer of a probe.

    Attributes:
        rows: Rows whose value would be lost or altered.
        samples: Some of those values as text.
        error: The server's message where the data can't be converted at all, else "".
        skip_reason: Why the data was not looked at, such as too much to read, else "".
        data: A text that differs after each write to the table; "" where none can be told.
    """

    rows: int
    samples: tuple[str, ...] = ()
    error: str = ""
    skip_reason: str = ""
    data: str = ""
