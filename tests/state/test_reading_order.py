"""What reads comes after what it reads."""

import pytest

from moose_dagster.state.names import TableId
from moose_dagster.state.reading_order import in_reading_order

A, B, C, D = (TableId("shop", name) for name in "abcd")


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ({}, ()),
        ({B: (), A: ()}, (B, A)),
        ({A: (B,), B: ()}, (B, A)),
        ({A: (B,), B: (C,), C: (D,)}, (C, B, A)),
        ({A: (A,), B: (A,)}, (A, B)),
        ({A: (B,), B: (A,), C: ()}, (C, A, B)),
    ],
)
def test_each_one_comes_after_what_it_reads(reads, expected):
    assert in_reading_order(reads) == expected
