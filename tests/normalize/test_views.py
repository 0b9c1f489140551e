"""Views of both sides in the server's spelling."""

from moose_dagster.live.views import LiveViews
from moose_dagster.normalize.views import compare_views, read_view_facts
from moose_dagster.risk.views import ViewFacts
from moose_dagster.testing import a_view


def compared(clickhouse, live, desired, **environment):
    return compare_views(
        clickhouse, {live.id: live}, {desired.id: desired}, environment=environment
    )


def test_another_spelling_is_not_a_difference(db):
    live = a_view("SELECT id FROM shop.orders WHERE id > 1")

    found = compared(db.clickhouse, live, a_view("select id\nfrom shop.orders where id>1"))

    assert found.desired == found.live
    assert found.unknown == ()


def test_another_query_is_a_difference(db):
    found = compared(db.clickhouse, a_view("SELECT 1 AS a"), a_view("SELECT 2 AS a"))

    assert found.desired != found.live


def test_what_the_server_can_not_read_is_not_compared(db):
    live = a_view("SELECT 1 AS a")

    found = compared(db.clickhouse, live, a_view("SELECT FROM WHERE"))

    assert found.unknown == (live.id,)
    assert found.desired == {live.id: live}


def test_nothing_more_is_asked_of_views_that_do_not_differ(db):
    view = a_view("SELECT 1 AS a")
    found = compared(db.clickhouse, view, view)
    asked = db.clickhouse.queries

    facts = read_view_facts(db.clickhouse, LiveViews({}, {}), found, [view.id])

    assert facts == {view.id: ViewFacts()}
    assert db.clickhouse.queries == asked
