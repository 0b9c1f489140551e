"""The sentence of a step says what, where, why, and what to do."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.risk.probes import Proof
from moose_dagster.testing import a_table, plan_of

FM, DP, EM = LifeCycle
LIVE, DESIRED = a_table("id Int64", "n Int64"), a_table("id Int64", "n Int8")


def test_a_blocked_step_says_what_where_why_and_what_to_do():
    plan = plan_of(LIVE, DESIRED, DP, proofs={"n": Proof(2, ("300", "301"))})

    assert plan.steps[0].reason == (
        "shop.orders.n: type Int64 -> Int8: 2 rows would lose or change a value, such as 300, 301 "
        "(DELETION_PROTECTED). Declare FULLY_MANAGED to allow it, or keep the live definition."
    )


@pytest.mark.parametrize(
    ("life_cycle", "end"),
    [
        (FM, "."),
        (DP, "keep the live definition."),
        (EM, "(EXTERNALLY_MANAGED: nothing is written)."),
    ],
)
def test_the_end_of_the_sentence_fits_the_verdict(life_cycle, end):
    plan = plan_of(LIVE, DESIRED, life_cycle, proofs={"n": Proof(2)})

    assert plan.steps[0].reason.endswith(end)


def test_what_left_the_code_can_be_kept_there():
    plan = plan_of(LIVE, a_table("id Int64"), DP)

    assert plan.steps[0].reason.endswith(
        "Declare FULLY_MANAGED to allow it, or keep it in the code."
    )


def test_a_reason_that_says_what_to_do_gets_no_other_advice():
    place = a_table("id Int64", "n Int64", settings={"disk": "fast"})
    plan = plan_of(place, a_table("id Int64", "n Int64", settings={}), FM)

    assert plan.steps[0].reason == (
        "shop.orders: setting disk fast -> (none): the place of stored data can't be reset "
        "(FULLY_MANAGED). Declare the live value."
    )


@pytest.mark.parametrize(
    ("live", "desired", "advice"),
    [
        (None, a_table("id Int64"), "or create it by hand."),
        (LIVE, a_table("id Int64", "n Int64", "x Int8"), "or create it by hand."),
        (LIVE, a_table("id Int64"), "or drop it by hand."),
        (LIVE, a_table("id Int64", "n Int16"), "Keep the live definition, or change it by hand."),
    ],
    ids=["new table", "new column", "dropped column", "another type"],
)
def test_the_advice_on_what_can_not_be_done_fits_the_change(live, desired, advice):
    plan = plan_of(live, desired, FM, cluster_obstacles={desired.id: "the hosts differ"})

    assert plan.steps[0].reason.endswith(advice)
