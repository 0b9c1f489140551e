"""Random declarations in odd spellings that ClickHouse takes."""

from hypothesis import strategies as st

from moose_dagster import (
    MergeTreeEngine,
    OlapConfig,
    ReplacingMergeTreeEngine,
    TableConstraint,
    TableIndex,
    TableProjection,
)

NUMBERS = [
    "Int8",
    "INT UNSIGNED",
    "bigint",
    "UInt64",
    "Int256",
    "Float32",
    "double",
    "Decimal(9,2)",
    "Decimal64(4)",
]
TEXTS = ["String", "varchar(10)", "FixedString(5)", "LowCardinality(String)", "text"]
OTHERS = [
    *(
        "Nullable(Int64)",
        "Nullable(String)",
        "LowCardinality(Nullable(String))",
        "Array(Array(Nullable( Int8)))",
    ),
    *(
        "Map(String,Array(Int64))",
        "Tuple(a Int8,`b c` Nullable(String))",
        "Tuple(Int8, String)",
        "Enum('b'=2,'a'=1)",
    ),
    *(
        "Enum8('x')",
        "DateTime64",
        "DateTime64(6,'UTC')",
        "DateTime('Europe/Berlin')",
        "Date",
        "Date32",
        "timestamp",
    ),
    *(
        "UUID",
        "IPv4",
        "IPv6",
        "Bool",
        "boolean",
        "JSON",
        "JSON(a Int64, SKIP b)",
        "Dynamic",
        "Variant(Int8, String)",
    ),
    *(
        "Point",
        "Polygon",
        "SimpleAggregateFunction(max, Int64)",
        "AggregateFunction(uniq, String)",
        "BFloat16",
    ),
    *(
        "AggregateFunction(argMax,text,DateTime64(3,'UTC'))",
        "SimpleAggregateFunction(maxMap, Map(String,UInt64))",
    ),
    *(
        "Tuple(int, Array(Tuple(`x y` text, z Enum('q','p'))))",
        "JSON(`a b`.c int, SKIP REGEXP 'x')",
    ),
]
NUMBER_DEFAULTS = [
    "1",
    "1+1",
    "toUInt8(id)+2",
    "length( 'a' )",
    "if(id>1,2,3)",
    "CAST('3' AS UInt8)",
]
TEXT_DEFAULTS = [
    "'it''s'",
    "concat('a',toString(id))",
    "lower(hex(id))",
    "'x'||'y'",
    "toString(now())",
]
CODECS = ["", "ZSTD", "LZ4HC", "NONE", "ZSTD(3)"]
# Their width is that of the type.
WIDTH_CODECS = ["Delta,LZ4", "DoubleDelta,LZ4", "T64", "Delta , ZSTD (1)"]
INTEGERS = ["Int8", "INT UNSIGNED", "bigint", "UInt64"]
KEYS = [
    *(
        "id",
        "(id)",
        "id, ts",
        "(id,toDate(ts))",
        "tuple()",
        "cityHash64( id ), ts",
        "`id`",
        "(ts,id)",
    ),
    *("id DESC", "(id desc, ts)", "ts,(id)  DESC"),
]
SAMPLES = {
    "id": "id",
    "id, ts": "(id)",
    "cityHash64( id ), ts": "cityHash64(id)",
    "(ts,id)": "`id`",
}
PARTITIONS = [None, "toYYYYMM(ts)", "(toYYYYMM(ts),id%2)", "tuple()", "toStartOfMonth( ts )"]
TTLS = [
    *(
        None,
        "ts + INTERVAL 30 YEAR",
        "ts+toIntervalYear(30) DELETE",
        "ts + INTERVAL 30 YEAR DELETE WHERE id=1",
    ),
    *("ts + interval 10 year RECOMPRESS CODEC(ZSTD(3)), ts + interval 20 year",),
    *(
        "ts + INTERVAL 20 YEAR TO DISK 'default'",
        "ts+INTERVAL 30 YEAR GROUP BY id SET ts=max( ts )",
    ),
]
SETTINGS = [
    {},
    {"merge_with_ttl_timeout": 7200},
    {"min_bytes_for_wide_part": "10M"},
    {"ttl_only_drop_parts": True},
]
INDEXES = [
    TableIndex("by_ts", "ts", "minmax"),
    TableIndex("by_id", "(id,ts)", "set", ["100"], 4),
    TableIndex("hashed", "lower(hex( id ))", "bloom_filter", ["0.02"]),
    TableIndex("listed", "arrayMap(x->x+1,[ (id) ])", "bloom_filter"),
    TableIndex("grams", "toString(id)", "ngrambf_v1(3,256,2,0)"),
]
PROJECTIONS = [
    TableProjection("by_day", "SELECT toDate(ts) AS day, count() GROUP BY day"),
    TableProjection("sorted", "select id,ts order by (ts)"),
    TableProjection("middle", "SELECT ts, quantile(0.5) (id), SUM (id) GROUP BY (ts)"),
]
CONSTRAINTS = [
    TableConstraint("old", "ts<now()+INTERVAL 9 YEAR"),
    TableConstraint("some", "id >= 0", "ASSUME"),
    TableConstraint(
        "odd", "case when id>1 then 1 else (ts) > '1970-01-01' end or not (id=- 1)", "ASSUME"
    ),
]

ENGINES = [None, MergeTreeEngine(), ReplacingMergeTreeEngine(), ReplacingMergeTreeEngine("ts")]


@st.composite
def columns(draw, name):
    """A column as ClickHouse would write it: name, type and properties."""
    kind, defaults = draw(
        st.sampled_from(
            [(NUMBERS, NUMBER_DEFAULTS), (TEXTS, TEXT_DEFAULTS), (OTHERS, []), (OTHERS, [])]
        )
    )
    text = f"{name} {draw(st.sampled_from(kind))}"
    if defaults and "FixedString" not in text and draw(st.booleans()):
        word = draw(st.sampled_from(["DEFAULT", "DEFAULT", "MATERIALIZED", "ALIAS"]))
        text += f" {word} {draw(st.sampled_from(defaults))}"
    text += draw(st.sampled_from(["", "", " COMMENT 'hello, TTL ENGINE ORDER BY'"]))
    if " ALIAS " in text:
        return text
    integer = any(text.startswith(f"{name} {integer}") for integer in INTEGERS)
    codec = draw(st.sampled_from([*CODECS, *WIDTH_CODECS] if integer else CODECS))
    text += f" CODEC({codec})" if codec else ""
    text += draw(st.sampled_from(["", " STATISTICS(uniq,tdigest)"])) if integer else ""
    text += draw(st.sampled_from(["", "", " TTL ts+interval 30 year"]))
    return text + draw(st.sampled_from(["", "", " SETTINGS (min_compress_block_size = 4096)"]))


@st.composite
def storages(draw):
    """The config of a table with the columns `id` and `ts`."""
    projections = draw(st.lists(st.sampled_from(PROJECTIONS), unique_by=lambda part: part.name))
    settings = dict(draw(st.sampled_from(SETTINGS)))
    engine, key = draw(st.sampled_from(ENGINES)), draw(st.sampled_from(KEYS))
    ttl = draw(st.sampled_from(TTLS))
    if isinstance(engine, ReplacingMergeTreeEngine):
        settings["deduplicate_merge_projection_mode"] = "rebuild"
        key = "id" if key == "tuple()" else key
    if "desc" in key.lower():
        settings["allow_experimental_reverse_key"] = True
    if "GROUP BY" in (ttl or ""):
        key = "id, ts"  # it groups by the first columns of the key
    return OlapConfig(
        order_by_expression=key,
        partition_by=draw(st.sampled_from(PARTITIONS)),
        sample_by_expression=SAMPLES.get(key) if draw(st.booleans()) else None,
        ttl=ttl,
        settings=settings,
        engine=engine,
        comment=draw(st.sampled_from(["", "it's"])),
        indexes=draw(st.lists(st.sampled_from(INDEXES), unique_by=lambda part: part.name)),
        projections=projections,
        constraints=draw(st.lists(st.sampled_from(CONSTRAINTS), unique_by=lambda part: part.name)),
    )


@st.composite
def declarations(draw):
    """The columns and the config of one table."""
    names = draw(
        st.lists(st.sampled_from(["a", "b", "c", "d e", "select"]), unique=True, max_size=5)
    )
    return [draw(columns(f"`{name}`" if " " in name else name)) for name in names], draw(storages())
