"""What Dagster shows of a run: facts, differences and statements, cut to a size for the UI."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import dagster as dg

from moose_dagster.apply.results import Result
from moose_dagster.ddl.names import Names
from moose_dagster.ddl.render import sent_by
from moose_dagster.diff.changes import Change
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.policy import Verdict
from moose_dagster.plan.steps import AnyAction, Plan, Step
from moose_dagster.reconciliation import PlanResult
from moose_dagster.report.markdown import plan_as_markdown
from moose_dagster.report.rows import DECISIONS, row_of, sent_as_text, summary_of
from moose_dagster.report.step_words import RISK_WORDS, words_of
from moose_dagster.state.counting import counted
from moose_dagster.state.names import ResourceId, TableId

MOST_ROWS = 200
_MOST_CHARACTERS = 16_000
_MOST_OF_A_STATEMENT = 400
_MOST_IN_A_CELL = 2_000
_BETWEEN = ";\n"
_MOST_NAMES = 20
_MOST_OF_A_STEP = 80
# The Markdown has both sides, the reason and the facts, which would make these too narrow.
_PLAN_COLUMNS = ("resource", "step", "decision", "risk")


def facts_of(plan_result: PlanResult, resource: ResourceId) -> dict[str, dg.MetadataValue]:
    """Return the size of a live table or view, or partitions, retention and size of a topic."""
    numbers: dict[str, int | None] = {}
    if isinstance(resource, TableId):
        if facts := plan_result.storage_facts(resource):
            numbers = {"dagster/row_count": facts.rows, "moose_dagster/bytes": facts.bytes}
    elif topic := plan_result.live.topics.get(resource):
        numbers = {
            "moose_dagster/partitions": topic.partitions,
            "moose_dagster/retention_ms": int(topic.configs["retention.ms"]),
            "moose_dagster/messages": plan_result.topic_facts[resource].messages,
        }
    return {
        name: dg.MetadataValue.int(value) for name, value in numbers.items() if value is not None
    }


def differences_table(
    steps: Sequence[Step[Change]], *, are_applied: bool = False
) -> dg.MetadataValue:
    """Return the differences of one resource as a table: facet, column, both sides, decision.

    Args:
        steps: The steps of that resource.
        are_applied: Whether what was to be applied has been.
    """
    rows = [asdict(row_of(step)) for step in steps[:MOST_ROWS]]
    for row in rows:
        if are_applied and row["decision"] == DECISIONS[Verdict.APPLY]:
            row["decision"] = "applied"
    return table_of(rows, ("facet", "column", "declared", "live", "decision"))


def steps_table(plan: Plan) -> dg.MetadataValue:
    """Return the steps of a plan as a table of short columns, for sorting."""
    rows = list[Mapping[str, str]]()
    for step in plan.steps[:MOST_ROWS]:
        row = row_of(step)
        what = _cut(words_of(step).what, _MOST_OF_A_STEP)
        risk = RISK_WORDS[step.risk] or "loses nothing"
        rows.append(
            {"resource": row.resource, "step": what, "decision": row.decision, "risk": risk}
        )
    return table_of(rows, _PLAN_COLUMNS)


def table_of(
    rows: Sequence[Mapping[str, str | int | None]], columns: Sequence[str]
) -> dg.MetadataValue:
    """Return *columns* of the first 200 *rows* as a table, which Dagster shows inline."""
    schema = dg.TableSchema([dg.TableColumn(name) for name in columns])
    records = list[dg.TableRecord]()
    for row in rows[:MOST_ROWS]:
        records.append(dg.TableRecord({name: row[name] for name in columns}))
    return dg.MetadataValue.table(records, schema=schema)


def some_of(names: Sequence[str]) -> str:
    """Return the first twenty *names* in one line, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def shortened(text: str) -> str:
    """Return the statements of *text*, each of them and all together cut to what a cell shows."""
    statements = [_cut(statement, _MOST_OF_A_STATEMENT) for statement in text.split(_BETWEEN)]
    return _cut(_BETWEEN.join(statements), _MOST_IN_A_CELL)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} ... {len(text)} characters in all"


def statements_text(
    actions: Iterable[AnyAction], names: Names, blocked: Iterable[AnyAction] = ()
) -> dg.MetadataValue:
    """Return what is sent, one statement per line, and then what would be sent for *blocked*."""
    lines = [line for action in actions for line in sent_by(action, names)]
    for action in blocked:
        lines.append(f"-- blocked, not sent: {action.resource}")
        lines += sent_by(action, names)
    text = "\n".join(lines)
    if len(text) > _MOST_CHARACTERS:
        text = text[:_MOST_CHARACTERS] + f"\n... {counted(len(lines), 'statement')} in all"
    return dg.MetadataValue.md(f"```sql\n{text}\n```" if text else "nothing is sent")


def plan_metadata(
    plan: Plan, names: Names, impacts: Sequence[Impact] = ()
) -> Mapping[str, dg.MetadataValue]:
    """Return summary, text, fingerprint, steps and statements of a plan; nothing if it is empty."""
    if not plan.steps and not plan.notes:
        return {}
    return {
        "summary": dg.MetadataValue.text(summary_of(plan)),
        "plan": plan_text(plan, impacts),
        "fingerprint": dg.MetadataValue.text(plan.fingerprint),
        "steps": steps_table(plan),
        "statements": statements_text(plan.every_action, names, plan.blocked_actions),
    }


def plan_text(plan: Plan, impacts: Sequence[Impact] = ()) -> dg.MetadataValue:
    """Return a plan as the Markdown that people read, without its statements."""
    return dg.MetadataValue.md(plan_as_markdown(plan, impacts, _MOST_CHARACTERS))


_RESULT_COLUMNS = ("resource", "what", "statements", "milliseconds", "result")


def done_metadata(results: Iterable[Result], names: Names) -> dict[str, dg.MetadataValue]:
    """Return how each action ended as the table `done`, or nothing without actions."""
    rows = [
        {
            "resource": str(result.action.resource),
            "what": result.action.route.value,
            "statements": shortened(sent_as_text(result.action, names)),
            "milliseconds": result.milliseconds,
            "result": _result_words(result),
        }
        for result in results
    ]
    return {"done": table_of(rows, _RESULT_COLUMNS)} if rows else {}


def _result_words(result: Result) -> str:
    if not result.error:
        return "applied"
    if not result.reached:
        return f"not reached: {result.error.removeprefix('not reached: ')}"
    return f"failed: {result.error}"
