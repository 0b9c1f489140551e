"""What the code leaves to the server does not differ."""

from dataclasses import replace

import pytest

from moose_dagster.normalize.undeclared import fill_undeclared
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table

PATHS = ("'/clickhouse/tables/{uuid}/{shard}'", "'{replica}'")
TABLE = a_table("id Int64", "n Int64")
ROWS = [
    # declared, live, whether they are the same
    (Engine("MergeTree"), Engine("SharedMergeTree", PATHS), True),
    (Engine("ReplacingMergeTree", ("n",)), Engine("SharedReplacingMergeTree", (*PATHS, "n")), True),
    (Engine("ReplacingMergeTree"), Engine("SharedReplacingMergeTree", (*PATHS, "n")), False),
    (Engine("ReplicatedMergeTree"), Engine("ReplicatedMergeTree", PATHS), True),
    (
        Engine("ReplicatedMergeTree", ("'/other'", "'r1'")),
        Engine("ReplicatedMergeTree", PATHS),
        True,
    ),
    (Engine("MergeTree"), Engine("ReplicatedMergeTree", PATHS), False),
    (Engine("ReplicatedMergeTree"), Engine("SharedMergeTree", PATHS), True),
    (
        Engine("ReplicatedReplacingMergeTree", ("'/t'", "'{replica}'", "n")),
        Engine("SharedReplacingMergeTree", (*PATHS, "n")),
        True,
    ),
    (Engine("SharedMergeTree"), Engine("MergeTree"), True),
    (Engine("SharedMergeTree"), Engine("ReplicatedMergeTree", PATHS), False),
    (Engine("ReplicatedMergeTree"), Engine("MergeTree"), False),
    (
        *(Engine("S3", ("'https://b/x.csv'", "'key'", "'[HIDDEN]'", "'CSV'")),),
        *(Engine("S3", ("'https://b/x.csv'", "'key'", "'[HIDDEN]'", "'CSV'")), True),
    ),
    (
        *(Engine("AzureQueue", ("'[HIDDEN]'", "'box'")),),
        *(Engine("AzureQueue", ("'Endpoint=x;AccountKey=[HIDDEN]'", "'box'")), True),
    ),
    (Engine("S3", ("'[HIDDEN]'", "'CSV'")), Engine("S3", ("'[HIDDEN]'", "'TSV'")), False),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} / {row[1]}" for row in ROWS])
def test_paths_replicas_and_secrets_are_taken_over_from_live(row):
    declared, live_text, same = row
    live, desired = replace(TABLE, engine=live_text), replace(TABLE, engine=declared)

    found = fill_undeclared(State({TABLE.id: desired}), State({TABLE.id: live})).tables[TABLE.id]

    assert (found.engine == live_text) is same


def test_a_secret_setting_is_taken_over_from_live():
    live, desired = (
        replace(TABLE, settings={"kafka_sasl_password": value})
        for value in ("'[HIDDEN]'", "[HIDDEN]")
    )

    found = fill_undeclared(State({TABLE.id: desired}), State({TABLE.id: live})).tables[TABLE.id]

    assert found.settings == live.settings
