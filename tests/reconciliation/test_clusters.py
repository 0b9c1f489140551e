"""What the hosts of clusters add to a plan; tests/cluster does it on two engines."""

from moose_dagster.live.tables import Facts, LiveTables
from moose_dagster.reconciliation.clusters import ClusterFindings, look_at_clusters
from moose_dagster.state.resources import State
from moose_dagster.testing import a_table

TABLE = a_table("id Int64")
READ = LiveTables(State({TABLE.id: TABLE}), {TABLE.id: Facts("", 7, 70)})


def test_without_a_cluster_nothing_is_asked(db):
    assert look_at_clusters(db.clickhouse, {}, READ) == ClusterFindings(facts=READ.facts)
    assert db.clickhouse.queries == 0


def test_a_cluster_that_the_server_does_not_know_is_named(db):
    found = look_at_clusters(db.clickhouse, {TABLE.id: "nowhere"}, READ)

    assert "the server knows no cluster nowhere" in found.obstacles[TABLE.id]
    assert found.facts == READ.facts
