"""Secrets in texts that nothing fills in: they would reach the server as their placeholder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from moose_dagster.declare.faults import Fault
from moose_dagster.sql.environment import variables_in
from moose_dagster.state.rename import text_of
from moose_dagster.state.tables import Column, Table
from moose_dagster.state.topics import Topic
from moose_dagster.state.views import View, ViewKind

_EXPRESSION = "compute the value where the rows are written, or store it in a Dictionary"
_TEXT = "take it out"
_WHOLE = "give the whole value as Secret(...)"
_QUERY = "use a named collection of the server, or store the value in a Dictionary"


@dataclass(frozen=True, slots=True)
class _Place:
    """A text of a declaration that no secret is filled into.

    Attributes:
        name: What it is.
        text: The text.
        remedy: What to do instead.
        path: The field it belongs to, `()` for the whole resource.
    """

    name: str
    text: str
    remedy: str
    path: tuple[str, ...] = ()


def misplaced_in_table(table: Table) -> Iterator[Fault]:
    """Yield a fault for each secret in a text of *table* that nothing fills in."""
    yield from _faults(_places_of_table(table))


def misplaced_in_view(view: View) -> Iterator[Fault]:
    """Yield a fault for each secret in a text of *view* that nothing fills in."""
    places = [_Place("the name", view.id.name, _TEXT), _Place("the comment", view.comment, _TEXT)]
    if view.kind is not ViewKind.DICTIONARY:
        places.append(_Place("the query", view.query, _QUERY))
        places.append(_Place("refresh", view.refresh, _TEXT))
        places.append(_Place("security", view.security, _TEXT))
        places += [place for column in view.columns for place in _places_of_column(column)]
    yield from _faults(places)
    if view.inner is not None:
        yield from misplaced_in_table(view.inner)


def misplaced_in_topic(topic: Topic) -> Iterator[Fault]:
    """Yield a fault for each secret in a config of *topic*, where nothing fills it in."""
    yield from _faults(
        _Place(f"the config {name}", value, _TEXT, ("topic_config", name))
        for name, value in topic.configs.items()
    )


def _faults(places: Iterable[_Place]) -> Iterator[Fault]:
    for place in places:
        for variable in variables_in(place.text):
            yield Fault(
                f"the Secret {variable} in {place.name} would reach the server as the text "
                f"{{env:{variable}}}; {place.remedy}.",
                place.path,
            )


def _places_of_table(table: Table) -> Iterator[_Place]:
    yield _Place("the name", table.id.name, _TEXT)
    for column in table.columns:
        yield from _places_of_column(column)
    for argument in table.engine.arguments:
        yield _Place(f"an argument of {table.engine.name}", argument, _WHOLE)
    yield _Place("ORDER BY", ", ".join(table.order_by), _EXPRESSION)
    yield _Place("PRIMARY KEY", ", ".join(table.primary_key or ()), _EXPRESSION)
    yield _Place("PARTITION BY", table.partition_by, _EXPRESSION, ("partition_by",))
    yield _Place("SAMPLE BY", table.sample_by, _EXPRESSION, ("sample_by_expression",))
    yield _Place("TTL", table.ttl, _EXPRESSION, ("ttl",))
    for name, value in table.settings.items():
        yield _Place(f"the setting {name}", value, _WHOLE, ("settings",))
    yield _Place("the comment", table.comment, _TEXT, ("comment",))
    for element in table.elements:
        kind = type(element).__name__.lower()
        yield _Place(f"the {kind} {element.name}", element.name + text_of(element), _EXPRESSION)


def _places_of_column(column: Column) -> Iterator[_Place]:
    path = (column.name,)
    yield _Place("the name of a column", column.name, _TEXT, path)
    yield _Place(f"the type {column.type.partition('(')[0]}", column.type, _TEXT, path)
    if column.default is not None:
        yield _Place(column.default.kind, column.default.expression, _EXPRESSION, path)
    yield _Place("TTL", column.ttl, _EXPRESSION, path)
    yield _Place("the codec", column.codec, _TEXT, path)
    yield _Place("the statistics", column.statistics, _TEXT, path)
    yield _Place("the description", column.comment, _TEXT, path)
