"""The finished sentence that says why a step gets its verdict and what to do about it."""

from collections.abc import Mapping

from moose_dagster.diff import table_changes, topic_changes, view_changes
from moose_dagster.diff.changes import Change
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.describe import difference_of, subject_of
from moose_dagster.plan.policy import Verdict
from moose_dagster.risk.levels import Assessment, Risk

_ADVICE: Mapping[Risk, str] = {
    Risk.DATA_DEPENDENT: (
        "Keep the live definition, or make the change once a check of the data allows it."
    ),
    Risk.REBUILD: "Declare FULLY_MANAGED to have it rebuilt, or keep the live definition.",
    Risk.DESTRUCTIVE: "Declare FULLY_MANAGED to allow it, or keep the live definition.",
    Risk.IMPOSSIBLE: "Keep the live definition, or change it by hand.",
    Risk.SAFE: "",
    Risk.REWRITE: "",
}
_OF_REMOVAL: Mapping[Risk, str] = {
    **_ADVICE,
    Risk.DESTRUCTIVE: "Declare FULLY_MANAGED to allow it, or keep it in the code.",
    Risk.IMPOSSIBLE: "Keep it in the code, or drop it by hand.",
}
_OF_ADDITION: Mapping[Risk, str] = {
    **_ADVICE,
    Risk.DATA_DEPENDENT: (
        "Take it out of the code, or add it once the stored data can be checked."
    ),
    Risk.DESTRUCTIVE: "Declare FULLY_MANAGED to allow it, or take it out of the code.",
    Risk.IMPOSSIBLE: "Change the declaration or the server, or create it by hand.",
}
_ADDITIONS = (
    table_changes.CreateTable
    | table_changes.AddColumn
    | table_changes.AddElement
    | topic_changes.CreateTopic
    | view_changes.CreateView
)
_REMOVALS = (
    table_changes.DropTable
    | table_changes.DropColumn
    | table_changes.DropElement
    | topic_changes.DropTopic
    | view_changes.DropView
)


def reason_for(
    change: Change, assessment: Assessment, life_cycle: LifeCycle, verdict: Verdict
) -> str:
    """Return what is shown of a step: what, where, why, and what to do."""
    text = f"{subject_of(change)}: {assessment.why}"
    if verdict is Verdict.BLOCK:
        return (
            f"{text} ({life_cycle.value}). {assessment.advice or _advice(change, assessment.risk)}"
        )
    if verdict is Verdict.DRIFT:
        return f"{difference_of(change)} ({life_cycle.value}: nothing is written)."
    return f"{text}."


def _advice(change: Change, risk: Risk) -> str:
    """Return what to do: only a change of what is live can keep its live definition."""
    if isinstance(change, _ADDITIONS):
        return _OF_ADDITION[risk]
    return _OF_REMOVAL[risk] if isinstance(change, _REMOVALS) else _ADVICE[risk]
