"""The statements of a view's action, in the order they are sent."""

from collections.abc import Iterator

from typing_extensions import assert_never

from moose_dagster.ddl.names import Names
from moose_dagster.diff import view_changes as changes
from moose_dagster.diff.view_changes import ViewChange
from moose_dagster.plan.steps import Route, ViewAction
from moose_dagster.risk.levels import Risk
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.sql.views import create_view
from moose_dagster.state.tables import Column
from moose_dagster.state.views import View, ViewKind, replaces_rows


def view_statements_of(action: ViewAction, names: Names) -> tuple[str, ...]:
    """Return the statements of *action*; secrets of dictionaries are still placeholders in them."""
    return tuple(_statements(action, names))


def _statements(action: ViewAction, names: Names) -> Iterator[str]:
    live = action.context.live
    target = action.target
    match action.route:
        case Route.CREATE if target is not None:
            yield from _target_copy(action, names)
            yield create_view(target, cluster=action.context.statement_cluster)
        case Route.DROP if live is not None:
            yield from _storage_copy(action, names)
            yield _drop(live, action.context.statement_cluster)
        case Route.REBUILD if live is not None and target is not None:
            yield from _rebuild(action, live, target, names)
        case Route.ALTER if live is not None and target is not None:
            yield from _alter(action, target)
        case _:
            raise ValueError(f"{action.view}: {action.route.value} without the view it needs")


def copies_storage(action: ViewAction) -> bool:
    """Tell whether the live view has rows of its own, which are copied before it is dropped."""
    live = action.context.live
    return bool(action.context.facts.storage) and live is not None and live.inner is not None


def copies_target(action: ViewAction) -> bool:
    """Tell whether the target's rows are copied because every refresh would replace them."""
    target = action.target
    if target is None or target.target is None or action.route not in {Route.CREATE, Route.REBUILD}:
        return False
    return any(step.risk is Risk.DESTRUCTIVE for step in action.steps)


def _storage_copy(action: ViewAction, names: Names) -> Iterator[str]:
    """Yield a copy of the view's own rows: it can't be renamed away from the view that fills it."""
    live = action.context.live
    if not copies_storage(action) or live is None or live.inner is None:
        return
    trash_name = quoted_table(names.in_trash(live.id))
    if live.inner.engine.is_merge_tree and not live.inner.engine.name.startswith("Replicated"):
        yield f"CREATE TABLE {trash_name} AS {action.context.facts.storage}"
        yield f"ALTER TABLE {trash_name} ATTACH PARTITION ALL FROM {action.context.facts.storage}"
    else:
        columns = ", ".join(map(quoted_name, action.context.facts.columns)) or "*"
        copied = f"SELECT {columns} FROM {action.context.facts.storage}"
        yield f"CREATE TABLE {trash_name} ENGINE = MergeTree ORDER BY tuple() AS {copied}"


def _target_copy(action: ViewAction, names: Names) -> Iterator[str]:
    """Yield a copy of a target whose rows every refresh would replace."""
    view = action.target
    if view is None or view.target is None or not copies_target(action):
        return
    trash_name = quoted_table(names.in_trash(view.target))
    copied = f"SELECT * FROM {quoted_table(view.target)}"
    yield f"CREATE TABLE {trash_name} ENGINE = MergeTree ORDER BY tuple() AS {copied}"


def _rebuild(action: ViewAction, live: View, target: View, names: Names) -> Iterator[str]:
    yield from _target_copy(action, names)
    if (
        live.inner is None
        and live.kind is target.kind is not ViewKind.DICTIONARY
        and target.inner is None
    ):
        yield create_view(target, replace=True, cluster=action.context.statement_cluster)
        return
    yield from _storage_copy(action, names)
    yield _drop(live, action.context.statement_cluster)
    yield create_view(target, cluster=action.context.statement_cluster)
    columns = ", ".join(map(quoted_name, _copied_columns(action, live, target)))
    if columns:
        trash_name = quoted_table(names.in_trash(live.id))
        into = f"INSERT INTO {quoted_table(target.id)} ({columns})"
        yield f"{into} SELECT {columns} FROM {trash_name}"


def _copied_columns(action: ViewAction, live: View, target: View) -> tuple[str, ...]:
    """Return the columns that both storages have, none where a refresh fills the new one."""
    if (
        live.inner is None
        or target.inner is None
        or not action.context.facts.storage
        or replaces_rows(target)
    ):
        return ()
    outputs = set(action.context.facts.outputs)
    desired = {column.name for column in target.inner.columns if _takes_values(column)} or outputs
    if not desired and live.query == target.query:
        return action.context.facts.columns
    return tuple(name for name in action.context.facts.columns if name in desired)


def _takes_values(column: Column) -> bool:
    return column.default is None or column.default.kind == "DEFAULT"


def _alter(action: ViewAction, target: View) -> Iterator[str]:
    cluster = action.context.statement_cluster
    replaced = target.kind is not ViewKind.MATERIALIZED_VIEW and any(
        not isinstance(step.change, changes.ChangeViewComment) for step in action.steps
    )
    if replaced:
        yield create_view(target, replace=True, cluster=cluster)
        return
    table = f"ALTER TABLE {quoted_table(target.id)}{on_cluster(cluster)}"
    commands = [_command(step.change, target) for step in action.steps]
    # Another query and other columns are one command.
    for command in dict.fromkeys(commands):
        yield f"{table} {command}"


def _command(change: ViewChange, target: View) -> str:
    """Return the command of an ALTER that makes *change* of a materialized view, or a comment."""
    match change:
        case changes.ChangeViewQuery() | changes.ChangeViewColumns():
            # The server derives the columns of a materialized view again with its query.
            return f"MODIFY QUERY {target.query}"
        case changes.ChangeViewSecurity():
            return f"MODIFY {target.security}"
        case changes.ChangeRefresh():
            return f"MODIFY REFRESH {target.refresh}"
        case changes.ChangeViewComment():
            return f"MODIFY COMMENT {quoted_text(target.comment)}"
        case (
            changes.CreateView()
            | changes.DropView()
            | changes.ChangeViewKind()
            | changes.ChangeViewTarget()
            | changes.ChangeViewStorage()
            | changes.ChangeDictionary()
        ):
            raise ValueError(f"{target.id}: no ALTER makes the change {type(change).__name__}")
        case _:
            assert_never(change)


def _drop(view: View, cluster: str) -> str:
    word = "DICTIONARY" if view.kind is ViewKind.DICTIONARY else "VIEW"
    return f"DROP {word} {quoted_table(view.id)}{on_cluster(cluster)}"
