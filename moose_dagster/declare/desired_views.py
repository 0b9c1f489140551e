"""A declared view as the value that is compared with the live one."""

from collections.abc import Iterator

from pydantic import BaseModel

from moose_dagster.declare.desired import cluster_faults, desired_table, table_faults, table_id
from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.models import ModelColumns
from moose_dagster.declare.names import name_faults, place_faults
from moose_dagster.declare.secrets import secret_of
from moose_dagster.declare.tables import AnyTable, OlapTable
from moose_dagster.declare.views import (
    VIEWS,
    AnyView,
    Dictionary,
    MaterializedView,
    View,
    ViewConfig,
    storage_config,
)
from moose_dagster.sql.environment import placeholder_faults
from moose_dagster.sql.function_secrets import functions_with_secrets
from moose_dagster.sql.select import Query, bare_query, outputs, qualified_refresh
from moose_dagster.sql.views import parse_columns_of, read_by
from moose_dagster.state import views as state
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.tables import Table
from moose_dagster.state.tokens import clauses, split_top_level, tokens

_PARTS = ("indexes", "projections", "constraints")
_ABOUT_STORAGE = (
    *("engine", "order_by_fields", "order_by_expression", "partition_by", "sample_by_expression"),
    *("primary_key_expression", "ttl", "settings", *_PARTS),
)
_LEAST_OF_A_COLUMN = 2
_NO_MODEL = ModelColumns((), {}, (), {}, frozenset(), ())


def view_id(view: AnyView, database: str) -> ViewId:
    """Return where *view* lives, in *database* unless its config names another."""
    return ViewId(database if view.config.database is None else view.config.database, view.name)


def desired_view(view: AnyView, database: str, model: ModelColumns | None) -> state.View:
    """Return the value of a view without faults.

    Args:
        view: The declaration.
        database: The project's.
        model: The columns of its model, None where it has none.
    """
    id_ = view_id(view, database)
    named = named_tables(view, database)
    comment = view.config.comment or ""
    if isinstance(view, Dictionary):
        return state.View(
            id_, state.ViewKind.DICTIONARY, view.definition.strip(), comment=comment, reads=named
        )
    query = Query(bare_query(_select(view)), id_.database).qualified()
    reads = tuple(dict.fromkeys((*named, *read_by(query, id_.database))))
    if isinstance(view, View):
        config = view.config
        columns = parse_columns_of(id_, config.columns) if config.columns else ()
        return state.View(
            id_,
            state.ViewKind.VIEW,
            query,
            comment=comment,
            security=" ".join((config.security or "").split()),
            columns=columns,
            has_column_list=bool(columns),
            reads=reads,
        )
    refresh = qualified_refresh(view.config.refresh or "", id_.database)
    target = _target(view, database)
    return state.View(
        id=id_,
        kind=state.ViewKind.MATERIALIZED_VIEW,
        query=query,
        target=target,
        inner=None if target else _inner(id_, view, model or _NO_MODEL),
        refresh=refresh,
        comment=comment,
        reads=reads,
    )


def view_faults(
    view: AnyView, database: str, model: ModelColumns | None, target: ModelColumns | None
) -> Iterator[Fault]:
    """Yield every fault of a declared view.

    Args:
        view: The declaration.
        database: The project's.
        model: The columns of its model, None where it has none.
        target: The columns of its target, None where that is not declared.
    """
    id_ = view_id(view, database)
    yield from name_faults(id_.name, "dictionary" if isinstance(view, Dictionary) else "view")
    yield from name_faults(id_.database, "database")
    yield from place_faults(id_)
    yield from cluster_faults(view.config.cluster)
    known = type(view.config)
    for name in view.config.model_extra or {}:
        yield Fault(
            f"{known.__name__} has no such field{did_you_mean(name, known.model_fields)}", (name,)
        )
    for given in map(_as_object, view.base_tables):
        if not isinstance(given, (OlapTable, *VIEWS)):
            yield Fault(
                f"a value of type {type(given).__name__} is among the tables it reads; "
                "name OlapTables, views and dictionaries."
            )
    if secret_of(view.definition if isinstance(view, Dictionary) else _select(view)):
        yield Fault("its text is a Secret; write ClickHouse text.")
        return
    if isinstance(view, View):
        yield from _config_faults(view.config)
    if isinstance(view, Dictionary):
        for name in ("columns", "security"):
            if getattr(view.config, name):
                yield Fault("a dictionary has none; its definition says all of it.", (name,))
        yield from _definition_faults(view.definition)
        return
    first = next(
        (token.upper() for token in tokens(bare_query(_select(view))) if token.strip()), ""
    )
    if first not in {"SELECT", "WITH", "FROM", "("}:
        yield Fault(
            "its select_statement is not a SELECT; write one."
            if first
            else "its select_statement is empty."
        )
    for function in functions_with_secrets(_select(view)):
        yield Fault(
            f"a password or key of {function}(...) is plain text in the code; "
            f"store it on the server and write {function}(named_collection, ...)."
        )
    if isinstance(view, MaterializedView):
        yield from _target_faults(view, database, model)
        yield from _missing_column_faults(view, target)


def named_tables(view: AnyView, database: str) -> tuple[TableId, ...]:
    """Return the tables and views that *view* is declared to read."""
    return tuple(_place_of(table, database) for table in view.base_tables)


def model_of(view: AnyView) -> type[BaseModel] | None:
    """Return the model in the brackets of a materialized view that has one."""
    return view.model if isinstance(view, MaterializedView) and view.has_model else None


def _select(view: View | MaterializedView[BaseModel]) -> str:
    return view.select_statement if isinstance(view, View) else view.config.select_statement


def _as_object(given: object) -> object:
    return given


def _place_of(given: AnyTable | AnyView, database: str) -> TableId:
    return view_id(given, database).place if isinstance(given, VIEWS) else table_id(given, database)


def _target(view: MaterializedView[BaseModel], database: str) -> TableId | None:
    if view.target_table is not None:
        return table_id(view.target_table, database)
    config = view.config
    name = config.target_table if isinstance(config.target_table, str) else config.table_name
    if not name:
        return None
    place, dot, table = name.rpartition(".")
    return TableId(place if dot else view_id(view, database).database, table)


def _inner(id_: ViewId, view: MaterializedView[BaseModel], model: ModelColumns) -> Table:
    return desired_table(id_.place, storage_config(view.config), model)


def _target_faults(
    view: MaterializedView[BaseModel], database: str, model: ModelColumns | None
) -> Iterator[Fault]:
    config = view.config
    target = _target(view, database)
    if config.target_table is not None and config.table_name:
        yield Fault("target_table and table_name both name where it writes; keep one.")
    if target == view_id(view, database).place:
        yield Fault("its target has the view's own name; rename one of the two.")
    about_storage = [name for name in _ABOUT_STORAGE if getattr(config, name)]
    if target is not None and view.own_target is None and about_storage:
        yield Fault(
            f"{about_storage[0]} is for a view with a table of its own, but this one writes to "
            f"{target}; remove it."
        )
    if target is None and not about_storage:
        yield Fault(
            "it has no table to write to; "
            "give target_table, or engine and order_by_fields for its own."
        )
    if target is None and about_storage and model is not None:
        yield from table_faults(view_id(view, database).place, storage_config(config), model)
    for name in _PARTS if model is None else ():
        if getattr(config, name):
            yield Fault(
                "they need a model that names their columns; write MaterializedView[Model](...).",
                (name,),
            )
    refresh = (config.refresh or "").split()
    if refresh and refresh[0].upper() not in {"EVERY", "AFTER"}:
        yield Fault(
            f"{config.refresh!r} is not a refresh; write EVERY or AFTER and an interval.",
            ("refresh",),
        )


def _missing_column_faults(
    view: MaterializedView[BaseModel], target: ModelColumns | None
) -> Iterator[Fault]:
    if target is None or target.faults:
        return
    table = view.target_table.name if view.target_table else view.name
    for name in outputs(bare_query(_select(view))):
        if name and name not in target.by_name:
            hint = did_you_mean(name, target.by_name)
            yield Fault(f"its query gives {name}, and {table} has no such column{hint}")


def _config_faults(config: ViewConfig) -> Iterator[Fault]:
    for text in split_top_level(config.columns or ""):
        if len([token for token in tokens(text) if token.strip()]) < _LEAST_OF_A_COLUMN:
            yield Fault(f"{text!r} is not a column; write its name and its type.", ("columns",))
    words = (config.security or "").upper().split()
    if words and not ({"SECURITY", "DEFINER"} & set(words) and words[0] in {"SQL", "DEFINER"}):
        yield Fault(
            f"{config.security!r} says nothing of rights; write SQL SECURITY INVOKER, for example.",
            ("security",),
        )


def _definition_faults(definition: str) -> Iterator[Fault]:
    if not definition.strip().startswith("("):
        yield Fault(
            "its definition has to start with the columns in brackets; "
            "PRIMARY KEY, SOURCE ... follow."
        )
        return
    if "COMMENT" in clauses(definition, [("COMMENT",)]):
        yield Fault("its comment belongs in the config; write ViewConfig(comment=...).")
    yield from (Fault(problem, ("definition",)) for problem in placeholder_faults(definition))
