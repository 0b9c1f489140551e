"""The cheap tests say of each value what converting it there and back says."""

import pytest

from moose_dagster.diff.table_changes import ChangeType
from moose_dagster.errors import ServerError
from moose_dagster.risk.lossy import lossy_type
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column

TEXTS = [
    "''",
    "'a'",
    r"'a\0'",
    r"'\0'",
    r"'a\0b'",
    r"'abc\0'",
    "'abc'",
    "'abcd'",
    r"'abcd\0'",
    r"'abcde'",
    "'é'",
    "'éé'",
]
NUMBERS = [
    *("0", "1", "-1", "1.25", "-1.25", "1.2", "0.01", "-0.01", "99", "-99", "99.99", "100"),
    *("9999.9999", "-9999.9999", "99999999999999", "-99999999999999"),
]
DECIMALS = [
    "Decimal(9, 2)",
    "Decimal(9, 4)",
    "Decimal(18, 2)",
    "Decimal(18, 4)",
    "Decimal(38, 2)",
    "Decimal(38, 10)",
]
DECIMALS += ["Decimal(76, 0)", "Decimal(76, 20)"]
CASES = [("String", f"FixedString({width})", TEXTS) for width in (1, 3, 4)]
CASES += [(live, desired, NUMBERS) for live in DECIMALS for desired in DECIMALS if live != desired]


@pytest.mark.parametrize(("live", "desired", "values"), CASES)
def test_the_cheap_test_is_that_of_there_and_back(db, live, desired, values):
    condition = lossy_type(ChangeType(TableId("a", "b"), Column("v", live), Column("v", desired)))
    known = [value for value in values if holds(db, value, live)]

    answers = {value: answer(db, condition, value, live) for value in known}

    back = f"CAST(CAST([v], 'Array({desired})'), 'Array({live})') != [v]"
    assert answers == {value: answer(db, back, value, live) for value in known}
    assert len(known) > 5


def holds(db, value, live):
    """Whether a column of type *live* can hold *value* at all."""
    return answer(db, "0", value, live) == 0


def answer(db, condition, value, live):
    """Return what *condition* says of a stored value, or that the server can't convert it."""
    literal = value if value.startswith("'") else f"'{value}'"
    try:
        # Through a column, for a constant may be folded.
        return db.value(
            f"SELECT {condition} FROM (SELECT materialize(CAST({literal}, '{live}')) AS v)"
        )
    except ServerError as error:
        return f"refused with {error.code}"
