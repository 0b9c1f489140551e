"""A path in Keeper with the UUID of the table needs a UUID that all replicas share."""

import pytest

from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table, plan_of, verdicts

DEFAULT = Engine("ReplicatedMergeTree")
OF_UUID = Engine("ReplicatedReplacingMergeTree", ("'/tables/{uuid}/{shard}'", "'{replica}'"))
OF_NAME = Engine("ReplicatedMergeTree", ("'/tables/{shard}/{table}'", "'{replica}'"))
ORDERS = a_table("id Int64").id


@pytest.mark.parametrize(
    ("engine", "inputs", "verdict"),
    [
        (DEFAULT, {}, "BLOCK"),
        (OF_UUID, {}, "BLOCK"),
        (OF_NAME, {}, "APPLY"),
        (DEFAULT, {"clusters": {ORDERS: "main"}}, "APPLY"),
        (OF_UUID, {"clusters": {ORDERS: "main"}}, "APPLY"),
        (DEFAULT, {"catalogs": {"shop": "Replicated"}}, "APPLY"),
        (DEFAULT, {"catalogs": {"other": "Replicated"}}, "BLOCK"),
        (Engine("SharedMergeTree"), {}, "APPLY"),
    ],
)
def test_a_table_is_created_where_its_replicas_share_a_uuid(engine, inputs, verdict):
    plan = plan_of(None, a_table("id Int64", engine=engine), **inputs)

    assert verdicts(plan) == {"table": verdict}


def test_a_table_that_becomes_replicated_needs_one_as_well():
    live, desired = a_table("id Int64"), a_table("id Int64", engine=DEFAULT)

    (step,) = plan_of(live, desired).steps

    assert (step.verdict.name, step.risk.name) == ("BLOCK", "IMPOSSIBLE")
    assert "Declare cluster, or keeper_path and replica_name" in step.reason
