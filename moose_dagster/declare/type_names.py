"""The names ClickHouse has for its types."""

INTERVALS = frozenset(
    {
        *(
            "IntervalNanosecond",
            "IntervalMicrosecond",
            "IntervalMillisecond",
            "IntervalSecond",
            "IntervalMinute",
        ),
        *(
            "IntervalHour",
            "IntervalDay",
            "IntervalWeek",
            "IntervalMonth",
            "IntervalQuarter",
            "IntervalYear",
        ),
    }
)
# As system.data_type_families of ClickHouse 26.9 lists them, QBit and MultiPoint included.
EXACT = frozenset(
    {
        *(
            "Int8",
            "Int16",
            "Int32",
            "Int64",
            "Int128",
            "Int256",
            "BFloat16",
            "Float32",
            "Float64",
            "String",
        ),
        *(
            "UInt8",
            "UInt16",
            "UInt32",
            "UInt64",
            "UInt128",
            "UInt256",
            "FixedString",
            "UUID",
            "IPv4",
            "IPv6",
        ),
        *(
            "Enum8",
            "Enum16",
            "Array",
            "Tuple",
            "Map",
            "Nested",
            "Nullable",
            "LowCardinality",
            "Variant",
            "Dynamic",
        ),
        *(
            "AggregateFunction",
            "SimpleAggregateFunction",
            "QBit",
            "Nothing",
            "Geometry",
            "Point",
            "Ring",
        ),
        *("LineString", "MultiLineString", "Polygon", "MultiPolygon", "MultiPoint"),
        *INTERVALS,
    }
)
# Written in any case, from here on in upper case.
IN_ANY_CASE = frozenset(
    {
        *(
            "JSON",
            "DECIMAL",
            "DECIMAL32",
            "DECIMAL64",
            "DECIMAL128",
            "DECIMAL256",
            "ENUM",
            "BOOL",
            "BOOLEAN",
        ),
        *(
            "DATE",
            "DATE32",
            "DATETIME",
            "DATETIME32",
            "DATETIME64",
            "TIME",
            "TIME64",
            "TIMESTAMP",
            "YEAR",
        ),
        *(
            "TINYINT",
            "SMALLINT",
            "MEDIUMINT",
            "INT",
            "INTEGER",
            "BIGINT",
            "INT1",
            "BYTE",
            "BIT",
            "SET",
        ),
        *(
            "SIGNED",
            "UNSIGNED",
            "FLOAT",
            "DOUBLE",
            "REAL",
            "SINGLE",
            "DEC",
            "NUMERIC",
            "FIXED",
            "DOUBLE PRECISION",
        ),
        *(
            "CHAR",
            "CHARACTER",
            "VARCHAR",
            "VARCHAR2",
            "NVARCHAR",
            "NCHAR",
            "TEXT",
            "TINYTEXT",
            "MEDIUMTEXT",
        ),
        *(
            "LONGTEXT",
            "BLOB",
            "TINYBLOB",
            "MEDIUMBLOB",
            "LONGBLOB",
            "CLOB",
            "BYTEA",
            "BINARY",
            "VARBINARY",
        ),
        *(
            "CHAR VARYING",
            "CHARACTER VARYING",
            "NCHAR VARYING",
            "NATIONAL CHAR",
            "NATIONAL CHARACTER",
        ),
        *("NATIONAL CHAR VARYING", "NATIONAL CHARACTER VARYING", "NATIONAL CHARACTER LARGE OBJECT"),
        *(
            "CHAR LARGE OBJECT",
            "CHARACTER LARGE OBJECT",
            "NCHAR LARGE OBJECT",
            "BINARY LARGE OBJECT",
        ),
        *("BINARY VARYING", "INET4", "INET6", "GEOMETRY"),
        *(
            f"{kind} {sign}"
            for kind in ("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT", "INT1")
            for sign in ("SIGNED", "UNSIGNED")
        ),
    }
)


def is_type_name(name: str) -> bool:
    """Tell whether ClickHouse has a type called *name*, its arguments aside."""
    return name in EXACT or " ".join(name.upper().split()) in IN_ANY_CASE
