"""What a plan touches, in words and as data."""

import pytest

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.report.impact import impact_as_data, impact_words, lost_words, view_words
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.topics import TopicId
from moose_dagster.testing import a_table, plan_of

ORDERS = TableId("shop", "orders")
RECENT = ViewId("shop", "recent")
LIVE, DESIRED = a_table("id Int64", "note String", "n Int8"), a_table("id Int64", "n Int8")
STEPS = plan_of(LIVE, DESIRED).steps


@pytest.mark.parametrize(
    ("impact", "words"),
    [
        (Impact(ORDERS), ""),
        (Impact(ORDERS, rows=1, bytes=402), "1 row, 402 B"),
        (Impact(ORDERS, rows=2, bytes=1_500), "2 rows, 1.5 kB"),
        (Impact(TopicId("clicks"), messages=3, partitions=1), "3 messages, 1 partition"),
        (
            Impact(ORDERS, lost={"note": 2000}, views=(RECENT,), filled_by=(RECENT,)),
            "loses or changes 2,000 rows (note); read by shop.recent; filled by shop.recent",
        ),
    ],
)
def test_what_is_touched_is_one_line(impact, words):
    assert impact_words(impact, STEPS) == words


def test_only_what_the_steps_lose_is_named_and_what_is_blocked_would_be_lost():
    impact = Impact(ORDERS, lost={"note": 1, "n": 2})
    added = plan_of(a_table("id Int64"), a_table("id Int64", "n Int8")).steps
    blocked = plan_of(LIVE, DESIRED, LifeCycle.DELETION_PROTECTED).steps

    assert impact_words(impact, STEPS) == "loses or changes 1 row (note)"
    assert impact_words(impact, blocked) == "would lose or change 1 row (note)"
    assert impact_words(impact, added) == ""


def test_views_that_could_not_be_read_are_not_none():
    assert view_words(Impact(ORDERS, views=None)) == ["could not be read"]
    assert view_words(Impact(ORDERS, views=(RECENT,), filled_by=(RECENT,))) == [
        "shop.recent",
        "shop.recent (fills it)",
    ]
    assert lost_words(Impact(ORDERS, lost={"note": 3, "TTL": 12})) == (
        "3 rows (note), 12 rows (TTL)"
    )


def test_the_data_has_every_field():
    data = impact_as_data(Impact(ORDERS, rows=1, lost={"note": 1}, views=None))

    assert data.keys() == set(Impact.__slots__)
    assert (data["resource"], data["lost"], data["views"]) == ("shop.orders", {"note": 1}, None)
