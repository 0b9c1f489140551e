"""Random tables for the laws."""

from hypothesis import strategies as st

from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import TableId
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Column, Constraint, Default, Engine, Index, Projection, Table

names = st.sampled_from(["a", "b", "c", "d", "long_name", "b c", "select", "ts"])
types = st.sampled_from(
    [
        *(
            "Int8",
            "Int64",
            "UInt32",
            "String",
            "Nullable(Int64)",
            "LowCardinality(Nullable(String))",
        ),
        *(
            "Decimal(9, 4)",
            "Enum8('a' = 1, 'b' = 2)",
            "Enum8('a' = 1)",
            "DateTime('UTC')",
            "DateTime64(3)",
        ),
        *("Array(Nullable(String))", "Map(String, Int64)", "Tuple(x Int8, y String)"),
    ]
)
defaults = st.none() | st.builds(
    Default,
    st.sampled_from(["DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL"]),
    st.sampled_from(["1", "now()", "a + 1"]),
)
columns = st.builds(
    Column,
    name=names,
    type=types,
    default=defaults,
    codec=st.sampled_from(["", "ZSTD(3)", "Delta, LZ4", "LZ4HC"]),
    comment=st.sampled_from(["", "hello", "TTL ENGINE ORDER BY"]),
    ttl=st.sampled_from(["", "ts + toIntervalDay(1)"]),
    statistics=st.sampled_from(["", "uniq", "tdigest, uniq"]),
    settings=st.sampled_from([{}, {"min_compress_block_size": "1K"}]),
)


def parts(made, **facets):
    """Up to two of a kind, each under its own name."""
    return st.lists(
        st.builds(made, st.sampled_from("ij"), **facets), max_size=2, unique_by=lambda p: p.name
    ).map(tuple)


indexes = parts(
    Index,
    expression=st.sampled_from(["a", "(a, b)", "lower(b)"]),
    type=st.sampled_from(["minmax", "set(0)", "bloom_filter()"]),
    granularity=st.sampled_from([1, 4]),
)
projections = parts(
    Projection, body=st.sampled_from(["SELECT a ORDER BY b", "(SELECT b, count() GROUP BY (b))"])
)
constraints = parts(
    Constraint,
    kind=st.sampled_from(["CHECK", "ASSUME"]),
    expression=st.sampled_from(["a > 0", "(b != '')"]),
)
keys = st.lists(st.sampled_from(["a", "b", "toDate(ts)"]), unique=True, max_size=3).map(tuple)
settings = st.dictionaries(
    st.sampled_from(["index_granularity", "merge_with_ttl_timeout", "storage_policy"]),
    st.sampled_from(["1", "10M", "true", "'x'"]),
    max_size=3,
)


@st.composite
def tables(draw, table_id=TableId("shop", "orders")):  # noqa: B008 - a frozen value
    """A canonical table."""
    return canonical(
        Table(
            id=table_id,
            columns=tuple(
                draw(st.lists(columns, min_size=1, max_size=5, unique_by=lambda c: c.name))
            ),
            engine=draw(
                st.sampled_from([Engine("MergeTree"), Engine("ReplacingMergeTree", ("ts",))])
            ),
            order_by=draw(keys),
            primary_key=draw(st.none() | keys),
            partition_by=draw(st.sampled_from(["", "toYYYYMM(ts)", "(a, b)"])),
            sample_by=draw(st.sampled_from(["", "a"])),
            ttl=draw(st.sampled_from(["", "ts + toIntervalDay(1)"])),
            settings=draw(settings),
            comment=draw(st.sampled_from(["", "hello"])),
            indexes=draw(indexes),
            projections=draw(projections),
            constraints=draw(constraints),
        )
    )


@st.composite
def states(draw):
    """A state of up to three tables."""
    ids = draw(st.lists(st.sampled_from([TableId("shop", name) for name in "xyz"]), unique=True))
    return State({table_id: draw(tables(table_id)) for table_id in ids})
