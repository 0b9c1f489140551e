"""Views whose columns follow from what they read."""

import pytest

from moose_dagster.reconciliation.readers import PlannedView
from moose_dagster.reconciliation.view_columns import retyped_dictionaries
from moose_dagster.state.views import ViewKind
from moose_dagster.testing import a_view

REST = "PRIMARY KEY id SOURCE(CLICKHOUSE(TABLE 'people')) LAYOUT(FLAT())"
LIVE = a_view(f"(id UInt64, n UInt8) {REST} LIFETIME(0)", kind=ViewKind.DICTIONARY)


@pytest.mark.parametrize(
    ("query", "retyped"),
    [
        (f"(id UInt64, n UInt8) {REST} LIFETIME(0)", False),
        (f"(id UInt64, n UInt8) {REST} LIFETIME(60)", False),
        (f"(id UInt64, n UInt16) {REST} LIFETIME(0)", True),
    ],
    ids=["same", "other lifetime", "other column"],
)
def test_a_dictionary_has_other_columns_only_where_they_are_written_otherwise(query, retyped):
    desired = a_view(query, kind=ViewKind.DICTIONARY)
    planned = [PlannedView(desired, LIVE, is_carried=True)]

    expected = {desired.id.place} if retyped else set()
    assert retyped_dictionaries({LIVE.id: LIVE}, planned) == expected
    assert retyped_dictionaries({}, planned) == frozenset()
