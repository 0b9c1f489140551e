"""Give tables, views and topics other names, also in every text that names them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from moose_dagster.sql.dictionaries import LOCAL_HOSTS
from moose_dagster.sql.lookups import ENGINES_OVER_TABLES, TABLE_FUNCTIONS, takes_full_name
from moose_dagster.sql.quoting import name_in_expression, quoted_text, written_name
from moose_dagster.sql.select import Query
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import (
    Column,
    Engine,
    Projection,
    Table,
    TableElement,
    with_elements,
)
from moose_dagster.state.tokens import end_of_call, split_top_level, tokens
from moose_dagster.state.topics import Topic, TopicId
from moose_dagster.state.views import View, ViewKind

_KAFKA_TOPICS = "kafka_topic_list"
R = TypeVar("R", bound=ResourceId)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Moves:
    """Which names change.

    Attributes:
        tables: The new name of each table, view and dictionary that has one, by its name so far.
        topics: The same for topics.
        databases: The new name of each database whose tables move.
    """

    tables: Mapping[TableId, TableId] = field(default_factory=dict[TableId, TableId])
    topics: Mapping[TopicId, TopicId] = field(default_factory=dict[TopicId, TopicId])
    databases: Mapping[str, str] = field(default_factory=dict[str, str])

    def place(self, table: TableId) -> TableId:
        """Return the name of a table, a view or a dictionary."""
        return self.resource(TableId(table.database, table.name))

    def topic(self, topic: TopicId) -> TopicId:
        """Return the name of a topic."""
        return self.topics.get(topic, topic)

    def resource(self, resource: R) -> R:
        """Return the name of a resource, whose kind stays the same."""
        if isinstance(resource, TopicId):
            return type(resource)(self.topic(resource).name)
        new = self.tables.get(TableId(resource.database, resource.name))
        return resource if new is None else type(resource)(new.database, new.name)

    def keys(self, values: Mapping[R, V]) -> dict[R, V]:
        """Return *values* by the new names."""
        return {self.resource(resource): value for resource, value in values.items()}


def moved_state(state: State, moves: Moves) -> State:
    """Return *state* with the names of *moves*, in texts as well."""
    tables = (moved_table(table, moves) for table in state.tables.values())
    views = (moved_view(view, moves) for view in state.views.values())
    topics = (_moved_topic(topic, moves) for topic in state.topics.values())
    by_table = {table.id: table for table in tables}
    by_topic = {topic.id: topic for topic in topics}
    by_view = {view.id: view for view in views}
    return State(by_table, by_topic, by_view)


def moved_table(table: Table, moves: Moves) -> Table:
    """Return *table* under its new name, and with the new names in its engine and expressions."""
    database = table.id.database

    def follow(text: str) -> str:
        return moved_text(text, database, moves)

    settings = {
        name: _moved_topics(value, moves) if name == _KAFKA_TOPICS else value
        for name, value in table.settings.items()
    }
    columns = tuple(_moved_column(column, follow) for column in table.columns)
    elements = (_moved_element(element, follow) for element in table.elements)
    return replace(
        with_elements(table, elements),
        id=moves.place(table.id),
        columns=columns,
        engine=_moved_engine(table.engine, moves),
        order_by=tuple(map(follow, table.order_by)),
        partition_by=follow(table.partition_by),
        ttl=follow(table.ttl),
        settings=settings,
    )


def moved_view(view: View, moves: Moves) -> View:
    """Return *view* under its new name, reading and writing the new names."""
    database = view.id.database
    id_ = moves.resource(view.id)
    query = (
        moved_definition(view.query, view.id, moves)
        if view.kind is ViewKind.DICTIONARY
        else moved_text(view.query, database, moves)
    )
    inner = None if view.inner is None else moved_table(view.inner, moves)
    return replace(
        view,
        id=id_,
        query=query,
        target=None if view.target is None else moves.place(view.target),
        inner=None if inner is None else replace(inner, id=TableId(id_.database, id_.name)),
        refresh=_moved_refresh(view.refresh, moves),
        reads=tuple(moves.place(table) for table in view.reads),
    )


def moved_text(text: str, database: str, moves: Moves) -> str:
    """Return a SELECT or an expression with the new names.

    Args:
        text: The text.
        database: Where tables live that it does not qualify.
        moves: The new names.
    """
    if not any(name in text for name in moves.databases):
        return text  # what is not qualified moves with what contains it
    query = Query(text, database)
    pieces = list(tokens(text))
    words = [position for position, piece in enumerate(pieces) if piece.strip()]
    for name_database, name, table in query.named:
        if table in moves.tables:
            new = moves.tables[table]
            qualifier = f"{name_in_expression(new.database)}."
            pieces[words[name]] = name_in_expression(new.name)
            if name_database is None:
                pieces[words[name]] = qualifier + pieces[words[name]]
            else:
                pieces[words[name_database]] = name_in_expression(new.database)
    replaced = {position for where in query.named for position in where[:2]}
    _move_columns(pieces, words, replaced, moves)
    _move_arguments(pieces, words, moves)
    return "".join(pieces)


def moved_definition(definition: str, dictionary: TableId, moves: Moves) -> str:
    """Return the text after the name of a dictionary, whose source has the new names.

    A source on another host keeps its names.
    """
    pieces = list(tokens(definition))
    words = [position for position, piece in enumerate(pieces) if piece.strip()]
    for start, position in enumerate(words[:-1]):
        if pieces[position].upper() == "CLICKHOUSE" and pieces[words[start + 1]] == "(":
            first = words[start + 1]
            last = end_of_call(pieces, first - 1)
            inside = "".join(pieces[first + 1 : last])
            pieces[first + 1 : last] = [_moved_source(inside, dictionary, moves)]
            break
    return "".join(pieces)


def _moved_source(source: str, dictionary: TableId, moves: Moves) -> str:
    """Return the parameters of `SOURCE(CLICKHOUSE(...))` with the new names."""
    pieces = list(tokens(source))
    words = [position for position, piece in enumerate(pieces) if piece.strip()]
    values = {pieces[words[i]].upper(): words[i + 1] for i in range(0, len(words) - 1, 2)}
    given = {key: written_name(pieces[position]) for key, position in values.items()}
    if given.get("HOST", "localhost") not in LOCAL_HOSTS:
        return source
    for key in {"QUERY", "INVALIDATE_QUERY"} & values.keys():
        pieces[values[key]] = quoted_text(moved_text(given[key], dictionary.database, moves))
    if "TABLE" in given:
        database = given.get("DB", dictionary.database)
        new = moves.place(TableId(database, given["TABLE"]))
        if "DB" in given:
            pieces[values["DB"]] = quoted_text(new.database)
        elif new.database != moves.place(dictionary).database:
            pieces.insert(0, f"DB {quoted_text(new.database)} ")
    return "".join(pieces)


def _moved_element(element: TableElement, follow: Callable[[str], str]) -> TableElement:
    if isinstance(element, Projection):
        return replace(element, body=follow(element.body))
    return replace(element, expression=follow(element.expression))


def _moved_column(column: Column, follow: Callable[[str], str]) -> Column:
    default = column.default
    if default is not None:
        default = replace(default, expression=follow(default.expression))
    return replace(column, default=default, ttl=follow(column.ttl))


def _moved_engine(engine: Engine, moves: Moves) -> Engine:
    arguments = list(engine.arguments)
    first = ENGINES_OVER_TABLES.get(engine.name)
    if first is not None and len(arguments) > first + 1:
        pair = moves.place(
            TableId(written_name(arguments[first]), written_name(arguments[first + 1]))
        )
        arguments[first] = _written_as(arguments[first], pair.database)
        arguments[first + 1] = _written_as(arguments[first + 1], pair.name)
    elif engine.name == "Merge" and arguments:
        database = written_name(arguments[0])
        arguments[0] = _written_as(arguments[0], moves.databases.get(database, database))
    elif engine.name == "Dictionary" and arguments:
        arguments[0] = _moved_full_name(arguments[0], moves)
    elif engine.name == "Kafka" and len(arguments) > 1:
        topics = _moved_topics(written_name(arguments[1]), moves)
        arguments[1] = _written_as(arguments[1], topics)
    return replace(engine, arguments=tuple(arguments))


def _moved_topics(names: str, moves: Moves) -> str:
    """Return a list of topics, separated by commas, with the new names."""
    return ",".join(moves.topic(TopicId(name.strip())).name for name in names.split(","))


def _moved_topic(topic: Topic, moves: Moves) -> Topic:
    return replace(topic, id=moves.topic(topic.id))


def _moved_refresh(refresh: str, moves: Moves) -> str:
    """Return the text after REFRESH with the new names of the views after DEPENDS ON."""
    before, words, after = refresh.partition("DEPENDS ON ")
    if not words:
        return refresh
    names = list[str]()
    for name in split_top_level(after):
        pieces = list(tokens(name))
        positions = [position for position, piece in enumerate(pieces) if piece.strip()]
        _move_pair(pieces, positions, (0, 2), moves)
        names.append("".join(pieces))
    return f"{before}{words}{', '.join(names)}"


def _move_columns(
    pieces: list[str], words: Sequence[int], replaced: set[int | None], moves: Moves
) -> None:
    """Follow the names in front of columns: `database.table.column`."""
    for i in range(len(words) - 4):
        dots = (pieces[words[i + 1]], pieces[words[i + 3]])
        is_first = i == 0 or pieces[words[i - 1]] != "."
        if dots == (".", ".") and is_first and i not in replaced:
            _move_pair(pieces, words, (i, i + 2), moves)


def _move_arguments(pieces: list[str], words: Sequence[int], moves: Moves) -> None:
    """Follow the names in arguments of functions, as names or as texts."""
    for i in range(len(words) - 2):
        function = pieces[words[i]].lower()
        if pieces[words[i + 1]] != "(":
            continue
        first = i + 2
        if takes_full_name(function):
            pieces[words[first]] = _moved_full_name(pieces[words[first]], moves)
        elif function == "merge":
            database = written_name(pieces[words[first]])
            new = moves.databases.get(database, database)
            pieces[words[first]] = _written_as(pieces[words[first]], new)
        elif function in TABLE_FUNCTIONS:
            skipped = 2 if function.startswith("cluster") else 0
            at = first + skipped
            if at + 2 < len(words) and pieces[words[at + 1]] in {".", ","}:
                _move_pair(pieces, words, (at, at + 2), moves)


def _move_pair(
    pieces: list[str], words: Sequence[int], pair: tuple[int, int], moves: Moves
) -> None:
    if pair[1] >= len(words):
        return
    database, name = (words[position] for position in pair)
    new = moves.place(TableId(written_name(pieces[database]), written_name(pieces[name])))
    pieces[database] = _written_as(pieces[database], new.database)
    pieces[name] = _written_as(pieces[name], new.name)


def _moved_full_name(written: str, moves: Moves) -> str:
    """Return `'database.name'` with the new name."""
    table = TableId.parse(written_name(written))
    if table is None or table not in moves.tables:
        return written
    return _written_as(written, str(moves.tables[table]))


def _written_as(piece: str, text: str) -> str:
    """Return *text* as a name where *piece* is one, and as a string literal where it is one."""
    if written_name(piece) == text:
        return piece
    return quoted_text(text) if piece.startswith("'") else name_in_expression(text)
