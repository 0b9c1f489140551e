"""Ask the server how it spells what the code wrote, in one batched read-only query.

A text the server can't format is unknown, never different: the live one stands in its place
and the facet is named as not compared.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeAlias

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.errors import ServerError
from moose_dagster.live.texts import as_sql, readable
from moose_dagster.sql.create import key
from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.parse import parse_column_list, parse_storage
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.sql.user_functions import UserFunction, inline_user_functions, user_function
from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Engine, Table, TableElement, with_elements
from moose_dagster.state.tokens import bare_name, split_top_level, tokens
from moose_dagster.state.types import is_known_type

# One statement must stay below the server's max_query_size of 256 KiB.
_MOST_CHARACTERS = 100_000
_TYPE = "TYPE "
_ENGINE = "ENGINE = MergeTree "
_DUMMY = "CREATE TABLE t "
# On ClickHouse 26.9 it gives the stored text of 77 of 82 expressions, and of 1,000 tables of 20
# columns in less than a second. It keeps the case of function names, such as NOW().
_FORMAT = "formatQuerySingleLineOrNull(s)"
_LINE_BREAK = re.compile(r"([(,])\n\s*")
Spelling: TypeAlias = Callable[[str, str], str | None]
"""A facet and its written text -> the server's text, or None where it has none.

The text is `SELECT 1+1`, or what follows `CREATE TABLE t`.
"""


@dataclass(frozen=True, slots=True)
class _BuiltIn:
    """A function of the server itself: the name that it is stored by, and whether case counts."""

    name: str
    any_case: bool


@dataclass(frozen=True, slots=True)
class Normalized:
    """Desired tables in the server's spelling.

    Attributes:
        state: The tables.
        unknown: The facets that could not be compared, by table.
    """

    state: State
    unknown: Mapping[TableId, tuple[str, ...]] = field(
        default_factory=dict[TableId, tuple[str, ...]]
    )


def normalized(clickhouse: ClickHouse, live: State, desired: State) -> Normalized:
    """Return *desired* with what differs from *live* in the server's spelling."""
    pairs = [
        (live.tables[table.id], table)
        for table in desired.tables.values()
        if table.id in live.tables and live.tables[table.id] != table
    ]
    asked = list[str]()

    def note(_facet: str, text: str) -> str:
        asked.append(text)
        return text

    for live_table, table in pairs:
        _normalized_table(live_table, table, note)
    if not asked:
        return Normalized(desired)
    formatted_text = _ask(
        clickhouse, dict.fromkeys(text for text in asked if not text.startswith(_TYPE))
    )
    formatted_text |= _ask_types(
        clickhouse, sorted({text for text in asked if text.startswith(_TYPE)})
    )
    tables = dict(desired.tables)
    unknown = dict[TableId, tuple[str, ...]]()
    for live_table, table in pairs:
        missing = list[str]()

        def answer(facet: str, text: str, missing: list[str] = missing) -> str | None:
            if text not in formatted_text and facet:
                missing.append(facet)
            return formatted_text.get(text)

        tables[table.id] = canonical(_normalized_table(live_table, table, answer))
        if missing:
            unknown[table.id] = tuple(missing)
    return Normalized(State(tables), unknown)


def _ask(clickhouse: ClickHouse, clauses: Iterable[str]) -> dict[str, str]:
    wrapped = {text: text if text.startswith("SELECT ") else _DUMMY + text for text in clauses}
    answers = formatted(clickhouse, wrapped.values())
    return {text: answers[statement] for text, statement in wrapped.items() if statement in answers}


def formatted(clickhouse: ClickHouse, statements: Iterable[str]) -> dict[str, str]:
    """Return what the server stores for each of *statements* that it can read.

    It stores functions by one name each, and what the functions of users stand for.
    """
    answers = dict[str, str]()
    for batch in _batches(list(dict.fromkeys(statements))):
        literals = ", ".join(quoted_text(text) for text in batch)
        row = clickhouse.query(
            f"SELECT arrayMap(a -> {readable('a')}, arrayMap(s -> {_FORMAT}, [{literals}]))"
        )[0]
        answers.update(
            {
                text: as_sql(answer)
                for text, answer in zip(batch, row[0], strict=True)
                if answer is not None
            }
        )
    built_in = _built_in_functions(clickhouse)
    functions = _user_functions(clickhouse, answers.values(), built_in)
    names = {
        name.lower(): function.name for name, function in built_in.items() if function.any_case
    }
    return {
        text: _with_function_names(inline_user_functions(answer, functions), names)
        for text, answer in answers.items()
    }


def _ask_types(clickhouse: ClickHouse, texts: Sequence[str]) -> dict[str, str]:
    if not texts:
        return {}
    names = (
        f"toTypeName(defaultValueOfTypeName({quoted_text(text.removeprefix(_TYPE))}))"
        for text in texts
    )
    try:
        row = clickhouse.query(f"SELECT [{', '.join(names)}]")[0]
    except ServerError:
        # One name that is not a type fails the whole query; the others still deserve an answer.
        halves = (texts[: len(texts) // 2], texts[len(texts) // 2 :]) if len(texts) > 1 else ()
        return {
            text: name for half in halves for text, name in _ask_types(clickhouse, half).items()
        }
    return {text: _on_one_line(name) for text, name in zip(texts, row[0], strict=True)}


def _on_one_line(type_name: str) -> str:
    # A Tuple is answered on several lines, with an element on each.
    return _LINE_BREAK.sub(lambda found: "(" if found[1] == "(" else ", ", type_name)


def _batches(texts: list[str]) -> Iterable[list[str]]:
    batch = list[str]()
    size = 0
    for text in texts:
        if batch and size + 2 * len(text) > _MOST_CHARACTERS:
            yield batch
            batch = []
            size = 0
        batch.append(text)
        size += 2 * len(text) + len(_DUMMY)
    if batch:
        yield batch


def _built_in_functions(clickhouse: ClickHouse) -> Mapping[str, _BuiltIn]:
    """Return the server's own functions by name."""
    # ClickHouse 26 stores `DATE_TRUNC` as `dateTrunc`.
    rows = clickhouse.query_once(
        "SELECT name, if(alias_to = '', name, alias_to), case_insensitive FROM system.functions "
        "WHERE origin != 'SQLUserDefined'"
    )
    return {str(name): _BuiltIn(str(stored), bool(any_case)) for name, stored, any_case in rows}


def _user_functions(
    clickhouse: ClickHouse, texts: Iterable[str], built_in: Mapping[str, _BuiltIn]
) -> Mapping[str, UserFunction]:
    """Return the functions that users made, or nothing where *texts* call none of them."""
    # The server takes 25 ms to list its functions, and most plans call none of a user.
    if not any(_called(text) - built_in.keys() for text in texts):
        return {}
    rows = clickhouse.query(
        "SELECT name, create_query FROM system.functions WHERE origin = 'SQLUserDefined'"
    )
    return {str(name): user_function(created) for name, created in rows}


def _called(text: str) -> set[str]:
    """Return each name directly before a bracket: functions, and some types and engines."""
    return {bare_name(piece) for piece, after in pairwise(tokens(text)) if after == "("}


def _with_function_names(text: str, names: Mapping[str, str]) -> str:
    pieces = list(tokens(text))
    followed = [*pieces[1:], ""]
    return "".join(
        names.get(piece.lower(), piece) if after == "(" else piece
        for piece, after in zip(pieces, followed, strict=True)
    )


def _normalized_table(live: Table, desired: Table, spelling: Spelling) -> Table:
    live_columns = {column.name: column for column in live.columns}
    columns = tuple(
        _column(live_columns.get(column.name, column), column, spelling)
        for column in desired.columns
    )
    table = replace(desired, columns=columns)
    if live.order_by != desired.order_by:
        formatted_text = _clause("ORDER BY", key(desired.order_by), spelling)
        table = replace(
            table, order_by=live.order_by if formatted_text is None else (formatted_text,)
        )
    if desired.primary_key is not None and live.primary_key != desired.primary_key:
        formatted_text = _clause("PRIMARY KEY", key(desired.primary_key), spelling)
        table = replace(
            table, primary_key=live.primary_key if formatted_text is None else (formatted_text,)
        )
    if desired.partition_by and live.partition_by != desired.partition_by:
        formatted_text = _clause(
            "PARTITION BY", key(split_top_level(desired.partition_by)), spelling
        )
        table = replace(
            table, partition_by=live.partition_by if formatted_text is None else formatted_text
        )
    if desired.sample_by and live.sample_by != desired.sample_by:
        formatted_text = _clause("SAMPLE BY", desired.sample_by, spelling)
        table = replace(
            table, sample_by=live.sample_by if formatted_text is None else formatted_text
        )
    if desired.ttl and live.ttl != desired.ttl:
        formatted_text = _clause("TTL", desired.ttl, spelling)
        table = replace(table, ttl=live.ttl if formatted_text is None else formatted_text)
    if desired.engine.arguments and live.engine != desired.engine:
        table = replace(table, engine=_engine(live.engine, desired.engine, spelling))
    if desired.elements != live.elements:
        table = with_elements(table, _elements(live, desired, spelling))
    return table


def _elements(live: Table, desired: Table, spelling: Spelling) -> Iterator[TableElement]:
    live_elements = {(type(element), element.name): element for element in live.elements}
    for element in desired.elements:
        live_element = live_elements.get((type(element), element.name))
        if element == live_element:
            yield element
            continue
        facet = f"{type(element).__name__.lower()} {element.name}"
        answer = spelling(facet, f"(c Int8, {element_definition(element)}) {_ENGINE}ORDER BY c")
        found = parse_column_list(answer).elements if answer is not None else ()
        yield found[0] if found else live_element or element


def _engine(live: Engine, desired: Engine, spelling: Spelling) -> Engine:
    answer = spelling("engine", f"(c Int8) ENGINE = {desired}")
    return live if answer is None else parse_storage(answer.partition(" ENGINE = ")[2]).engine


def _column(live: Column, desired: Column, spelling: Spelling) -> Column:
    column = desired
    if live.type != desired.type:
        column = replace(column, type=_type(live, desired, spelling))
    if desired.default and desired.default.expression and live.default != desired.default:
        answer = spelling(f"default of {desired.name}", f"SELECT {desired.default.expression}")
        default = replace(desired.default, expression=(answer or "").removeprefix("SELECT "))
        column = replace(column, default=live.default if answer is None else default)
    if desired.ttl and live.ttl != desired.ttl:
        answer = spelling(f"TTL of {desired.name}", f"SELECT {desired.ttl}")
        column = replace(column, ttl=live.ttl if answer is None else answer.removeprefix("SELECT "))
    return column


def _type(live: Column, desired: Column, spelling: Spelling) -> str:
    known = is_known_type(desired.type)
    # A type that the registry can parse is compared even where an older server can't parse it.
    facet = "" if known else f"type of {desired.name}"
    answer = spelling(facet, f"{_TYPE}{desired.type}")
    return (desired.type if known else live.type) if answer is None else answer.removeprefix(_TYPE)


def _clause(keyword: str, written: str, spelling: Spelling) -> str | None:
    clause = f"{keyword} {written}"
    if keyword != "ORDER BY":  # the server formats no MergeTree without a sorting key
        clause = f"ORDER BY c {clause}"
    answer = spelling(keyword, f"(c Int8) {_ENGINE}{clause}")
    if answer is None:
        return None
    storage = parse_storage(answer.partition(" ENGINE = ")[2])
    found = {
        "ORDER BY": storage.order_by,
        "PRIMARY KEY": storage.primary_key or "",
        "PARTITION BY": storage.partition_by,
        "SAMPLE BY": storage.sample_by,
        "TTL": storage.ttl,
    }
    return found[keyword]
