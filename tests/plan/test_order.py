"""The order of actions follows what reads what."""

from dataclasses import replace

import pytest

from moose_dagster.plan.order import in_order
from moose_dagster.plan.steps import Plan
from moose_dagster.state.graph import Graph, Reader, side_of
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table, plan_of

NAMES = ("a", "b", "c", "d")
TABLES = {name: a_table("id Int64", name=f"shop.{name}") for name in NAMES}


def planned(*, created=(), dropped=(), altered=()):
    plans = [plan_of(None, TABLES[name]) for name in created]
    plans += [plan_of(TABLES[name], None) for name in dropped]
    plans += [plan_of(TABLES[name], replace(TABLES[name], comment="new")) for name in altered]
    return Plan(actions=tuple(action for plan in plans for action in plan.actions))


def side(reads):
    return side_of(reader_of(name, others) for name, others in reads.items())


def reader_of(name, others):
    return Reader(TABLES[name].id, "table", tuple(TABLES[other].id for other in others))


def order(plan, *, live=None, desired=None, early=()):
    graph = Graph(side(live or {}), side(desired or {}))
    ordered = in_order(plan, graph, {TABLES[name].id for name in early})
    return "".join(action.place.name for action in ordered.ordered_actions)


CHAIN = {"a": "b", "b": "c", "c": "d"}


@pytest.mark.parametrize(
    ("plan", "sides", "expected"),
    [
        (planned(created="abcd"), {}, "abcd"),
        (planned(created="abcd"), {"desired": CHAIN}, "dcba"),
        (planned(dropped="abcd"), {"live": {"d": "c", "c": "b", "b": "a"}}, "dcba"),
        (planned(created="a", altered="b"), {"desired": {"b": "a"}}, "ab"),
        (planned(altered="a", created="b"), {"desired": {"a": "b"}}, "ba"),
        (planned(altered="b", dropped="a"), {"live": {"b": "a"}}, "ba"),
        (planned(altered="ab"), {"live": {"a": "b"}, "desired": {"a": "b"}}, "ba"),
        (planned(altered="ba"), {"live": {"b": "a"}, "desired": {"b": "a"}, "early": "b"}, "ba"),
        (planned(created="ab"), {"desired": {"a": "b", "b": "a"}}, "ab"),
        (
            planned(created="abc"),
            {
                "desired": {
                    "a": "a",
                }
            },
            "abc",
        ),
    ],
)
def test_an_action_comes_after_what_it_needs_and_before_what_it_lets_go_of(plan, sides, expected):
    assert order(plan, **sides) == expected


def test_each_action_names_those_that_it_comes_after():
    graph = Graph(desired=side(CHAIN))

    plan = in_order(planned(created="abc"), graph, ())

    a, b, c = (TABLES[name].id for name in "abc")
    assert {one: set(first) for one, first in plan.sequence.items()} == {c: set(), b: {c}, a: {b}}


OVER = Engine("Distributed", ("'main'", "'shop'", "'orders'"))


@pytest.mark.parametrize(
    ("live", "desired", "expected"),
    [
        (("id Int64",), ("id Int64", "note String"), ["orders", "all_orders"]),
        (("id Int64", "note String"), ("id Int64",), ["all_orders", "orders"]),
        (("id Int64", "n Int8"), ("id Int64", "n Int16"), ["orders", "all_orders"]),
    ],
)
def test_a_distributed_table_never_has_a_column_that_its_table_lacks(live, desired, expected):
    def pair(*columns):
        local = a_table(*columns)
        return a_table(*columns, name="shop.all_orders", engine=OVER, order_by=()), local

    plans = [plan_of(*sides) for sides in zip(pair(*live), pair(*desired), strict=True)]
    over, local = pair(*live)
    reads = side_of([Reader(over.id, "Distributed table", (local.id,))])
    plan = Plan(actions=tuple(action for plan in plans for action in plan.actions))

    ordered = in_order(plan, Graph(reads, reads), ())

    assert [action.place.name for action in ordered.ordered_actions] == expected
