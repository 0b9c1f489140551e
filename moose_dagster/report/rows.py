"""A plan as rows that people and programs read."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.render import sent_by
from moose_dagster.diff.changes import Change
from moose_dagster.plan.describe import describe
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import AnyAction, Plan, Step
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId

DECISIONS: Mapping[Verdict, str] = {
    Verdict.APPLY: "to apply",
    Verdict.BLOCK: "blocked",
    Verdict.DRIFT: "drift, nothing written",
}

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One step as text.

    Attributes:
        resource: The table, view or topic.
        life_cycle: Its life cycle.
        facet: What differs, such as `codec`.
        column: The column or the like it is about, or "".
        declared: The desired side.
        live: The live side.
        risk: How bad the change can be.
        decision: What happens to it, in words.
        reason: Why, as a finished sentence.
    """

    resource: str
    life_cycle: str
    facet: str
    column: str
    declared: str
    live: str
    risk: str
    decision: str
    reason: str


def rows_of(plan: Plan) -> tuple[Row, ...]:
    """Return one row per step, in the order of the plan."""
    return tuple(row_of(step) for step in plan.steps)


def row_of(step: Step[Change]) -> Row:
    """Return *step* as text."""
    text = describe(step.change)
    return Row(
        resource=str(step.resource),
        life_cycle=step.life_cycle.value,
        facet=text.facet,
        column=text.column,
        declared=text.declared,
        live=text.live,
        risk=step.risk.value,
        decision=DECISIONS[step.verdict],
        reason=step.reason,
    )


def statements_by_step(plan: Plan, names: Names) -> tuple[str, ...]:
    """Return what each step is sent with, in the order of the plan.

    A blocked step has what would be sent. Steps of one resource share their statements; a step that
    nothing can make has none.

    Args:
        plan: What is planned.
        names: Where what is dropped goes.
    """
    actions = defaultdict[ResourceId, list[AnyAction]](list)
    texts = dict[int, str]()
    for action in (*plan.every_action, *plan.blocked_actions):
        actions[action.resource].append(action)
    statements = list[str]()
    for step in plan.steps:
        candidates = (action for action in actions[step.resource] if step in action.steps)
        action = next(candidates, None)
        if action is not None and id(action) not in texts:
            texts[id(action)] = sent_as_text(action, names)
        statements.append(texts[id(action)] if action is not None else "")
    return tuple(statements)


def sent_as_text(action: AnyAction, names: Names) -> str:
    """Return what *action* sends, readable also where a cell shows no line breaks."""
    return ";\n".join(sent_by(action, names))


def plan_as_data(plan: Plan, names: Names) -> dict[str, object]:
    """Return *plan* as plain data for JSON: fingerprint, steps, statements by resource, notes."""
    rows = zip(rows_of(plan), statements_by_step(plan, names), strict=True)
    steps = [{**asdict(row), "statement": text} for row, text in rows]
    actions = [
        {
            "resource": str(action.resource),
            "route": action.route.value,
            "statements": list(sent_by(action, names)),
        }
        for action in plan.every_action
    ]
    return {
        "fingerprint": plan.fingerprint,
        "steps": steps,
        "actions": actions,
        "notes": list(plan.notes),
    }


def counts_of(plan: Plan) -> dict[str, int]:
    """Return the number of steps by verdict, such as `{"apply": 3, "block": 1, "drift": 0}`."""
    return {verdict.value.lower(): len(plan.with_verdict(verdict)) for verdict in Verdict}


def summary_of(plan: Plan) -> str:
    """Return the plan in one line, such as `3 changes to apply, 1 blocked, 0 drifted`."""
    if not plan.steps:
        return "no changes"
    count = counts_of(plan)
    to_apply = counted(count["apply"], "change")
    return f"{to_apply} to apply, {count['block']} blocked, {count['drift']} drifted"


def started_words(action: AnyAction) -> str:
    """Return what begins, such as `ALTER shop.orders: column fax, ORDER BY and 2 more changes`.

    What loses something is named first.
    """
    named = list[str]()
    for step in sorted(action.steps, key=lambda step: not step.loses_values)[:_MOST_NAMED]:
        text = describe(step.change)
        named.append(f"{text.facet} {text.column}".strip())
    left = len(action.steps) - len(named)
    more = f" and {counted(left, 'more change')}" if left else ""
    return f"{action.route.value} {action.resource}: {', '.join(named)}{more}"


def copied_words(table: TableId, rows: int, total: int) -> str:
    """Return how far the copy of *table* for its rebuild has come."""
    return f"{table}: {rows:,} of {counted(total, 'row')} copied ({rows * 100 // max(total, 1)} %)"
