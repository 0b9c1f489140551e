"""The differences of two views are one change for each facet, and lead to the desired view."""

from dataclasses import replace

import pytest

from moose_dagster.diff import view_changes as changes
from moose_dagster.diff.views import diff_views, evolve_views
from moose_dagster.state.names import TableId
from moose_dagster.state.views import ViewKind
from moose_dagster.testing import a_view

PLAIN = a_view("SELECT 1 AS id")
FILLING = a_view("SELECT id FROM shop.orders", target=TableId("shop", "totals"))
WORDS = a_view("(id UInt64)", kind=ViewKind.DICTIONARY)


@pytest.mark.parametrize(
    ("live", "desired", "expected"),
    [
        (PLAIN, PLAIN, []),
        (None, PLAIN, [changes.CreateView]),
        (PLAIN, None, [changes.DropView]),
        (PLAIN, FILLING, [changes.ChangeViewKind]),
        (PLAIN, replace(PLAIN, query="SELECT 2 AS id"), [changes.ChangeViewQuery]),
        (PLAIN, replace(PLAIN, comment="x"), [changes.ChangeViewComment]),
        (
            FILLING,
            replace(FILLING, target=TableId("shop", "others")),
            [changes.ChangeViewTarget],
        ),
        (FILLING, replace(FILLING, refresh="EVERY 1 DAY"), [changes.ChangeRefresh]),
        (WORDS, replace(WORDS, query="(id UInt8)"), [changes.ChangeDictionary]),
    ],
)
def test_each_facet_has_a_change_of_its_own(live, desired, expected):
    live_views, desired_views = by_id(live), by_id(desired)

    found = diff_views(live_views, desired_views)

    assert [type(change) for change in found] == expected
    assert evolve_views(live_views, found) == desired_views


def by_id(view):
    return {view.id: view} if view else {}
