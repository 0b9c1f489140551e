"""A live view or dictionary as the Python that declares it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from pydantic import BaseModel

from moose_dagster.declare.desired_views import desired_view, model_of, view_faults
from moose_dagster.declare.misplaced_secrets import misplaced_in_view
from moose_dagster.declare.models import ModelColumns, columns_of
from moose_dagster.declare.tables import OlapConfig, OlapTable
from moose_dagster.declare.views import AnyView
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.pull.check import Findings, loaded, sentence
from moose_dagster.pull.engines import engine_node
from moose_dagster.pull.layout import Node, call, keyword, laid_out, listed, literal, mapped
from moose_dagster.pull.names import ModuleNames
from moose_dagster.pull.tables import element_options, key_options, model_text, secret_name
from moose_dagster.sql.create import column_definition
from moose_dagster.sql.environment import matches, without_secrets
from moose_dagster.state.names import TableId
from moose_dagster.state.reading_order import in_reading_order
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.tables import Table
from moose_dagster.state.views import USUAL_SETTINGS, View, ViewKind, fill_undeclared_view


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration in a module, for others to refer to.

    Attributes:
        variable: The name of its variable.
        model: The name of the class of its rows; "" for a view.
        table: The live table; None for a view.
    """

    variable: str
    model: str = ""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class ViewWriting:
    """How a view is written.

    Attributes:
        variable: The name of its variable.
        model: The name of the class of its own storage; "" if it has none.
        life_cycle: Its life cycle.
        declared: The declarations that it may refer to.
    """

    variable: str
    model: str
    life_cycle: LifeCycle
    declared: Mapping[TableId, Declared]


def in_order(views: Iterable[View]) -> tuple[View, ...]:
    """Return *views* by name, each after those of them that it reads."""
    by_place = {view.id.place: view for view in sorted(views, key=lambda view: view.id)}
    reads = {place: view.reads for place, view in by_place.items()}
    return tuple(by_place[place] for place in in_reading_order(reads))


def view_text(view: View, writing: ViewWriting, names: ModuleNames) -> str:
    """Return the declaration of *view*, after the class of its own storage if it has one."""
    bases = listed(
        writing.declared[table].variable for table in view.reads if table in writing.declared
    )
    if view.kind is ViewKind.MATERIALIZED_VIEW:
        return _materialized(view, writing, bases, names)
    name, text = (
        ("Dictionary", _definition(view)[0])
        if view.kind is ViewKind.DICTIONARY
        else ("View", view.query)
    )
    config = call("ViewConfig", *(keyword(name, value) for name, value in _about(view, writing)))
    based = [bases] if bases.items else []
    declared = call(name, literal(view.id.name), literal(text), *based, keyword("config", config))
    return laid_out(declared, before=f"{writing.variable} = ")


def findings_in_view(text: str, view: View, writing: ViewWriting) -> Findings:
    """Return what is wrong with the declaration in *text* of the live *view*."""
    # Tables that it refers to are declared elsewhere in the module; only their names matter here.
    others: dict[str, Any] = {
        declared.variable: OlapTable[BaseModel](table.name, OlapConfig(database=table.database))
        for table, declared in writing.declared.items()
    }
    classes = {
        declared.model: BaseModel for declared in writing.declared.values() if declared.model
    }
    declared: AnyView = loaded(text, {**others, **classes})[writing.variable]
    model = model_of(declared) if view.inner is not None else None
    columns = columns_of(model) if model else None
    target = _columns_of_target(view, writing)
    faults = (
        *(columns.faults if columns else ()),
        *view_faults(declared, view.id.database, columns, target),
    )
    if faults:
        return Findings(faults=tuple(map(sentence, faults)))
    desired = desired_view(declared, view.id.database, columns)
    misplaced = tuple(misplaced_in_view(desired))
    if misplaced:
        return Findings(faults=tuple(map(sentence, misplaced)))
    if view.kind is ViewKind.DICTIONARY and matches(
        view.query, desired.query, _definition(view)[1]
    ):
        desired = replace(desired, query=view.query)
    listed = desired.has_column_list
    live = replace(view, reads=desired.reads, has_column_list=listed)
    filled = fill_undeclared_view(desired, live)
    names = (field.name for field in fields(View))
    return Findings(
        differences=tuple(
            f"{name} (live {getattr(live, name)}, declared {getattr(filled, name)})"
            for name in names
            if getattr(live, name) != getattr(filled, name)
        )
    )


def _columns_of_target(view: View, writing: ViewWriting) -> ModelColumns | None:
    target = writing.declared.get(view.target) if view.target else None
    if target is None or target.table is None:
        return None
    columns = target.table.columns
    return ModelColumns(
        columns, {column.name: column for column in columns}, (), {}, frozenset(), ()
    )


def hides_a_part(view: View) -> bool:
    """Tell whether the server hides a part of the query of *view*, which can't be declared."""
    return view.kind is not ViewKind.DICTIONARY and REDACTED in view.query


def undeclared_properties(view: View) -> Iterator[str]:
    """Yield the properties of *view* that a declaration leaves to the server."""
    # A materialized view runs as the user who created it, unless it says otherwise.
    if view.kind is ViewKind.VIEW or view.security.endswith("SQL SECURITY DEFINER"):
        return
    if view.security:
        yield view.security


def has_undeclarable_columns(view: View) -> bool:
    """Tell whether a materialized view lists other columns than its query gives."""
    return view.kind is ViewKind.MATERIALIZED_VIEW and view.has_column_list


def _materialized(view: View, writing: ViewWriting, bases: Node, names: ModuleNames) -> str:
    options: dict[str, Node] = {
        "materialized_view_name": literal(view.id.name),
        "select_statement": literal(view.query),
        **({"select_tables": bases} if bases != listed(()) else {}),
    }
    target = writing.declared.get(view.target) if view.target else None
    classes = list[str]()
    model = ""
    if view.inner is not None:
        model = writing.model
        classes.append(model_text(model, view.inner.columns, names))
        options |= _storage(view.inner)
    elif target and target.model:
        options["target_table"] = target.variable
        model = target.model
    else:
        options["target_table"] = literal(str(view.target))
    if view.refresh:
        options["refresh"] = literal(view.refresh)
    options |= dict(_about(view, writing))
    config = call(
        "MaterializedViewOptions", *(keyword(name, value) for name, value in options.items())
    )
    kind = f"MaterializedView[{model}]" if model else "MaterializedView"
    before = writing.variable if model else f"{writing.variable}: MaterializedView[Any]"
    return "\n\n\n".join((*classes, laid_out(call(kind, config), before=f"{before} = ")))


def _storage(table: Table) -> dict[str, Node]:
    engine = engine_node(table.engine, lambda: call("Secret", literal(secret_name(table.id))))
    settings = {
        name: value for name, value in table.settings.items() if USUAL_SETTINGS.get(name) != value
    }
    pairs = [(literal(name), literal(value)) for name, value in sorted(settings.items())]
    return {
        "engine": engine or call("MergeTreeEngine"),
        **dict(key_options(table)),
        **({"ttl": literal(table.ttl)} if table.ttl else {}),
        **({"settings": mapped(pairs)} if pairs else {}),
        **dict(element_options(table)),
    }


def _about(view: View, writing: ViewWriting) -> Iterator[tuple[str, Node]]:
    yield "database", literal(view.id.database)
    if view.comment:
        yield "comment", literal(view.comment)
    if view.kind is ViewKind.VIEW and view.has_column_list:
        yield "columns", literal(", ".join(map(column_definition, view.columns)))
    if view.kind is ViewKind.VIEW and view.security:
        yield "security", literal(view.security)
    yield "life_cycle", f"LifeCycle.{writing.life_cycle.name}"


def _definition(view: View) -> tuple[str, Mapping[str, str]]:
    return without_secrets(view.query, lambda number: secret_name(view.id, number))
