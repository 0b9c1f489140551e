"""What older ClickHouse versions lack, by words of the SQL that needs it."""

import re

import pytest

_LACKING = (
    ("26.9", r"sparse_grams", "no sparse_grams indexes"),
    ("26.9", r"tokenizer", "text indexes are experimental and off"),
    ("26.9", r"INDEX `first one`", "names of indexes are printed without quotes"),
    ("26.9", r"TYPE basic", "no projections that are an index"),
    ("26.9", r"STATISTICS", "statistics are experimental and off"),
    ("26.9", r"WITH SETTINGS", "projections have no settings of their own"),
    ("26.9", r"CURRENT_TIMESTAMP", "no CURRENT_TIMESTAMP without ()"),
    ("26.9", r"IS DISTINCT FROM", "no IS DISTINCT FROM"),
    ("26.9", r"\bTime(64)?\b", "Time is off"),
    ("26.9", r"Nullable\((Tuple|Point)", "no Nullable of a Tuple"),
    ("26.9", r"Geometry", "no type Geometry but a String of that name"),
    ("26.9", r"MultiPoint", "no type MultiPoint"),
    ("26.9", r"QBit", "no type QBit"),
    ("26.9", r"EmbeddedRocksDB\(10", "EmbeddedRocksDB takes one column as its key"),
    ("26.9", r"S3\(.*\[HIDDEN\]', '\[HIDDEN\]'", "the session token of S3 is not hidden"),
    ("25.8", r"JSON", "JSON is experimental and off"),
    ("25.8", r"Dynamic|Variant", "Dynamic and Variant are experimental and off"),
    ("25.8", r"BFloat16", "no type BFloat16"),
    ("25.8", r"CoalescingMergeTree", "no CoalescingMergeTree"),
    ("25.8", r"partition_strategy", "S3 takes no partition_strategy"),
    ("25.8", r"reverse_key", "no descending keys"),
    ("25.8", r"flatten_nested", "flatten_nested is not a setting of a table"),
)


def on_a_server(sql, *row):
    """Return a row of parameters that is skipped where the server lacks what *sql* needs."""
    marks = [
        pytest.mark.requires(version, why)
        for version, words, why in _LACKING
        if re.search(words, sql)
    ]
    return pytest.param(*(row or (sql,)), id=sql, marks=marks)


def takes(version, sql):
    """Tell whether a server of *version*, such as (24, 8), has all that *sql* needs."""
    return not any(
        version < version_of(needed) and re.search(words, sql) for needed, words, _ in _LACKING
    )


def version_of(text):
    """Return the version in *text* as numbers that compare, such as (26, 9)."""
    return tuple(int(part) for part in text.split(".")[:2])
