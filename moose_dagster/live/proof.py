"""Read-only probes: how many stored rows a change would lose or alter, before it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff.changes import (
    AddColumn,
    AddPart,
    Change,
    ChangeColumnTtl,
    ChangePart,
    ChangeTableTtl,
    ChangeType,
    RenameColumn,
    RenameTable,
    resource_of,
)
from moose_dagster.errors import ServerError, ServerUnreachable
from moose_dagster.plan.policy import Risk
from moose_dagster.plan.proof import Proof
from moose_dagster.plan.type_risk import type_risk
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.tables import Column, Constraint, TableId
from moose_dagster.state.tokens import split_top_level, tokens
from moose_dagster.state.types import enum_members, is_nullable, without_nullable

_SAMPLES = 3
# A change of meaning loses its values whatever they are; it must still be one that the server can finish.
_PROBED = frozenset({Risk.DATA_DEPENDENT, Risk.DESTRUCTIVE})
_TTL_WORDS = frozenset({"WHERE", "GROUP", "RECOMPRESS", "TO", "SET", "DELETE"})


def prove(clickhouse: ClickHouse, changes: Iterable[Change]) -> Mapping[TableId, Mapping[str, Proof]]:
    """Return what the live data says about every data-dependent one of *changes*.

    Keys are the table and the column name; `""` is the table's TTL, `CONSTRAINT c` the constraint c.
    A change that no probe can settle has no entry, nor has one of a table or column that has yet to get its name.

    Raises:
        ServerUnreachable: The server went away.
    """
    proofs = dict[TableId, dict[str, Proof]]()
    changes = tuple(changes)
    unnamed = {change.table for change in changes if isinstance(change, RenameTable | RenameColumn)}
    for change in changes:
        if resource_of(change) in unnamed:
            continue
        match change:
            case ChangeType():
                proof = _probe_type(clickhouse, change)
                if proof is not None:
                    proofs.setdefault(change.table, {})[change.live.name] = proof
            case ChangeTableTtl() | ChangeColumnTtl():
                proof = _probe_ttl(clickhouse, change, _added_to(change.table, changes))
                if proof is not None:
                    name = "" if isinstance(change, ChangeTableTtl) else change.live.name
                    proofs.setdefault(change.table, {})[name] = proof
            case AddPart() | ChangePart():
                part = change.part if isinstance(change, AddPart) else change.desired
                proof = _probe_constraint(clickhouse, change.table, part) if isinstance(part, Constraint) else None
                if proof is not None:
                    proofs.setdefault(change.table, {})[f"CONSTRAINT {part.name}"] = proof
            case _:
                continue
    return proofs


def _probe_constraint(clickhouse: ClickHouse, table: TableId, constraint: Constraint) -> Proof | None:
    try:
        rows = clickhouse.query(f"SELECT countIf(NOT ({constraint.expression})) FROM {quoted_table(table)}")[0][0]
    except ServerUnreachable:
        raise
    except ServerError:
        return None  # such as a column that comes with the same plan; the next run can tell
    return Proof(int(rows))


def _probe_type(clickhouse: ClickHouse, change: ChangeType) -> Proof | None:
    column = quoted_name(change.live.name)
    if type_risk(change.live.type, change.desired.type)[0] not in _PROBED or _is_computed(change.live):
        return None
    try:
        gone = _removed_members(change)
        if gone:
            held = _count(clickhouse, change.table, column, f"toString({column}) IN ({', '.join(gone)})")
            if held.rows:
                return replace(held, error=f"{held.rows} rows hold a removed member, such as {held.samples[0]}")
        return _count(clickhouse, change.table, column, _lossy(change))
    except ServerUnreachable:
        raise
    except ServerError as error:
        # The conversion itself fails on some row, as the ALTER would after it changed the metadata.
        return Proof(0, error=_first_sentence(str(error)))


def _is_computed(column: Column) -> bool:
    return column.default is not None and column.default.kind in {"ALIAS", "EPHEMERAL"}


def _lossy(change: ChangeType) -> str:
    """Return the condition of a row whose value would not survive: the union of three tests."""
    column = quoted_name(change.live.name)
    live, desired = change.live.type, change.desired.type
    tests = list[str]()
    if is_nullable(live) and not is_nullable(desired):
        tests.append(f"isNull({column})")
    if enum_members(live) is not None and enum_members(desired) is not None:
        return " OR ".join(tests or ["0"])
    # NULLs are counted above; the conversions run on a type that can hold them.
    through = desired if is_nullable(desired) or not is_nullable(live) else _nullable(desired)
    there = f"CAST({column}, {quoted_text(through)})"
    if type_risk(live, desired)[0] is Risk.DESTRUCTIVE:
        # Asks for every converted value, so that one that can't be converted fails here and not in the ALTER.
        # ClickHouse 25.8 converts a number to an Enum without that member, and only its text can't be read.
        value = f"toString({there})" if "Enum" in desired else there
        return " OR ".join([*tests, f"cityHash64({value}) = 0"])
    # Arrays compare their NULLs as equal; ClickHouse 25.8 takes <=> nowhere but in a JOIN.
    tests.append(f"[CAST({there}, {quoted_text(live)})] != [{column}]")
    if _is_plain(desired):
        plain = quoted_text(without_nullable(desired))
        tests.append(f"(isNull(accurateCastOrNull({column}, {plain})) AND isNotNull({column}))")
    return " OR ".join(tests)


def _removed_members(change: ChangeType) -> Sequence[str]:
    """Return the labels, as SQL, of Enum members whose rows no one could read after *change*."""
    members, wanted = enum_members(change.live.type), enum_members(change.desired.type)
    if members is None or wanted is None:
        return ()
    return [label for label, number in members.items() if label not in wanted and number not in wanted.values()]


def _nullable(text: str) -> str:
    if text.startswith("LowCardinality("):
        return f"LowCardinality(Nullable({text.removeprefix('LowCardinality(')})"
    return f"Nullable({text})"


def _is_plain(text: str) -> bool:
    # accurateCastOrNull answers Nullable(T), which is no type for these.
    return not text.startswith(("Array(", "Map(", "Tuple(", "LowCardinality(", "Variant(", "Dynamic", "JSON"))


def _added_to(table: TableId, changes: Iterable[Change]) -> str:
    """Return, as part of a SELECT, what rows will read of the columns that come with the change."""
    added = [c.column for c in changes if isinstance(c, AddColumn) and c.table == table]
    values = (
        f"CAST({column.default.expression}, {quoted_text(column.type)})"
        if column.default and column.default.expression
        else f"defaultValueOfTypeName({quoted_text(column.type)})"
        for column in added
    )
    return "".join(f", {value} AS {quoted_name(column.name)}" for value, column in zip(values, added, strict=True))


def _probe_ttl(clickhouse: ClickHouse, change: ChangeTableTtl | ChangeColumnTtl, added: str) -> Proof | None:
    text = change.desired if isinstance(change, ChangeTableTtl) else change.desired.ttl
    if not text or len(split_top_level(text)) > 1 or _TTL_WORDS & set(tokens(text)):
        return None
    try:
        # No name of a column, which ClickHouse would take for the alias.
        expired = f"SELECT ({text}) <= now() AS moose_dagster_expired{added} FROM {quoted_table(change.table)}"
        rows = clickhouse.query(f"SELECT countIf(moose_dagster_expired) FROM ({expired})")[0][0]
    except ServerUnreachable:
        raise
    except ServerError as error:
        return Proof(0, error=_first_sentence(str(error)))
    return Proof(int(rows))


def _count(clickhouse: ClickHouse, table: TableId, column: str, condition: str) -> Proof:
    rows = clickhouse.query(
        f"SELECT countIf(lossy), groupArrayIf({_SAMPLES})(toString(value), lossy) "
        f"FROM (SELECT {column} AS value, {condition} AS lossy FROM {quoted_table(table)})"
    )
    count, samples = rows[0]
    return Proof(int(count), tuple(str(sample) for sample in samples))


def _first_sentence(message: str) -> str:
    text = message.replace("\n", " ")
    start = text.find("DB::Exception: ")
    return text[start + len("DB::Exception: ") if start >= 0 else 0 :].split(": ", 1)[0][:200]
