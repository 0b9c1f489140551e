"""What the change of a column's type does to the views that read it, as literal rows."""

import pytest

from moose_dagster.risk.levels import Risk
from moose_dagster.risk.retyped_readers import RetypedReader, assess_retyped
from moose_dagster.state.names import TableId
from moose_dagster.testing import a_view

PLAIN = a_view("SELECT n FROM shop.orders")
FILLING = a_view("SELECT n FROM shop.orders", target=TableId("shop", "totals"))
NARROW, WIDE = {"n": "Int32"}, {"n": "Int64"}


def reader(view, after=WIDE, *, carried=True, **known):
    return RetypedReader(view, carried, NARROW, after, **known)


@pytest.mark.parametrize(
    "unharmed",
    [
        reader(PLAIN),
        reader(PLAIN, NARROW, carried=False),
        reader(PLAIN, carried=False, stored=WIDE),
        reader(FILLING, takes=WIDE),
        reader(FILLING, takes={"n": "Int128"}),
        reader(PLAIN, error="unknown", failed_before=True),
    ],
    ids=["made again", "same type", "wide already", "same target", "wider target", "broken before"],
)
def test_a_view_that_gives_the_same_values_goes_on(unharmed):
    assert assess_retyped([unharmed]) is None


@pytest.mark.parametrize(
    ("harmed", "risk", "words"),
    [
        (reader(PLAIN, carried=False, stored=NARROW), Risk.DESTRUCTIVE, "keeps n Int32 until"),
        (reader(FILLING, takes=NARROW), Risk.IMPOSSIBLE, "n Int64 into n Int32 of shop.totals"),
        (reader(FILLING, carried=False, takes=WIDE), Risk.IMPOSSIBLE, "the old type of n"),
        (
            reader(PLAIN, error="Code: 43. DB::Exception: Bad n: while executing"),
            Risk.IMPOSSIBLE,
            "would fail: Bad n",
        ),
        (reader(FILLING, error="x", failed_before=True), Risk.IMPOSSIBLE, "can't tell"),
    ],
    ids=["stale", "cut in the target", "not ours", "fails", "unknown"],
)
def test_a_view_that_would_give_others_is_named(harmed, risk, words):
    assessed = assess_retyped([harmed])

    assert assessed is not None
    assert assessed.risk is risk
    assert words in assessed.why


def test_the_worst_counts():
    stale = reader(PLAIN, carried=False, stored=NARROW)

    assessed = assess_retyped([stale, reader(FILLING, takes=NARROW), reader(PLAIN)])

    assert assessed is not None
    assert assessed.risk is Risk.IMPOSSIBLE
