"""Whole plans as a terminal shows them; `MOOSE_WRITE_GOLDEN=1 pytest tests/report` writes them."""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.steps import Plan
from moose_dagster.report.console import PlanView, print_plan
from moose_dagster.risk.probes import Proof
from moose_dagster.state.names import TableId
from moose_dagster.testing import (
    a_column,
    a_table,
    a_topic,
    a_view,
    plan_of,
    topic_plan_of,
    view_plan_of,
)

FM, DP, EM = (
    LifeCycle.FULLY_MANAGED,
    LifeCycle.DELETION_PROTECTED,
    LifeCycle.EXTERNALLY_MANAGED,
)
GOLDEN = Path(__file__).parent / "golden"
READ = "SELECT customer_id, count() AS orders FROM shop.orders GROUP BY customer_id"


def of_one() -> Plan:
    return plan_of(a_table("id Int64"), a_table("id Int64", "country LowCardinality(String)"))


def domain(number: int) -> Iterator[tuple[Plan, list[Impact]]]:
    """Yield plans of 12 changes: of every decision and every mark."""
    customers, orders = f"shop.customers_{number}", f"shop.orders_{number}"
    live = a_table("id Int64", "fax String", "visits Int32", name=customers)
    yield (
        plan_of(
            live,
            a_table(
                "id Int64", "visits Int64", "email String", name=customers, order_by=("email",)
            ),
        ),
        [Impact(live.id, rows=1_000, bytes=13_300, lost={"fax": 1_000})],
    )
    live = a_table("id Int64", "quantity Int64", "legacy String", "spare String", name=orders)
    desired = a_table("id Int64", a_column("quantity Int8", comment="pieces"), name=orders)
    lost = {"quantity": 1, "legacy": 5_000, "spare": 5_000}
    views = (TableId("shop", f"recent_{number}"),)
    yield (
        plan_of(live, desired, DP, proofs={"quantity": Proof(1, ("300",))}),
        [Impact(live.id, rows=5_000, bytes=45_857, lost=lost, views=views)],
    )
    live = a_table("id Int32", "provider String", name=f"shop.payments_{number}")
    yield (
        plan_of(live, a_table("id Int64", name=f"shop.payments_{number}"), EM),
        [Impact(live.id, rows=4_000, bytes=30_200)],
    )
    topic = a_topic(f"clicks-{number}", partitions=2, configs={"retention.ms": "86400000"})
    longer = a_topic(f"clicks-{number}", partitions=2, configs={"retention.ms": "604800000"})
    yield topic_plan_of(topic, longer, FM), [Impact(topic.id, messages=300, partitions=2)]
    view = a_view(READ, name=f"shop.by_customer_{number}")
    yield view_plan_of(view, a_view(f"{READ} HAVING orders > 1", name=str(view.id)), FM), []


def of_many(count: int) -> tuple[Plan, list[Impact]]:
    plans = [one for number in range(1, count // 12 + 2) for one in domain(number)]
    steps = tuple(step for plan, _ in plans for step in plan.steps)[:count]
    resources = {step.resource for step in steps}
    actions = (action for plan, _ in plans for action in plan.actions)
    notes = tuple(note for plan, _ in plans for note in plan.notes)
    impacts = (impact for _, found in plans for impact in found)
    whole = Plan(
        steps=steps,
        actions=tuple(action for action in actions if action.resource in resources),
        notes=notes[:3],
    )
    return whole, [impact for impact in impacts if impact.resource in resources]


PLANS = {1: (of_one(), []), 20: of_many(20), 500: of_many(500)}


@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("count", PLANS)
def test_a_plan_is_printed_as_in_its_golden_file(count: int, width: int, *, color: bool):
    plan, impacts = PLANS[count]
    assert len(plan.steps) == count
    output = StringIO()
    colors = {"force_terminal": True, "color_system": "standard"} if color else {}
    console = Console(file=output, width=width, **colors)

    print_plan(console, plan, PlanView(impacts=impacts, statements=count == 1))

    # It changes with every new property of a table, and the golden files are about the rest.
    text = output.getvalue().replace(plan.fingerprint, "0123456789abcdef")
    golden = GOLDEN / f"{count}-changes-{width}{'-color' if color else ''}.txt"
    if "MOOSE_WRITE_GOLDEN" in os.environ:
        golden.write_text(text)
    assert text == golden.read_text()
    if not color:
        assert max(map(len, text.splitlines())) <= width
