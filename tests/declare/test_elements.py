from datetime import date
from typing import Annotated

import pytest
from lacking import on_a_server
from pydantic import BaseModel, Field, ValidationError, create_model

from moose_dagster.declare.columns import (
    ClickHouseAlias,
    ClickHouseCodec,
    ClickHouseColumnSettings,
    ClickHouseStatistics,
    ClickHouseTTL,
    Key,
    clickhouse_default,
)
from moose_dagster.declare.elements import TableConstraint, TableIndex, TableProjection
from moose_dagster.declare.engines import ReplacingMergeTreeEngine
from moose_dagster.declare.project import Project
from moose_dagster.declare.tables import OlapConfig, OlapTable
from moose_dagster.sql.create import column_list, create_table
from moose_dagster.state.tables import Constraint, Index, Projection


class Visit(BaseModel):
    id: Key[int]
    at: date
    url: str
    tags: list[str]


def the_table(model: type[BaseModel], config: OlapConfig, database: str = "shop"):
    [table] = Project(
        "shop", [OlapTable[model]("t", config)], database=database
    ).desired.state.tables.values()
    return table


COLUMNS = "`id` Int64, `at` Date32, `url` String, `tags` Array(String)"
REBUILD = {"deduplicate_merge_projection_mode": "rebuild"}
PARTS = [
    ({"indexes": [TableIndex("i", "url", "minmax")]}, "INDEX i url TYPE minmax GRANULARITY 1"),
    (
        {"indexes": [TableIndex("i", "lower(url)", "set", ["100"], 4)]},
        "INDEX i lower(url) TYPE set(100) GRANULARITY 4",
    ),
    (
        {"indexes": [OlapConfig.TableIndex(name="i", expression="url", type="set(0)")]},
        "INDEX i url TYPE set(0) GRANULARITY 1",
    ),
    (
        {"indexes": [TableIndex("i", "(id, url)", "bloom_filter", arguments=["0.01"])]},
        "INDEX i (id, url) TYPE bloom_filter(0.01) GRANULARITY 1",
    ),
    (
        {"indexes": [TableIndex("i", "url", "ngrambf_v1", ["4", "1024", "2", "0"])]},
        "INDEX i url TYPE ngrambf_v1(4, 1024, 2, 0) GRANULARITY 1",
    ),
    (
        {"indexes": [TableIndex("i", "url", "tokenbf_v1", ["256", "2", "0"])]},
        "INDEX i url TYPE tokenbf_v1(256, 2, 0) GRANULARITY 1",
    ),
    (
        {"indexes": [TableIndex("i", "url", "sparse_grams", ["3", "5", "256", "2", "0"])]},
        "INDEX i url TYPE sparse_grams(3, 5, 256, 2, 0) GRANULARITY 1",
    ),
    (
        {"indexes": [TableIndex("i", "url", "text", ["tokenizer = 'splitByNonAlpha'"])]},
        "INDEX i url TYPE text(tokenizer = 'splitByNonAlpha') GRANULARITY 100000000",
    ),
    (
        {
            "indexes": [
                TableIndex("first one", "id * 2", "minmax"),
                TableIndex("from", "has(tags, url)", "minmax"),
            ]
        },
        (
            "INDEX `first one` id * 2 TYPE minmax GRANULARITY 1, INDEX `from` has(tags, "
            "url) TYPE minmax GRANULARITY 1"
        ),
    ),
    ({"constraints": [TableConstraint("c", "id > 0")]}, "CONSTRAINT c CHECK id > 0"),
    (
        {"constraints": [OlapConfig.TableConstraint("c", "url != ''", "ASSUME")]},
        "CONSTRAINT c ASSUME url != ''",
    ),
    (
        {"projections": [TableProjection("p", "SELECT url, count() GROUP BY url")]},
        "PROJECTION p (SELECT url, count() GROUP BY url)",
    ),
    (
        {"projections": [TableProjection("p", "(SELECT id ORDER BY at)")]},
        "PROJECTION p (SELECT id ORDER BY at)",
    ),
    (
        {
            "projections": [
                TableProjection(
                    "p", "(SELECT id ORDER BY at) WITH SETTINGS (index_granularity = 512)"
                )
            ]
        },
        "PROJECTION p (SELECT id ORDER BY at) WITH SETTINGS (index_granularity = 512)",
    ),
    (
        {"projections": [OlapConfig.TableProjection("p", "INDEX url TYPE basic")]},
        "PROJECTION p INDEX url TYPE basic",
    ),
    (
        {
            "projections": [TableProjection("p", "SELECT id ORDER BY at")],
            "constraints": [TableConstraint("c", "id > 0")],
            "indexes": [TableIndex("i", "url", "minmax")],
        },
        (
            "INDEX i url TYPE minmax GRANULARITY 1, CONSTRAINT c CHECK id > 0, "
            "PROJECTION p (SELECT id ORDER BY at)"
        ),
    ),
]


@pytest.mark.parametrize(("config", "expected"), PARTS, ids=str)
def test_a_part_of_a_table_is_created_in_these_words(config, expected):
    table = the_table(Visit, OlapConfig(**config))

    assert (
        create_table(table)
        == f"CREATE TABLE `shop`.`t` ({COLUMNS}, {expected}) ENGINE = MergeTree ORDER BY id"
    )


@pytest.mark.parametrize(("config", "expected"), [on_a_server(row[1], *row) for row in PARTS])
def test_the_server_prints_a_part_of_a_table_in_the_words_it_was_created_with(config, expected, db):
    table = the_table(Visit, OlapConfig(**config), db.database)

    db.raw(create_table(table))

    shown = db.value(
        f"SELECT create_table_query FROM system.tables WHERE database = '{db.database}'"
    )
    assert f"({COLUMNS}, {expected}) ENGINE" in shown


def test_parts_reach_the_state():
    table = the_table(
        Visit,
        OlapConfig(
            engine=ReplacingMergeTreeEngine(),
            settings=REBUILD,
            indexes=[TableIndex("i", " url ", " ngrambf_v1 ", ["1", "2"])],
            projections=[TableProjection("p", "( SELECT id )")],
            constraints=[TableConstraint("c", " id ")],
        ),
    )

    assert table.indexes == (Index("i", "url", "ngrambf_v1(1, 2)", 1),)
    assert table.projections == (Projection("p", "SELECT id"),)
    assert table.constraints == (Constraint("c", "CHECK", "id"),)


INDEX_TYPES = (
    "bloom_filter, minmax, ngrambf_v1, set, sparse_grams, text, tokenbf_v1, vector_similarity"
)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            {"indexes": [TableIndex("i", "urls", "minmax")]},
            ["t.index i: urls is not a column; did you mean url?"],
        ),
        (
            {"indexes": [TableIndex("i", "lower(urls)", "minmax")]},
            ["t.index i: urls is not a column; did you mean url?"],
        ),
        (
            {"indexes": [TableIndex("i", "", "minmax")]},
            ["t.index i: the expression is empty; write one."],
        ),
        (
            {"indexes": [TableIndex("i", "url", "minmaxx")]},
            [
                (
                    "t.index i: 'minmaxx' is not an index type; did you mean minmax? The "
                    f"types are {INDEX_TYPES}."
                )
            ],
        ),
        (
            {"indexes": [TableIndex("i", "url", "minmax GRANULARITY 3")]},
            [
                (
                    "t.index i: 'minmax GRANULARITY 3' is not an index type. The types "
                    f"are {INDEX_TYPES}."
                ),
            ],
        ),
        (
            {"indexes": [TableIndex("i", "url", "set(1)", ["1"])]},
            ["t.index i: the arguments of set are in type and in arguments; keep one."],
        ),
        (
            {"indexes": [TableIndex("i", "url", "set")]},
            [
                (
                    "t.index i: a set index needs the number of values that it may hold; "
                    'write arguments=["100"], '
                    'or "0" for no limit.'
                )
            ],
        ),
        (
            {"indexes": [TableIndex("i", "url", "minmax", granularity=0)]},
            ["t.index i: granularity=0 is too small; write 1 or more."],
        ),
        (
            {"indexes": [TableIndex("i", "url", "minmax"), TableIndex("i", "at", "minmax")]},
            ["t: a second index is called i; rename one of the two."],
        ),
        (
            {"indexes": [TableIndex("", "url", "minmax")]},
            ["t.index: the index name is empty; give it one."],
        ),
        (
            {"projections": [TableProjection("p", "url, at")]},
            [
                (
                    "t.projection p: the body 'url, at' is not a projection; write "
                    "SELECT ... or INDEX ... TYPE basic."
                )
            ],
        ),
        (
            {"projections": [TableProjection("p", "SELECT id"), TableProjection("p", "SELECT at")]},
            ["t: a second projection is called p; rename one of the two."],
        ),
        (
            {"projections": [TableProjection("p", "SELECT id")], "deduplicate": True},
            [
                (
                    "t.projections: ReplacingMergeTree refuses projections by "
                    "default; say in settings what a merge "
                    'does with them: deduplicate_merge_projection_mode="rebuild" or "drop".'
                )
            ],
        ),
        (
            {"constraints": [TableConstraint("c", "ids > 0")]},
            ["t.constraint c: ids is not a column; did you mean id?"],
        ),
        (
            {"constraints": [TableConstraint("c", "id > 0"), TableConstraint("c", "id > 1")]},
            ["t: a second constraint is called c; rename one of the two."],
        ),
        (
            {"cluster": " "},
            ["t.cluster: the name of the cluster is empty; give it one or take it out."],
        ),
    ],
)
def test_a_part_that_can_not_work_is_a_fault(config, expected, faults_of):
    assert faults_of(OlapTable[Visit]("t", OlapConfig(**config))) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "arrayExists(x -> x = 'a', tags)",
        "dateDiff(day, at, toDate('2020-01-01'))",
        "toDate(at) + INTERVAL 1 DAY > at",
        "CAST(id AS String) = url",
        "id::String = url",
        "CASE WHEN id = 1 THEN 2 ELSE 3 END",
        "id IN (1, 2) AND NOT isNull(url) OR true",
        "url LIKE 'a' AND id BETWEEN 1 AND 2",
        "tags.size0 > 1",
        "_part_offset > 1",
        "`id` = inf",
    ],
)
def test_an_expression_that_clickhouse_could_read_is_not_a_fault(expression):
    config = OlapConfig(constraints=[TableConstraint("c", expression)])

    assert the_table(Visit, config).constraints[0].expression == expression


@pytest.mark.parametrize(
    ("name", "written"), [("b`t", "`b\\`t`"), ("b`t", "`b``t`"), ("b\\s", "`b\\\\s`")]
)
def test_a_name_with_quotes_in_it_is_known_in_an_expression(name, written):
    model = create_model("Row", id=(Key[int], ...), x=(str, Field(alias=name)))
    config = OlapConfig(indexes=[TableIndex("i", f"lower({written})", "minmax")])

    assert the_table(model, config).indexes[0].expression == f"lower({written})"


def test_a_kind_of_constraint_that_there_is_not_is_refused_where_it_is_written():
    with pytest.raises(ValidationError, match="'CHECK' or 'ASSUME'"):
        TableConstraint("c", "id > 0", "MAYBE")  # pyright: ignore[reportArgumentType] - the refusal that is tested


class Kept(BaseModel):
    id: Key[int]
    at: date
    count: Annotated[int, ClickHouseStatistics("uniq,tdigest")]
    url: Annotated[
        str,
        clickhouse_default("'a'"),
        ClickHouseCodec("ZSTD"),
        ClickHouseStatistics("uniq"),
        ClickHouseTTL("at + toIntervalDay(1)"),
        ClickHouseColumnSettings(min_compress_block_size=1000, max_compress_block_size=2000),
    ]


KEPT = (
    "`id` Int64, `at` Date32, `count` Int64 STATISTICS(tdigest, uniq), "
    "`url` String DEFAULT 'a' CODEC(ZSTD(1)) STATISTICS(uniq) TTL at + toIntervalDay(1) "
    "SETTINGS (max_compress_block_size = 2000, min_compress_block_size = 1000)"
)


def test_a_column_is_printed_with_all_that_it_has():
    assert ", ".join(column_list(the_table(Kept, OlapConfig()))) == KEPT


@pytest.mark.requires("26.9", "statistics are experimental and off")
def test_the_server_prints_a_column_with_all_that_it_has_in_the_same_words(db):
    db.raw(create_table(the_table(Kept, OlapConfig(), db.database)))

    shown = db.value(
        f"SELECT create_table_query FROM system.tables WHERE database = '{db.database}'"
    )
    assert f"({KEPT}) ENGINE" in shown


class Miskept(BaseModel):
    a: Annotated[str, ClickHouseStatistics("tdigest")]
    b: Annotated[list[str], ClickHouseStatistics("uniq")]
    c: Annotated[int, ClickHouseStatistics("uniqe")]
    d: Annotated[int, ClickHouseStatistics("uniq, uniq")]
    e: Annotated[int, ClickHouseAlias("1"), ClickHouseStatistics("uniq")]
    f: Annotated[int, ClickHouseColumnSettings(min_compres_block_size=1)]
    g: Annotated[int, ClickHouseStatistics(" ")]
    h: list[Annotated[int, ClickHouseColumnSettings()]]


def test_a_column_that_can_not_be_kept_so_is_a_fault(faults_of):
    assert faults_of(OlapTable[Miskept]("t")) == [
        "t.a: ClickHouse keeps no tdigest statistics of String; take them off.",
        "t.b: ClickHouse keeps no uniq statistics of Array(String); take them off.",
        "t.c: 'uniqe' is not a kind of statistics; did you mean uniq?",
        "t.d: the statistics uniq are given twice; drop one.",
        "t.e: an ALIAS column stores nothing to count; take ClickHouseStatistics off.",
        (
            "t.f: min_compres_block_size is not a column setting; did you mean "
            "min_compress_block_size?"
        ),
        "t.g: ClickHouseStatistics is empty; write an expression or take it off.",
        (
            "t.h: ClickHouseColumnSettings is for a whole column; move it to a field of "
            "the table's model."
        ),
    ]


@pytest.mark.parametrize(
    "kind", ["annoy('L2Distance', 10)", "full_text(0)", "hypothesis", "inverted(2)", "usearch"]
)
def test_an_index_that_only_earlier_servers_take_can_be_declared(kind):
    """No server of the suite makes them, so that the text is all there is to see."""
    table = the_table(Visit, OlapConfig(indexes=[TableIndex("i", "url", kind)]))

    assert f"INDEX i url TYPE {kind} GRANULARITY 1" in column_list(table)
