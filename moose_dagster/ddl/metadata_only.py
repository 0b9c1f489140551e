"""Which ALTERs must not rewrite stored rows, so that the server may refuse those that would."""

from collections.abc import Iterable

from moose_dagster.diff.table_changes import ChangeType
from moose_dagster.plan.steps import Action
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.types import type_risk
from moose_dagster.sql.create import on_cluster
from moose_dagster.sql.quoting import quoted_name, quoted_table
from moose_dagster.state.tokens import clauses, split_top_level

# DROP INDEX, DROP PROJECTION, DROP STATISTICS, RENAME, DROP COLUMN and a TTL are mutations, if
# quick ones.
_COMMANDS = (
    *(
        "ADD COLUMN ",
        "ADD INDEX ",
        "ADD PROJECTION ",
        "ADD CONSTRAINT ",
        "DROP CONSTRAINT ",
        "MODIFY COMMENT ",
    ),
    *("MODIFY ORDER BY ", "MODIFY SAMPLE BY ", "REMOVE SAMPLE BY", "REMOVE TTL"),
)
_PROPERTIES = (
    *(
        "DEFAULT ",
        "MATERIALIZED ",
        "ALIAS ",
        "EPHEMERAL",
        "COMMENT ",
        "CODEC(",
        "STATISTICS(",
        "REMOVE ",
    ),
    *("MODIFY SETTING ", "RESET SETTING "),
)
_SETTINGS = ("MODIFY SETTING ", "RESET SETTING ")
_COLUMN = "MODIFY COLUMN "


def touches_only_metadata(statement: str, action: Action) -> bool:
    """Tell whether *statement*, one of those of *action*, may rewrite no stored row."""
    on_cluster_clause = on_cluster(action.context.statement_cluster)
    head = f"ALTER TABLE {quoted_table(action.table)}{on_cluster_clause} "
    live = action.context.live
    if live is None or not live.engine.is_merge_tree or not statement.startswith(head):
        return False
    text = statement.removeprefix(head)
    # After a comma, these take one more setting.
    return text.startswith(_SETTINGS) or all(
        _is_harmless(command, action) for command in _commands(text)
    )


def _commands(text: str) -> Iterable[str]:
    return (text,) if text.startswith(_COLUMN) and " SETTING " in text else split_top_level(text)


def _is_harmless(command: str, action: Action) -> bool:
    if command.startswith(_COMMANDS):
        return True
    if not command.startswith(_COLUMN) or (
        "TTL" in clauses(command, [("TTL",)]) and "REMOVE TTL" not in command
    ):
        return False
    retyped = (step.change for step in action.steps if isinstance(step.change, ChangeType))
    for change in retyped:
        head = f"{_COLUMN}{quoted_name(change.live.name)} {change.desired.type}"
        if f"{command} ".startswith(f"{head} "):
            return type_risk(change.live.type, change.desired.type)[0] is Risk.SAFE
    names = (column.name for column in (action.target.columns if action.target else ()))
    heads = (f"{_COLUMN}{quoted_name(name)} " for name in names)
    return any(
        command.removeprefix(head).startswith(_PROPERTIES)
        for head in heads
        if command.startswith(head)
    )
