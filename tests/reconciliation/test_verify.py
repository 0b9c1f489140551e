"""What was answered with OK and still differs is said after a run."""

import pytest

from moose_dagster.apply.results import Result
from moose_dagster.errors import ServerUnreachable
from moose_dagster.plan.strategy import one_by_one
from moose_dagster.reconciliation.results import PlanResult
from moose_dagster.reconciliation.verify import facet_of, plan_again, unfinished_of
from moose_dagster.testing import a_table, plan_of

LIVE = a_table("id Int64", "n Int32")


def test_a_refused_step_is_not_called_answered_with_ok():
    plan = plan_of(a_table("id Int64", "n Int32"), a_table("id Int64", "n Int64", comment="x"))
    refused, accepted = one_by_one(plan.actions[0])
    results = [Result(refused, 0, "refused", 524), Result(accepted, 0)]

    unfinished = unfinished_of(results, plan)

    assert [text.partition(" It was sent")[0] for text in unfinished] == [accepted.steps[0].reason]


def test_a_facet_is_the_same_whatever_both_sides_are_by_now():
    (first,) = plan_of(LIVE, a_table("id Int64", "n Int64")).steps
    (second,) = plan_of(LIVE, a_table("id Int64", "n String")).steps

    assert facet_of(first) == facet_of(second) == (LIVE.id, "type", "n")


def gone():
    raise ServerUnreachable("ClickHouse did not answer")


def test_results_are_not_lost_with_the_connection():
    (action,) = plan_of(None, LIVE).actions

    after = plan_again(gone, [Result(action, 3)])

    assert [str(problem) for problem in after.problems] == ["ClickHouse did not answer"]
    with pytest.raises(ServerUnreachable):
        plan_again(gone, [])


def test_what_is_found_afterwards_is_returned_as_it_is():
    found = PlanResult(plan=plan_of(None, LIVE))

    assert plan_again(lambda: found, []) is found
