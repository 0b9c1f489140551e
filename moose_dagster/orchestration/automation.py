"""When Dagster reconciles by itself, for those who want that."""

import dagster as dg

_Condition = dg.AutomationCondition


def on_deploy() -> dg.AutomationCondition[dg.AssetKey]:
    """Return the condition that asks for a resource once when its declaration has changed, or when it is new.

    What is refused is not asked for again before the next change: give it to
    `DefinitionsSettings(automation_condition=...)`.
    """
    new = _Condition.missing().newly_true() | (
        _Condition.initial_evaluation() & _Condition.missing()
    )
    handled = _Condition.newly_requested() | _Condition.newly_updated()
    return (_Condition.code_version_changed() | new).since(handled) & ~_Condition.in_progress()
