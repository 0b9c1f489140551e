"""SQL names of ClickHouse's types, as `system.data_type_families` of 26.9 lists them."""

_NAMES = {
    "Bool": "BOOL, BOOLEAN",
    "DateTime": "TIMESTAMP",
    "DateTime64": "DATETIME64",
    "Decimal": "DEC, FIXED, NUMERIC",
    "Enum": "ENUM",
    "FixedString": "BINARY",
    "Float32": "FLOAT, REAL, SINGLE",
    "Float64": "DOUBLE, DOUBLE PRECISION",
    "IPv4": "INET4",
    "IPv6": "INET6",
    "Int8": "BYTE, INT1, INT1 SIGNED, TINYINT, TINYINT SIGNED",
    "Int16": "SMALLINT, SMALLINT SIGNED",
    "Int32": "INT, INT SIGNED, INTEGER, INTEGER SIGNED, MEDIUMINT, MEDIUMINT SIGNED",
    "Int64": "BIGINT, BIGINT SIGNED, SIGNED",
    "String": "BINARY LARGE OBJECT, BINARY VARYING, BLOB, BYTEA, CHAR, CHAR LARGE OBJECT, "
    "CHAR VARYING, CHARACTER, CHARACTER LARGE OBJECT, CHARACTER VARYING, CLOB, LONGBLOB, LONGTEXT, "
    "MEDIUMBLOB, MEDIUMTEXT, NATIONAL CHAR, NATIONAL CHAR VARYING, NATIONAL CHARACTER, "
    "NATIONAL CHARACTER LARGE OBJECT, NATIONAL CHARACTER VARYING, NCHAR, NCHAR LARGE OBJECT, "
    "NCHAR VARYING, NVARCHAR, TEXT, TINYBLOB, TINYTEXT, VARBINARY, VARCHAR, VARCHAR2",
    "UInt8": "INT1 UNSIGNED, TINYINT UNSIGNED",
    "UInt16": "SMALLINT UNSIGNED, YEAR",
    "UInt32": "INT UNSIGNED, INTEGER UNSIGNED, MEDIUMINT UNSIGNED",
    "UInt64": "BIGINT UNSIGNED, BIT, SET, UNSIGNED",
}
_TYPES = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split(", ")}


def unaliased(name: str) -> str:
    """Return ClickHouse's own name for the type *name*; *name* itself where it is not an alias."""
    return _TYPES.get(" ".join(name.upper().split()), name)
