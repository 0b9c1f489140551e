"""What the replicas of tables add to a plan; tests/live reads one of the real engine."""

from dataclasses import dataclass, field

from moose_dagster.reconciliation.replicas import look_at_replicas
from moose_dagster.state.tables import Engine
from moose_dagster.testing import a_table

REPLICATED = a_table("id Int64", engine=Engine("ReplicatedMergeTree"))
PLAIN = a_table("id Int64", name="shop.plain")


@dataclass
class Answers:
    """A server that knows replicas and mutations."""

    replicas: list = field(default_factory=list)
    mutations: list = field(default_factory=list)
    queries: list = field(default_factory=list)

    def query(self, sql, parameters=None):
        self.queries.append(sql)
        return self.replicas if "system.replicas" in sql else self.mutations


def look(server, clusters=None):
    tables = {table.id: table for table in (REPLICATED, PLAIN)}
    return look_at_replicas(server, tables, clusters or {})


def test_nothing_is_asked_about_tables_without_replicas():
    server = Answers()

    look_at_replicas(server, {PLAIN.id: PLAIN}, {})

    assert server.queries == []


def test_other_hosts_with_a_replica_are_counted_where_no_cluster_is_declared():
    server = Answers([("a", "shop", "orders", 0, 0, 3), ("a", "shop", "plain", 0, 0, 9)])

    assert look(server).others == {REPLICATED.id: 2}
    assert look(server, {REPLICATED.id: "main"}).others == {}


def test_replicas_that_lag_or_fail_are_named_with_their_host():
    server = Answers(
        [("a", "shop", "orders", 0, 10, 2), ("b", "shop", "orders", 0, 4_000, 2)],
        [("b", "shop", "orders", "mutation_3.txt", "Code: 6. Cannot parse")],
    )

    found = look(server, {REPLICATED.id: "main"})

    assert found.notes == (
        "shop.orders: on b its replica is 4,000 seconds behind the others.",
        "shop.orders: on b the mutation mutation_3.txt fails: Code: 6. Cannot parse",
    )
    assert found.obstacles == {}
    assert all("clusterAllReplicas('main', system." in sql for sql in server.queries)
