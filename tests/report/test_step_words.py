"""One step in words."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.report.step_words import difference_words, kind_words, words_of
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.topics import TopicId
from moose_dagster.testing import a_table, a_topic, plan_of, topic_plan_of

DP, EM = LifeCycle.DELETION_PROTECTED, LifeCycle.EXTERNALLY_MANAGED
LIVE = a_table("id Int64", "gone String")


def test_a_blocked_step_has_its_reason_and_what_to_do_apart():
    (step,) = plan_of(LIVE, a_table("id Int64"), DP).steps

    words = words_of(step)

    assert (words.what, words.sides, words.risk) == ("drop column gone", ("String",), "loses data")
    assert words.why == "its stored values would be lost."
    assert words.advice == "Declare FULLY_MANAGED to allow it, or keep it in the code."


@pytest.mark.parametrize(
    ("live", "desired", "sides"),
    [
        (LIVE, a_table("id Int64"), "is String, the code does not have it"),
        (a_table("id Int64"), LIVE, "is not there, the code says String"),
        (LIVE, a_table("id Int64", "gone Int8"), "is String, the code says Int8"),
    ],
)
def test_drift_has_no_direction_and_no_risk(live, desired, sides):
    (step,) = plan_of(live, desired, EM).steps

    words = words_of(step)

    assert words.is_drift
    assert (words.sides, words.risk) == ((sides,), "")


def test_a_topic_without_a_layout_is_created_without_sides():
    (step,) = topic_plan_of(None, a_topic()).steps

    assert (words_of(step).what, words_of(step).sides) == ("create topic", ())


def test_what_is_not_a_table_says_so():
    kinds = [TableId("shop", "a"), ViewId("shop", "a"), TopicId("a")]

    assert list(map(kind_words, kinds)) == ["", "view", "topic"]


@pytest.mark.parametrize(
    ("life_cycle", "desired", "words"),
    [
        (
            DP,
            a_table("id Int64"),
            "column gone is String, the code does not have it. Blocked: its ",
        ),
        (EM, a_table("id Int64"), "column gone is String, the code does not have it. Nothing is "),
        (
            DP,
            a_table("id Int64", "gone String", "n Int8"),
            "column n is not there, the code says Int8. An apply changes it.",
        ),
        (LifeCycle.FULLY_MANAGED, None, "table is there, the code does not have it. An apply "),
    ],
)
def test_a_difference_says_both_sides_and_what_a_run_does(life_cycle, desired, words):
    (step,) = plan_of(LIVE, desired, life_cycle).steps

    assert difference_words(step).startswith(words)
