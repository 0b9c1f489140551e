"""The condition under which Dagster reconciles by itself; it is off by default."""

import dagster as dg

_Condition = dg.AutomationCondition


def on_deploy() -> dg.AutomationCondition[dg.AssetKey]:
    """Return the condition that materializes a resource once when it is new or its code changed.

    Give it to `DefinitionsSettings(automation_condition=...)`. After a refusal, nothing is
    requested again before the next change of the code.
    """
    new = _Condition.missing().newly_true() | (
        _Condition.initial_evaluation() & _Condition.missing()
    )
    handled = _Condition.newly_requested() | _Condition.newly_updated()
    return (_Condition.code_version_changed() | new).since(handled) & ~_Condition.in_progress()
