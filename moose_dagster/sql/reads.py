"""Tell from their texts what tables, views and dictionaries read."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from moose_dagster.sql.dictionaries import source_tables
from moose_dagster.sql.lookups import ENGINES_OVER_TABLES
from moose_dagster.sql.quoting import written_name
from moose_dagster.sql.views import read_by
from moose_dagster.state.graph import Reader
from moose_dagster.state.names import TableId
from moose_dagster.state.rename import text_of
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Engine, Table
from moose_dagster.state.tokens import clauses, end_of_call, split_top_level, tokens
from moose_dagster.state.views import View, ViewKind, is_incremental

_MAY_READ = re.compile(r"dict|joinGet|loop|cluster|mergeTree|\bIN\b|\bFROM\b|merge", re.IGNORECASE)
_CURRENT = frozenset({"currentdatabase", "current_database", "database", "schema"})


def readers_in(state: State, others: Iterable[Reader] = ()) -> Iterator[Reader]:
    """Yield what reads or fills something in *state*, and *others*, with the tables of `merge`.

    Args:
        state: The tables, views and dictionaries of one side.
        others: Further readers, which are not declared.
    """
    found = [reader for table in state.tables.values() if (reader := reader_of_table(table))]
    found += [reader_of_view(view) for view in state.views.values()]
    own = {*state.tables, *(view.place for view in state.views)}
    found += [reader for reader in others if reader.place not in own]
    merging = [reader for reader in found if "merge" in reader.text.lower()]
    merged = {reader.place: _merged_by(reader, own) for reader in merging}
    for reader in found:
        more = merged.get(reader.place, ())
        yield (_reading(reader, (*reader.reads, *more)) if more else reader)


def reader_of_view(view: View) -> Reader:
    """Return what *view* reads and fills."""
    read = [*view.reads]
    if view.kind is ViewKind.DICTIONARY:
        read += source_tables(view.query, view.id.database)
    read += _refreshed_after(view)
    reader = Reader(
        view.id,
        view.kind.value.lower(),
        fills=view.target,
        text=view.query,
        is_loaded_from=view.kind is ViewKind.DICTIONARY,
        is_incremental=is_incremental(view),
    )
    return _reading(reader, read)


def reader_of_table(table: Table) -> Reader | None:
    """Return what the engine and the expressions of *table* read, or None for nothing."""
    engine = table.engine
    of_engine = [*read_by_engine(engine, table.id.database)]
    texts = [text for text in _expressions(table) if _MAY_READ.search(text)]
    of_texts = [place for text in texts for place in read_by(text, table.id.database)]
    if engine.name == "Merge":
        texts = [f"merge({', '.join(engine.arguments)})", *texts]
    if not of_engine and not texts:
        return None
    is_over = bool(of_engine) or engine.name == "Merge"
    reader = Reader(
        table.id,
        f"{engine.name} table" if is_over else "table",
        text="\n".join((*(column.name for column in table.columns if is_over), *texts)),
        is_loaded_from=bool(of_texts),
    )
    return _reading(reader, (*of_engine, *of_texts))


def read_by_engine(engine: Engine, database: str) -> Iterator[TableId]:
    """Yield the table or dictionary that a table of *engine* stands over."""
    if engine.name == "Dictionary" and engine.arguments:
        name = written_name(engine.arguments[0])
        yield TableId.parse(name) or TableId(database, name)
    first = ENGINES_OVER_TABLES.get(engine.name)
    if first is not None and len(engine.arguments) > first + 1:
        place, name = engine.arguments[first : first + 2]
        yield TableId(_database(place, database), written_name(name))


def _expressions(table: Table) -> Iterator[str]:
    for column in table.columns:
        if column.default is not None:
            yield column.default.expression
        yield column.ttl
    yield from table.order_by
    yield from (table.partition_by, table.sample_by, table.ttl)
    yield from map(text_of, table.elements)


def _refreshed_after(view: View) -> Iterator[TableId]:
    """Yield the views that a refreshable view waits for: DEPENDS ON."""
    cut = clauses(view.refresh, [("DEPENDS", "ON"), ("SETTINGS",), ("APPEND",), ("INCREMENTAL",)])
    for name in split_top_level(cut.get("DEPENDS ON", "")):
        parts = [written_name(piece) for piece in tokens(name) if piece.strip() and piece != "."]
        yield TableId(*parts) if len(parts) > 1 else TableId(view.id.database, parts[0])


def _merged_by(reader: Reader, places: Collection[TableId]) -> tuple[TableId, ...]:
    """Return those of *places* that `merge(database, 'pattern')` in the text of *reader* names."""
    pieces = [piece for piece in tokens(reader.text) if piece.strip()]
    found = list[TableId]()
    for position, piece in enumerate(pieces):
        end = end_of_call(pieces, position) if piece.lower() == "merge" else 0
        if end:
            *database, pattern = split_top_level("".join(pieces[position + 2 : end])) or ("",)
            found += _matching(places, "".join(database), pattern, reader.id.database)
    return tuple(found)


def _matching(
    places: Collection[TableId], database: str, pattern: str, own: str
) -> Iterator[TableId]:
    is_pattern = database.upper().startswith("REGEXP(")
    in_database = written_name(database[7:-1]) if is_pattern else _database(database, own)
    try:
        name = re.compile(written_name(pattern))
        place = re.compile(in_database if is_pattern else re.escape(in_database) + r"\Z")
    except re.error:
        return  # a pattern that only the server's library reads
    yield from (
        one for one in sorted(places) if place.match(one.database) and name.search(one.name)
    )


def _database(argument: str, own: str) -> str:
    """Return the database that an argument such as `'shop'` or `currentDatabase()` names."""
    is_own = not argument or argument.partition("(")[0].lower() in _CURRENT
    return own if is_own else written_name(argument) or own


def _reading(reader: Reader, read: Iterable[TableId]) -> Reader:
    """Return *reader* as it reads *read*, each once and without itself."""
    reads = tuple(place for place in dict.fromkeys(read) if place != reader.place)
    return replace(reader, reads=reads)
