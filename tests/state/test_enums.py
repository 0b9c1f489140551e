"""Which numbers the labels of an Enum get beside stored values."""

import pytest

from moose_dagster.state.enums import numbered_as

ROWS = [
    # declared, live, filled in
    ("Enum8('a' = 1, 'b' = 2)", "Enum8('a' = 5, 'b' = 7)", "Enum8('a' = 5, 'b' = 7)"),
    (
        "Enum8('a' = 1, 'x' = 2, 'b' = 3)",
        "Enum8('a' = 1, 'b' = 2)",
        "Enum8('a' = 1, 'b' = 2, 'x' = 3)",
    ),
    ("Enum8('b' = 1, 'x' = 2)", "Enum8('a' = 1, 'b' = 2)", "Enum8('b' = 2, 'x' = 3)"),
    ("Enum8('a' = 1, 'b' = 2)", "Enum8('a' = 127)", "Enum16('a' = 127, 'b' = 128)"),
    ("Enum8('a' = 1)", "Enum16('a' = 9)", "Enum16('a' = 9)"),
    ("Array(Nullable(Enum8('a' = 1)))", "Array(Enum8('a' = 3))", "Array(Nullable(Enum8('a' = 3)))"),
    (
        "Tuple(x Enum8('a' = 1), y Enum8('(' = 1))",
        "Tuple(x Enum8('a' = 2), y Enum8('(' = 3))",
        "Tuple(x Enum8('a' = 2), y Enum8('(' = 3))",
    ),
    ("Enum8('a' = 1)", "String", "Enum8('a' = 1)"),
    ("String", "Enum8('a' = 1)", "String"),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} / {row[1]}" for row in ROWS])
def test_labels_keep_the_numbers_they_have(row):
    declared, live, fill_undeclared = row

    assert numbered_as(declared, live) == fill_undeclared
