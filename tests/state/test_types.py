"""One spelling for equal types."""

import pytest

from moose_dagster.state.types import (
    base_name,
    byte_width,
    canonical_type,
    enum_members,
    is_known_type,
    is_nullable,
    without_nullable,
)

STORED = [
    ("Decimal32(4)", "Decimal(9, 4)"),
    ("Decimal(10)", "Decimal(10, 0)"),
    ("varchar", "String"),
    (r"Tuple(`x\'y` Int8)", r"Tuple(`x\'y` Int8)"),
    ("DateTime64", "DateTime64(3)"),
    ("Enum('b'=2,'a'=1)", "Enum8('a' = 1, 'b' = 2)"),
    ("Array( Nullable( int ))", "Array(Nullable(Int32))"),
    ("Map(String,UInt8)", "Map(String, UInt8)"),
    ("Tuple(`a` Int8, `b c` String)", "Tuple(a Int8, `b c` String)"),
    ("Tuple(e Enum8('b'=2,'a'=1))", "Tuple(e Enum8('a' = 1, 'b' = 2))"),
    ("Map(varchar, Array(Enum8('a'=1)))", "Map(String, Array(Enum8('a' = 1)))"),
    ("Tuple(a Decimal32(4), `b c` varchar)", "Tuple(a Decimal(9, 4), `b c` String)"),
    ("Nullable(Decimal(38,5))", "Nullable(Decimal(38, 5))"),
    ("NoSuchType", "NoSuchType"),
    ("JSON(`SKIP` Int8)", "JSON(`SKIP` Int8)"),
    ("Array(JSON(`skip` Int8, SKIP `a`))", "Array(JSON(`skip` Int8, SKIP a))"),
    ("Tuple(`SKIP` JSON(`a` Int8, `SKIP` Int8))", "Tuple(SKIP JSON(`SKIP` Int8, a Int8))"),
    (
        "JSON(`SKIP` Int8, `max_dynamic_paths` String, `REGEXP` Int8)",
        "JSON(REGEXP Int8, `SKIP` Int8, max_dynamic_paths String)",
    ),
]


@pytest.mark.parametrize(("written", "stored"), STORED)
def test_a_type_is_written_as_the_server_stores_it(written, stored):
    assert canonical_type(written) == stored
    assert canonical_type(stored) == stored


def test_unknown_names_are_left_alone_and_said_to_be_unknown():
    assert not is_known_type("NoSuchType")
    assert is_known_type("Array(Int8)")


@pytest.mark.parametrize(
    ("text", "nullable", "inner"),
    [
        ("Nullable(Int8)", True, "Int8"),
        ("LowCardinality(Nullable(String))", True, "LowCardinality(String)"),
        ("Array(Nullable(Int8))", False, "Array(Nullable(Int8))"),
    ],
)
def test_nullable_is_that_of_the_column_itself(text, nullable, inner):
    assert is_nullable(text) is nullable
    assert without_nullable(text) == inner


@pytest.mark.parametrize(
    ("text", "width"),
    [
        *(
            ("Int16", 2),
            ("Nullable(Int32)", 4),
            ("Array(Int64)", 8),
            ("Decimal(18, 2)", 8),
            ("String", 1),
        ),
        *(
            ("SimpleAggregateFunction(max, Nullable(Int16))", 2),
            ("Point", 8),
            ("IntervalDay", 8),
            ("FixedString(4)", 4),
        ),
        *(
            ("Tuple(a Int64, b Array(Int64))", 8),
            ("Map(Int32, Int64)", None),
            ("JSON(a Int32)", None),
        ),
    ],
)
def test_the_width_is_what_codecs_default_to(text, width):
    assert byte_width(text) == width


def test_enum_members_are_read_with_odd_labels():
    assert enum_members(r"Enum8('a=b' = 1, 'it\'s, so' = -2)") == {"'a=b'": 1, r"'it\'s, so'": -2}
    assert enum_members("Nullable(Enum16('x' = 300))") == {"'x'": 300}
    assert enum_members("String") is None


def test_the_base_name_is_what_is_stored():
    assert base_name("LowCardinality(Nullable(FixedString(3)))") == "FixedString"
