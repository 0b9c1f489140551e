"""Read-only probes: how many stored rows a change would lose or alter, before it is sent."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.diff.evolve import evolve_table
from moose_dagster.diff.table_changes import RenameColumn, RenameTable, TableChange, table_of
from moose_dagster.errors import ServerError
from moose_dagster.live.data_parts import (
    column_bytes,
    data_marks,
    hidden_rows,
    tables_with_deleted_rows,
)
from moose_dagster.risk.engines import is_stateless
from moose_dagster.risk.probes import Probe, Proof, Rows, added_to, probe_query, probes_of
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State

# Not every host of a cluster answered: NETWORK_ERROR, ALL_CONNECTION_TRIES_FAILED, and a timeout.
_NO_HOST = frozenset({209, 210, 279})
_NAMED_ERROR = re.compile(r"\(([A-Z][A-Z_0-9]+)\)")


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """How far probes may go.

    Attributes:
        samples: Whether values that would be lost are shown.
        budget: The most bytes, uncompressed, that the probes of one table may read; 0 for no limit.
        answers: What was found, by query and state of the data, so that nothing is scanned twice.
    """

    samples: bool = True
    budget: int = 0
    answers: dict[tuple[str, str], Mapping[str, Proof]] = field(
        default_factory=dict[tuple[str, str], Mapping[str, Proof]], repr=False, compare=False
    )


def prove(
    clickhouse: ClickHouse,
    changes: Iterable[TableChange],
    live: State,
    probe_options: ProbeOptions | None = None,
    clusters: Mapping[TableId, str] | None = None,
) -> Mapping[TableId, Mapping[str, Proof]]:
    """Return what the live data says about data-dependent *changes*, in one scan of each table.

    Keys are the table and the column name; `""` is the table's TTL, `CONSTRAINT c` the constraint
    c. A change that no probe can decide about has no entry.

    Args:
        clickhouse: The server.
        changes: What is to be changed.
        live: The tables as they stand.
        probe_options: How far the probes may go.
        clusters: The cluster of each table that is on one: the rows of all its shards are proved.

    Raises:
        ServerUnreachable: The server went away.
    """
    probe_options = probe_options or ProbeOptions()
    clusters = clusters or {}
    grouped = defaultdict[TableId, list[TableChange]](list)
    for change in changes:
        grouped[table_of(change)].append(change)
    rows = {
        table: _on_cluster(_rows_of(table, of_table), clusters.get(table, ""), live)
        for table, of_table in grouped.items()
    }
    probes = {table: _probes(grouped[table], of_table, live) for table, of_table in rows.items()}
    probes = {table: asked for table, asked in probes.items() if asked}
    if not probes:
        return {}
    # Before the first scan, so that what is written meanwhile shows.
    facts = _table_facts(clickhouse, [rows[table].table for table in probes])
    proofs = dict[TableId, Mapping[str, Proof]]()
    for table, asked in probes.items():
        of_table = rows[table]
        if not of_table.cluster:
            of_table = replace(of_table, deleted=of_table.table in facts.deleted)
        over_budget, affordable = _within(
            probe_options.budget,
            asked,
            _named_sizes(facts.sizes.get(of_table.table, {}), of_table),
        )
        # The parts of this host say nothing of what is written on others.
        mark = "" if of_table.cluster else facts.marks.get(of_table.table, "")
        if hidden := facts.hidden.get(of_table.table):
            proofs[table] = {
                probe.name: Proof(0, skip_reason=f"{hidden}, and can't be checked")
                for probe in asked
            }
            continue
        found = _known_or_asked(clickhouse, of_table, affordable, probe_options, mark)
        proofs[table] = {
            name: replace(proof, data=mark) for name, proof in {**found, **over_budget}.items()
        }
    return proofs


def _rows_of(table: TableId, changes: Sequence[TableChange]) -> Rows:
    """Return where the rows of *table* are now, and under which names."""
    earlier = (change.live for change in changes if isinstance(change, RenameTable))
    names = {
        change.desired: change.live.name for change in changes if isinstance(change, RenameColumn)
    }
    return Rows(next(earlier, table), added_to(table, changes), names)


def _on_cluster(rows: Rows, cluster: str, live: State) -> Rows:
    """Return *rows* on all hosts of *cluster*, "" for this server alone."""
    table = live.tables.get(rows.table)
    replicated = table is not None and table.engine.is_replicated
    return replace(rows, cluster=cluster, replicated=replicated)


def _probes(changes: Sequence[TableChange], rows: Rows, live: State) -> tuple[Probe, ...]:
    live_table = live.tables.get(rows.table)
    if live_table is None or is_stateless(live_table.engine):
        return ()
    for change in changes:
        if isinstance(change, RenameColumn):
            live_table = evolve_table(live_table, change)
    return tuple(probes_of(changes, live_table))


@dataclass(frozen=True, slots=True)
class _TableFacts:
    """What the server shows of tables.

    Attributes:
        marks: A text for the state of the data.
        sizes: The bytes of each column.
        deleted: Those with rows that a lightweight DELETE hides.
        hidden: What a row policy hides, as half a sentence.
    """

    marks: Mapping[TableId, str] = field(default_factory=dict[TableId, str])
    sizes: Mapping[TableId, Mapping[str, int]] = field(
        default_factory=dict[TableId, Mapping[str, int]]
    )
    deleted: Collection[TableId] = ()
    hidden: Mapping[TableId, str] = field(default_factory=dict[TableId, str])


def _table_facts(clickhouse: ClickHouse, tables: Collection[TableId]) -> _TableFacts:
    try:
        deleted = tables_with_deleted_rows(clickhouse, tables)
        marks = data_marks(clickhouse, tables)
        hidden = {table: hidden_rows(clickhouse, table) for table in tables}
        return _TableFacts(marks, column_bytes(clickhouse, tables), deleted, hidden)
    except ServerError:
        return _TableFacts()


def _named_sizes(sizes: Mapping[str, int], rows: Rows) -> Mapping[str, int]:
    return {**sizes, **{name: sizes.get(earlier, 0) for name, earlier in rows.names.items()}}


def _within(
    budget: int, probes: Sequence[Probe], sizes: Mapping[str, int]
) -> tuple[dict[str, Proof], tuple[Probe, ...]]:
    """Return why some of *probes* are not asked, and those that fit the budget together."""
    if not budget:
        return {}, tuple(probes)
    read = frozenset[str]()
    over_budget = dict[str, Proof]()
    for probe in sorted(probes, key=lambda probe: _bytes(probe.columns, sizes)):
        read_columns = read | probe.columns if probe.condition else read
        if _bytes(read_columns, sizes) > budget:
            needed = counted(_bytes(read_columns, sizes), "byte")
            why = (
                f"a check of the data would read {needed} of the table, more than the "
                f"{budget:,} of proof_budget_bytes; "
                "a larger value allows the check"
            )
            over_budget[probe.name] = Proof(0, skip_reason=why)
        else:
            read = read_columns
    return over_budget, tuple(probe for probe in probes if probe.name not in over_budget)


def _bytes(columns: Iterable[str], sizes: Mapping[str, int]) -> int:
    return sizes.get("", 0) + sum(sizes.get(column, 0) for column in columns)


def _known_or_asked(
    clickhouse: ClickHouse,
    rows: Rows,
    probes: Sequence[Probe],
    probe_options: ProbeOptions,
    mark: str,
) -> Mapping[str, Proof]:
    text = probe_query(
        rows, [probe for probe in probes if probe.condition], samples=probe_options.samples
    )
    known = probe_options.answers.get((text, mark))
    if known is not None:
        return known
    found = _answers(clickhouse, rows, probes, samples=probe_options.samples)
    if mark and "now()" not in text:  # what has expired is another answer with each second
        probe_options.answers[text, mark] = found
    return found


def _answers(
    clickhouse: ClickHouse, rows: Rows, probes: Sequence[Probe], *, samples: bool
) -> dict[str, Proof]:
    proofs = {probe.name: Proof(0) for probe in probes if not probe.condition}
    asked = [probe for probe in probes if probe.condition]
    try:
        found = (
            [*zip(asked, _ask(clickhouse, rows, asked, samples=samples), strict=True)]
            if asked
            else []
        )
    except ServerError as error:
        if rows.cluster and error.code in _NO_HOST:
            why = f"not every host of the cluster {rows.cluster} answers"
            return {probe.name: Proof(0, skip_reason=why) for probe in probes}
        if len(asked) > 1:
            # It is the answer of one of them; which one is found out by halves.
            half = len(asked) // 2
            for some in (asked[:half], asked[half:]):
                _keep(proofs, _answers(clickhouse, rows, some, samples=samples))
        elif asked[0].error_means_loss:
            # The conversion itself fails on some row, as the ALTER would after it changed the
            # metadata.
            summary = _error_summary(error, samples=samples)
            proofs[asked[0].name] = Proof(
                0, error=f"{summary}{_if_deleted(clickhouse, rows, asked[0])}"
            )
        return proofs
    for probe, proof in found:
        _keep(proofs, {probe.name: _read(probe, proof)})
    return proofs


def _ask(
    clickhouse: ClickHouse, rows: Rows, probes: Sequence[Probe], *, samples: bool
) -> list[Proof]:
    answers = list(clickhouse.query(probe_query(rows, probes, samples=samples))[0])
    if not samples:
        return [Proof(int(rows)) for rows in answers]
    pairs = zip(answers[::2], answers[1::2], strict=True)
    return [Proof(int(count), tuple(map(str, found))) for count, found in pairs]


def _if_deleted(clickhouse: ClickHouse, rows: Rows, probe: Probe) -> str:
    """Return what to do where only rows that are deleted, and still stored, can't be converted."""
    if not rows.deleted:
        return ""
    try:
        _ask(clickhouse, replace(rows, deleted=False), [probe], samples=False)
    except ServerError:
        return ""
    return (
        "; only rows that were deleted hold such values, "
        f"and ALTER TABLE {rows.table} APPLY DELETED MASK removes them"
    )


def _read(probe: Probe, proof: Proof) -> Proof:
    if not probe.impossible or not proof.rows:
        return proof
    such = f", such as {proof.samples[0]}" if proof.samples else ""
    rows = f"{counted(proof.rows, 'row')} {'holds' if proof.rows == 1 else 'hold'}"
    return replace(proof, error=f"{rows} {probe.impossible}{such}")


def _keep(proofs: dict[str, Proof], found: Mapping[str, Proof]) -> None:
    """Add *found* to *proofs*; of two answers about one column the worse one stays."""
    for name, proof in found.items():
        known = proofs.get(name)
        if known is None or (bool(proof.error), proof.rows) > (bool(known.error), known.rows):
            proofs[name] = proof


def _error_summary(error: ServerError, *, samples: bool) -> str:
    """Return the first sentence of the message, or its name where that could hold a value."""
    text = str(error).replace("\n", " ")
    named = _NAMED_ERROR.findall(text)
    if not samples:
        return named[-1] if named else f"code {error.code}"
    start = text.find("DB::Exception: ")
    return text[start + len("DB::Exception: ") if start >= 0 else 0 :].split(": ", 1)[0][:200]
