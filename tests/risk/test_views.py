"""How bad a change of a view can be for its own rows and those of its target, as literal rows."""

import pytest

from moose_dagster.diff import view_changes as changes
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.views import ViewContext, ViewFacts, view_risk_of
from moose_dagster.state.names import TableId
from moose_dagster.state.views import ViewKind
from moose_dagster.testing import a_table, a_view

TARGET = TableId("shop", "totals")
PLAIN = a_view("SELECT id FROM shop.orders")
FILLING = a_view("SELECT id FROM shop.orders", target=TARGET)
REPLACING = a_view("SELECT id FROM shop.orders", target=TARGET, refresh="EVERY 1 DAY")
ADDING = a_view("SELECT id FROM shop.orders", target=TARGET, refresh="EVERY 1 DAY APPEND")
STORING = a_view("SELECT id FROM shop.orders", inner=a_table("id Int64"))
STORED = ViewFacts(storage="`shop`.`.inner`", rows=7, columns=("id",))
FULL = ViewFacts(target_rows=7)
ID = PLAIN.id
QUERY = changes.ChangeViewQuery(ID, "SELECT id FROM shop.orders", "SELECT 2 AS id")

# change, live view, desired view, facts, risk
ROWS = [
    (changes.CreateView(PLAIN), None, PLAIN, ViewFacts(), Risk.SAFE),
    (changes.CreateView(PLAIN), None, PLAIN, ViewFacts(taken_by="MergeTree"), Risk.IMPOSSIBLE),
    (changes.CreateView(FILLING), None, FILLING, FULL, Risk.SAFE),
    (changes.CreateView(REPLACING), None, REPLACING, FULL, Risk.DESTRUCTIVE),
    (changes.CreateView(ADDING), None, ADDING, FULL, Risk.SAFE),
    (changes.DropView(ID, ViewKind.VIEW), PLAIN, None, ViewFacts(), Risk.DESTRUCTIVE),
    (changes.DropView(ID, ViewKind.MATERIALIZED_VIEW), STORING, None, STORED, Risk.DESTRUCTIVE),
    (changes.ChangeViewKind(ID, PLAIN, FILLING), PLAIN, FILLING, FULL, Risk.REBUILD),
    (QUERY, PLAIN, PLAIN, ViewFacts(), Risk.SAFE),
    (QUERY, FILLING, FILLING, FULL, Risk.SAFE),
    (QUERY, STORING, STORING, STORED, Risk.SAFE),
    (changes.ChangeViewTarget(ID, TARGET, None), FILLING, STORING, FULL, Risk.REBUILD),
    (changes.ChangeRefresh(ID, "", "EVERY 1 DAY"), FILLING, REPLACING, FULL, Risk.DESTRUCTIVE),
    (
        changes.ChangeRefresh(ID, "EVERY 1 DAY", "EVERY 2 DAY"),
        REPLACING,
        a_view("SELECT id FROM shop.orders", target=TARGET, refresh="EVERY 2 DAY"),
        FULL,
        Risk.SAFE,
    ),
    (changes.ChangeDictionary(ID, "(id UInt64)", "(id UInt8)"), None, None, FULL, Risk.SAFE),
    (changes.ChangeViewComment(ID, "", "x"), PLAIN, PLAIN, ViewFacts(), Risk.SAFE),
]


@pytest.mark.parametrize(
    ("change", "live", "desired", "facts", "risk"),
    ROWS,
    ids=[f"{type(row[0]).__name__}-{row[-1].value}" for row in ROWS],
)
def test_a_change_of_a_view_has_this_risk(change, live, desired, facts, risk):
    context = ViewContext(live, desired, (change,), facts)

    assert view_risk_of(change, context).risk is risk


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (ViewFacts(), "stored rows stay"),
        (STORED, "the view would disappear with its 7 rows"),
    ],
)
def test_what_goes_with_a_materialized_view_is_counted(facts, words):
    change = changes.DropView(ID, ViewKind.MATERIALIZED_VIEW)

    assert words in view_risk_of(change, ViewContext(STORING, None, (change,), facts)).why


def test_a_query_with_a_column_that_its_storage_lacks_needs_a_new_view():
    facts = ViewFacts(storage="`shop`.`.inner`", columns=("id",), outputs=("id", "total"))

    found = view_risk_of(QUERY, ViewContext(STORING, STORING, (QUERY,), facts))

    assert found.risk is Risk.REBUILD
    assert "no column for total" in found.why


@pytest.mark.parametrize(
    ("change", "live", "desired", "facts"),
    [
        (changes.DropView(ID, ViewKind.MATERIALIZED_VIEW), STORING, None, STORED),
        (changes.CreateView(REPLACING), None, REPLACING, FULL),
        (changes.ChangeViewKind(ID, STORING, PLAIN), STORING, PLAIN, STORED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rows_on_other_hosts_of_a_cluster_are_never_put_at_risk(change, live, desired, facts):
    context = ViewContext(live, desired, (change,), facts, cluster="main")

    assert view_risk_of(change, context).risk is Risk.IMPOSSIBLE
