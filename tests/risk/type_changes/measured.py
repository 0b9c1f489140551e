"""What ClickHouse 26.9 made of 1,126 changes of a stored column's type."""

from collections.abc import Iterator
from pathlib import Path

# As SQL: what stands in a column of each type.
_TEXT = {
    "Bool": "true|false",
    "Date": "1970-01-01|2024-01-02|2149-06-06",
    "Date32": "1900-01-01|2024-01-02|2299-12-31",
    "DateTime": "1970-01-01 00:00:00|2024-01-02 03:04:05|2106-02-07 06:28:15",
    "DateTime('America/New_York')": "1970-01-02 00:00:00|2024-01-02 03:04:05",
    "DateTime('UTC')": "1970-01-01 00:00:00|2024-01-02 03:04:05",
    "DateTime64(3)": (
        "1970-01-01 00:00:00.123|2024-01-02 03:04:05.678|1900-01-01 "
        "00:00:00.000|2299-12-31 23:59:59.999"
    ),
    "DateTime64(6)": "1970-01-01 00:00:00.123456|2024-01-02 03:04:05.678901",
    "DateTime64(9)": "1970-01-01 00:00:00.123456789|2024-01-02 03:04:05.678901234",
    "Decimal(9, 2)": "0|1.25|-1234567.89",
    "Decimal(18, 2)": "0|1.25|1234567890123456.78",
    "Decimal(18, 4)": "0|1.2345|12345678901234.5678",
    "Decimal(38, 4)": "0|1.2345|1234567890123456789012.5678",
    "Enum16('a' = 1, 'b' = 2)": "a|b",
    "Enum8('a' = 1)": "a",
    "Enum8('a' = 1, 'b' = 2)": "a|b",
    "Enum8('a' = 1, 'b' = 2, 'c' = 3)": "a|b|c",
    "Enum8('a' = 1, 'c' = 2)": "a|c",
    "FixedString(16)": "|abc|1234567890123456",
    "FixedString(8)": "|abc|12345678",
    "Float32": "0|1.5|16777216",
    "Float64": "0|1.5|9007199254740992|0.1",
    "IPv4": "1.2.3.4",
    "IPv6": "2001:db8::1",
    "Int128": "0|-1|170141183460469231731687303715884105727",
    "Int16": "0|-1|-32768|32767",
    "Int32": "0|-1|-2147483648|2147483647",
    "Int64": "0|-1|-9223372036854775808|9223372036854775807",
    "Int8": "0|1|-1|-128",
    "LowCardinality(String)": "|1|abc",
    "String": "|1|abc|2024-01-02 03:04:05",
    "UInt16": "0|1|300|65535",
    "UInt32": "0|1|70000|4294967295",
    "UInt64": "0|1|18446744073709551615",
    "UInt8": "0|1|200|255",
    "UUID": "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
}


def _quoted(values: str) -> list[str]:
    return [f"'{value}'" for value in values.split("|")]


VALUES = {
    **{name: _quoted(values) for name, values in _TEXT.items()},
    "Nullable(Int32)": ["0", "-1", "2147483647", "NULL"],
    "Nullable(Int64)": ["0", "-1", "9223372036854775807", "NULL"],
    "Nullable(String)": ["''", "'abc'", "NULL"],
    "LowCardinality(Nullable(String))": ["''", "'abc'", "NULL"],
    "Array(Int32)": ["[]", "[1, -1, 2147483647]"],
    "Array(Int64)": ["[]", "[1, -1, 9223372036854775807]"],
    "Array(Nullable(Int32))": ["[]", "[1, NULL]"],
    "Array(String)": ["[]", "['', 'a']"],
    "Array(LowCardinality(String))": ["[]", "['', 'a']"],
    "Map(String, String)": ["map()", "map('k', 'v')"],
    "Map(LowCardinality(String), String)": ["map()", "map('k', 'v')"],
    "Tuple(a Int32, b String)": ["(1, 'x')", "(2147483647, '')"],
    "Tuple(a Int64, b String)": ["(1, 'x')", "(2147483647, '')"],
    "Tuple(a Int32, b String, c Int32)": ["(1, 'x', 2)", "(2147483647, '', 3)"],
}


def measured() -> Iterator[tuple[str, str, str]]:
    """Yield live type, desired type and what ClickHouse made of the change.

    `same text` and `other text` were lossless there and back, and print as before or not; `lossy`
    lost values without an error, `no way back` could not be converted back; `unreadable` and
    `half-applied` left a column that can't be read. 1,324 further pairs of these types are refused
    as a whole, so that nothing changes.
    """
    rows = Path(__file__).with_name("measured.tsv").read_text().splitlines()[1:]
    for live, outcome, all_desired in (row.split("\t") for row in rows):
        for desired in all_desired.split(" ; "):
            yield live, desired, outcome
