"""The least rights that a project needs: grants of ClickHouse and ACLs of Kafka."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import RemovalRequest
from moose_dagster.sql.quoting import quoted_name, quoted_table
from moose_dagster.state.names import ResourceId, TableId, ViewId, of_kind
from moose_dagster.state.resources import State
from moose_dagster.state.topics import TopicId
from moose_dagster.state.views import View, ViewKind

_FULLY = LifeCycle.FULLY_MANAGED
_PROTECTED = LifeCycle.DELETION_PROTECTED
_EXTERNAL = LifeCycle.EXTERNALLY_MANAGED
_SHOW = ("SHOW TABLES", "SHOW COLUMNS")
# What changes a table and takes nothing away: no grant is fine enough to tell a type that fits from
# one that does not.
_KEEPING = (
    *("SELECT", "CREATE TABLE", "ALTER ADD COLUMN", "ALTER MODIFY COLUMN", "ALTER COMMENT COLUMN"),
    *("ALTER RENAME COLUMN", "ALTER MATERIALIZE COLUMN", "ALTER MODIFY COMMENT", "ALTER INDEX"),
    *("ALTER STATISTICS", "ALTER PROJECTION", "ALTER CONSTRAINT", "ALTER TTL", "ALTER SETTINGS"),
)
# A rebuild inserts what came meanwhile and exchanges tables, which to the server is a drop on both
# sides.
_TAKING = ("INSERT", "ALTER DROP COLUMN", "DROP TABLE")
# To the server, EXCHANGE is a drop on both sides.
_TO_EXCHANGE = ("DROP TABLE", "INSERT")
_WHY_EXCHANGE = (
    "renamed columns, and changes that a check of the stored rows allows, such as a narrower type "
    "or a TTL; they are made on a copy that is exchanged with the table, and blocked without this "
    "grant"
)

TABLE: Mapping[LifeCycle, tuple[str, ...]] = {
    _FULLY: (*_KEEPING, *_TAKING),
    _PROTECTED: _KEEPING,
    _EXTERNAL: _SHOW,
}
"""What is needed on a table."""

_PLAIN_VIEW = ("SELECT", "CREATE VIEW", "DROP VIEW", "ALTER MODIFY COMMENT")
_MATERIALIZED = (
    *(
        "SELECT",
        "CREATE VIEW",
        "ALTER VIEW MODIFY QUERY",
        "ALTER VIEW MODIFY REFRESH",
        "ALTER MODIFY COMMENT",
    ),
)
_DICTIONARY = ("SHOW DICTIONARIES", "CREATE DICTIONARY", "DROP DICTIONARY")
VIEW: Mapping[ViewKind, Mapping[LifeCycle, tuple[str, ...]]] = {
    # CREATE OR REPLACE is a drop to the server; neither holds a row of its own.
    ViewKind.VIEW: {_FULLY: _PLAIN_VIEW, _PROTECTED: _PLAIN_VIEW, _EXTERNAL: _SHOW},
    ViewKind.DICTIONARY: {
        _FULLY: _DICTIONARY,
        _PROTECTED: _DICTIONARY,
        _EXTERNAL: ("SHOW DICTIONARIES",),
    },
    ViewKind.MATERIALIZED_VIEW: {
        _FULLY: (*_MATERIALIZED, "INSERT", "DROP VIEW"),
        _PROTECTED: _MATERIALIZED,
        _EXTERNAL: _SHOW,
    },
}
"""What is needed on a view or dictionary."""

TOPIC: Mapping[LifeCycle, tuple[str, ...]] = {
    _FULLY: ("Describe", "DescribeConfigs", "Create", "Alter", "AlterConfigs", "Delete"),
    _PROTECTED: ("Describe", "DescribeConfigs", "Create", "Alter", "AlterConfigs"),
    _EXTERNAL: ("Describe", "DescribeConfigs"),
}
"""The operations needed on a topic, as Kafka's ACLs call them."""

_REMOVED_TABLE = ("SELECT", "DROP TABLE")
_REMOVED_VIEW = ("SELECT", "DROP VIEW")
_REMOVED_TOPIC = ("Describe", "Delete")
_LEDGER = (
    "CREATE DATABASE",
    "SELECT",
    "INSERT",
    "CREATE TABLE",
    "DROP TABLE",
    "ALTER MODIFY COMMENT",
    "ALTER ADD COLUMN",
)
# What loses something is changed there, on a clone that then takes the place of the table.
_TRASH = (
    *("CREATE DATABASE", "DROP TABLE", "INSERT", "ALTER DELETE", "ALTER DROP COLUMN"),
    *_KEEPING,
    "SYSTEM MERGES",
)
_READ_ALWAYS = ("merge_tree_settings",)
_READ_MANAGED = (
    "disks",
    "merges",
    "mutations",
    "parts",
    "parts_columns",
    "processes",
    "storage_policies",
)
# What an engine reads or writes outside the server.
_SOURCES: Mapping[str, str] = {
    **dict.fromkeys(
        ("S3", "S3Queue", "GCS", "COSN", "OSS", "Iceberg", "IcebergS3", "DeltaLake", "Hudi"), "S3"
    ),
    **dict.fromkeys(("AzureBlobStorage", "AzureQueue", "IcebergAzure", "DeltaLakeAzure"), "AZURE"),
    **dict.fromkeys(("HDFS", "IcebergHDFS"), "HDFS"),
    "Kafka": "KAFKA",
    "URL": "URL",
    "File": "FILE",
    "Distributed": "REMOTE",
    "NATS": "NATS",
    "RabbitMQ": "RABBITMQ",
    "MySQL": "MYSQL",
    "PostgreSQL": "POSTGRES",
    "MongoDB": "MONGO",
    "Redis": "REDIS",
    "SQLite": "SQLITE",
    "ODBC": "ODBC",
    "JDBC": "JDBC",
}
_LEDGER_ENGINES = frozenset({"MergeTree", "ReplacingMergeTree", "Null"})


@dataclass(frozen=True, slots=True)
class GrantInputs:
    """What grants depend on.

    Attributes:
        desired: The declared state.
        life_cycles: The life cycle of each declared resource.
        clusters: The cluster of each resource that is on one.
        renamed: The earlier name of each renamed table.
        removal_requests: What the code says of resources that left it.
        ledger: The database of the ledger.
        trash: The database of the trash.
        loaded: The tables that messages are loaded into.
        read_topics: The topics whose messages are read, dead letter queues among them.
        written_topics: The dead letter queues.
    """

    desired: State
    life_cycles: Mapping[ResourceId, LifeCycle]
    clusters: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    renamed: Mapping[TableId, TableId] = field(default_factory=dict[TableId, TableId])
    removal_requests: Mapping[ResourceId, RemovalRequest] = field(
        default_factory=dict[ResourceId, RemovalRequest]
    )
    ledger: str = "moose_dagster"
    trash: str = "moose_dagster_trash"
    loaded: frozenset[TableId] = frozenset()
    read_topics: frozenset[TopicId] = frozenset()
    written_topics: frozenset[TopicId] = frozenset()

    @property
    def writes(self) -> bool:
        """Whether anything in ClickHouse is written at all."""
        managed = (
            self.is_managed(resource) for resource in (*self.desired.tables, *self.desired.views)
        )
        return any(managed) or any(request.drop for request in self.removal_requests.values())

    def is_managed(self, resource: ResourceId) -> bool:
        """Tell whether statements about *resource* are ever sent."""
        return self.life_cycles[resource] is not _EXTERNAL


@dataclass(frozen=True, slots=True)
class Grant:
    """Privileges on one place.

    Attributes:
        privileges: As GRANT writes them.
        place: As GRANT writes it, such as `shop.*`.
        what_for: Why they are needed.
    """

    privileges: tuple[str, ...]
    place: str
    what_for: str

    def statement(self, grantee: str) -> str:
        """Return the GRANT to the role or user *grantee*."""
        return f"GRANT {', '.join(self.privileges)} ON {self.place} TO {quoted_name(grantee)}"


@dataclass(frozen=True, slots=True)
class Acl:
    """What one principal may do with one topic.

    Attributes:
        topic: The name.
        operations: As Kafka's ACLs call them.
        what_for: Why they are needed.
    """

    topic: str
    operations: tuple[str, ...]
    what_for: str

    def command(self, principal: str) -> str:
        """Return the call of `kafka-acls.sh` for *principal*, such as `User:deploy`."""
        operations = " ".join(f"--operation {operation}" for operation in self.operations)
        return (
            f'kafka-acls.sh --bootstrap-server "$BOOTSTRAP_SERVERS" --add '
            f"--allow-principal {_shell(principal)} {operations} --topic {_shell(self.topic)}"
        )


def grants_for(inputs: GrantInputs) -> tuple[Grant, ...]:
    """Return what a role needs in ClickHouse, the same places together and in a fixed order."""
    merged = dict[str, Grant]()
    for grant in _grants(inputs):
        known = merged.get(grant.place)
        if known is None:
            merged[grant.place] = grant
            continue
        privileges = dict.fromkeys((*known.privileges, *grant.privileges))
        what_for = dict.fromkeys((known.what_for, grant.what_for))
        merged[grant.place] = Grant(tuple(privileges), grant.place, "; ".join(what_for))
    return tuple(merged.values())


# A MergeTree table of no session; it is gone as soon as the server has checked it.
_TO_ASK = Grant(
    ("CREATE ARBITRARY TEMPORARY TABLE",),
    "*.*",
    "a plan shows what the server refuses of a definition; without this grant, the statement fails",
)


def optional_grants_for(inputs: GrantInputs) -> tuple[Grant, ...]:
    """Return what a role may do without, each with what a plan lacks then."""
    managed = (
        table.engine.is_merge_tree and inputs.life_cycles[id_] is not _EXTERNAL
        for id_, table in inputs.desired.tables.items()
    )
    asking = (_TO_ASK,) if any(managed) else ()
    return asking + tuple(
        Grant(_TO_EXCHANGE, quoted_table(id_), _WHY_EXCHANGE)
        for id_, table in sorted(inputs.desired.tables.items())
        if inputs.life_cycles[id_] is _PROTECTED
        and table.engine.is_merge_tree
        and id_ not in inputs.clusters
    )


def acls_for(inputs: GrantInputs) -> tuple[Acl, ...]:
    """Return what a principal needs in Kafka."""
    declared = (
        Acl(
            topic.name,
            (*TOPIC[inputs.life_cycles[topic]], *_operations_of_loads(topic, inputs)),
            inputs.life_cycles[topic].value,
        )
        for topic in inputs.desired.topics
    )
    of_removed = (
        Acl(topic.name, _REMOVED_TOPIC, "to be removed")
        for topic, request in of_kind(inputs.removal_requests, TopicId).items()
        if request.drop
    )
    return (*declared, *of_removed)


def _operations_of_loads(topic: TopicId, inputs: GrantInputs) -> Iterator[str]:
    if topic in inputs.read_topics:
        yield "Read"
    if topic in inputs.written_topics:
        yield "Write"


def _grants(inputs: GrantInputs) -> Iterator[Grant]:
    yield from _general(inputs)
    for table in sorted(inputs.desired.tables):
        yield from _on_table(table, inputs)
    for id_, view in sorted(inputs.desired.views.items()):
        yield from _on_view(id_, view, inputs)
    for resource, request in inputs.removal_requests.items():
        if request.drop and isinstance(resource, TableId):
            needed = _REMOVED_VIEW if isinstance(resource, ViewId) else _REMOVED_TABLE
            yield Grant(needed, quoted_table(resource), "to be removed")


def _general(inputs: GrantInputs) -> Iterator[Grant]:
    if not (inputs.desired.tables or inputs.desired.views or inputs.writes):
        return
    for name in (*_READ_ALWAYS, *(_READ_MANAGED if inputs.writes else ())):
        yield Grant(("SELECT",), f"system.{name}", "reading")
    if inputs.clusters:
        every_host = "looking at every host of a cluster"
        yield Grant(("SELECT",), "system.clusters", every_host)
        # As ClickHouse's documentation says of table functions; not seen, because the embedded
        # engine has no clusters.
        yield Grant(("CREATE TEMPORARY TABLE", "REMOTE"), "*.*", every_host)
    ledger = Grant(_LEDGER, f"{quoted_name(inputs.ledger)}.*", "the ledger and the lock")
    if not inputs.writes:
        yield from (ledger,) if inputs.loaded else ()
        return
    # A view in a database of somebody else may read a table of ours.
    yield Grant(_SHOW, "*.*", "finding every materialized view that reads a managed table")
    yield ledger
    yield Grant(
        _TRASH, f"{quoted_name(inputs.trash)}.*", "the trash, and tables while they are rebuilt"
    )
    views = inputs.desired.views.items()
    if any(view.kind is ViewKind.DICTIONARY and inputs.is_managed(id_) for id_, view in views):
        loading = "loading dictionaries again after a change"
        yield Grant(("SYSTEM RELOAD DICTIONARY",), "*.*", loading)
        yield Grant(("SELECT",), "system.dictionaries", loading)
    if any(inputs.is_managed(resource) for resource in inputs.clusters):
        yield Grant(("CLUSTER",), "*.*", "ON CLUSTER")
        waiting = "waiting for hosts that are late with ON CLUSTER"
        yield Grant(("SELECT",), "system.distributed_ddl_queue", waiting)
    managed = [table for id_, table in inputs.desired.tables.items() if inputs.is_managed(id_)]
    inner = [
        view.inner
        for id_, view in inputs.desired.views.items()
        if inputs.is_managed(id_) and view.inner
    ]
    engines = {table.engine.name for table in (*managed, *inner)}
    if any(name.startswith("Replicated") for name in engines):
        for name in ("macros", "replicas"):
            yield Grant(("SELECT",), f"system.{name}", "paths of replicated tables in Keeper")
        copied = "copying a replicated table with all rows of its replicas"
        yield Grant(("SYSTEM SYNC REPLICA",), "*.*", copied)
    for source in sorted({_SOURCES[engine] for engine in engines if engine in _SOURCES}):
        yield Grant((source,), "*.*", "engines that reach out of the server")
    for engine in sorted(engines | _LEDGER_ENGINES):
        yield Grant(
            ("TABLE ENGINE",),
            engine,
            "creating, where the server asks for it (table_engines_require_grant)",
        )
    databases = {
        resource.database
        for resource in (*inputs.desired.tables, *inputs.desired.views)
        if inputs.is_managed(resource)
    }
    for database in sorted(databases):
        yield Grant(
            ("CREATE DATABASE",), f"{quoted_name(database)}.*", "databases that are missing"
        )


def _on_table(table: TableId, inputs: GrantInputs) -> Iterator[Grant]:
    life_cycle = inputs.life_cycles[table]
    yield Grant(TABLE[life_cycle], quoted_table(table), life_cycle.value)
    if table in inputs.loaded:
        yield Grant(("SELECT", "INSERT"), quoted_table(table), "messages are loaded into it")
    earlier = inputs.renamed.get(table)
    if earlier and inputs.is_managed(table):
        # The earlier name is never needed again: to the server RENAME is a drop.
        yield Grant(("SELECT", "DROP TABLE"), quoted_table(earlier), f"renamed to {table}")
        yield Grant(("INSERT",), quoted_table(table), f"renamed from {earlier}")


def _on_view(id_: ViewId, view: View, inputs: GrantInputs) -> Iterator[Grant]:
    life_cycle = inputs.life_cycles[id_]
    yield Grant(VIEW[view.kind][life_cycle], quoted_table(id_), life_cycle.value)
    if not inputs.is_managed(id_):
        return
    for read in view.reads:
        yield Grant(("SELECT",), quoted_table(read), f"read by {id_}")
    if view.target:
        yield Grant(("SELECT", "INSERT"), quoted_table(view.target), f"filled by {id_}")
    if view.inner and life_cycle is _FULLY:
        yield Grant(
            ("SELECT",), f"{quoted_name(id_.database)}.`.inner_id.`*", "rows of materialized views"
        )


def _shell(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
