"""The policy as a Markdown table."""

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.policy import POLICY, Verdict
from moose_dagster.risk.levels import Risk

_WORDS = {
    Verdict.APPLY: "applied",
    Verdict.BLOCK: "blocked, reported",
    Verdict.DRIFT: "never written, reported",
}


def policy_table() -> str:
    """Return one row per risk and one column per life cycle."""
    lines = [
        "| risk | " + " | ".join(life_cycle.value for life_cycle in LifeCycle) + " |",
        "|---|" + "---|" * len(LifeCycle),
    ]
    for risk in Risk:
        words = (_WORDS[POLICY[life_cycle][risk]] for life_cycle in LifeCycle)
        lines.append(f"| {risk.value} | " + " | ".join(words) + " |")
    return "\n".join(lines)
