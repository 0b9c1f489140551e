"""A declared table as the value that is compared with the live one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from moose_dagster.declare.elements import (
    constraint_faults,
    constraint_of,
    index_faults,
    index_of,
    projection_faults,
    projection_of,
)
from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.keys import key_faults
from moose_dagster.declare.models import ModelColumns
from moose_dagster.declare.names import name_faults, place_faults
from moose_dagster.declare.one_expression import expression_fault
from moose_dagster.declare.renames import earlier_table
from moose_dagster.declare.secrets import Secret, secret_of
from moose_dagster.declare.source import Source
from moose_dagster.declare.statement_settings import refused_by_default, table_settings
from moose_dagster.declare.table_engine import engine_faults, engine_of, is_merge_tree, table_keys
from moose_dagster.declare.tables import AnyTable, OlapConfig
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.removal import RemovalRequest
from moose_dagster.plan.steps import fingerprint_of
from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.shown_secrets import is_secret_setting
from moose_dagster.state.canonical import canonical
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.resources import State
from moose_dagster.state.tables import Table
from moose_dagster.state.tokens import tokens

_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything a project declares: the desired state, life cycles and places in the code.

    Attributes:
        state: The desired state.
        life_cycles: The life cycle of each resource.
        sources: Where each resource is declared.
        metadata: What the config of each resource says under `metadata`.
        clusters: The cluster of each table and view whose statements run ON CLUSTER.
        column_renames: By table, the earlier name of each renamed column by its declared name.
        table_renames: The earlier name of each renamed table by its declared name.
        labels_only: By table, the columns whose Enums leave the numbers of their members open.
        statement_settings: By table, the settings that go with each statement about it, such as
            `flatten_nested`.
        secrets: By table, the secret for each `[HIDDEN]` after ENGINE in its CREATE statement, in
            order.
        removal_requests: What the code says of resources that left it on purpose.
    """

    state: State
    life_cycles: Mapping[ResourceId, LifeCycle]
    sources: Mapping[ResourceId, Source]
    metadata: Mapping[ResourceId, Mapping[str, object]]
    clusters: Mapping[ResourceId, str] = field(default_factory=dict[ResourceId, str])
    column_renames: Mapping[TableId, Mapping[str, str]] = field(
        default_factory=dict[TableId, Mapping[str, str]]
    )
    table_renames: Mapping[TableId, TableId] = field(default_factory=dict[TableId, TableId])
    labels_only: Mapping[TableId, frozenset[str]] = field(
        default_factory=dict[TableId, frozenset[str]]
    )
    statement_settings: Mapping[TableId, Mapping[str, str]] = field(
        default_factory=dict[TableId, Mapping[str, str]]
    )
    secrets: Mapping[ResourceId, tuple[Secret, ...]] = field(
        default_factory=dict[ResourceId, tuple[Secret, ...]]
    )
    removal_requests: Mapping[ResourceId, RemovalRequest] = field(
        default_factory=dict[ResourceId, RemovalRequest]
    )
    _fingerprints: dict[ResourceId, str] = field(
        default_factory=dict[ResourceId, str], init=False, repr=False, compare=False
    )

    def fingerprint(self, resource: ResourceId) -> str:
        """Return the fingerprint of the declaration of *resource*: sixteen hexadecimal digits.

        Each is computed once, since every plan needs all of them.
        """
        if resource not in self._fingerprints:
            self._fingerprints[resource] = fingerprint_of([self.state[resource]])
        return self._fingerprints[resource]


def table_id(table: AnyTable, database: str) -> TableId:
    """Return where *table* lives, in *database* unless its config names another."""
    config = table.config
    name = f"{table.name}_{config.version.replace('.', '_')}" if config.version else table.name
    return TableId(database if config.database is None else config.database, name)


def desired_table(id_: TableId, config: OlapConfig, model: ModelColumns) -> Table:
    """Return a table without faults in the one spelling that equal tables share."""
    keys = table_keys(config, model)
    settings = {name: _setting(value) for name, value in table_settings(config).items()}
    table = Table(
        id=id_,
        columns=(),
        engine=engine_of(config, id_.database),
        order_by=keys.order_by,
        primary_key=keys.primary_key,
        partition_by=config.partition_by or "",
        sample_by=config.sample_by_expression or "",
        ttl=config.ttl or "",
        settings=settings,
        comment=config.comment or "",
        indexes=tuple(map(index_of, config.indexes)),
        projections=tuple(map(projection_of, config.projections)),
        constraints=tuple(map(constraint_of, config.constraints)),
    )
    # A model's columns are canonical already, and the same for every table that shares it.
    return replace(canonical(table), columns=model.columns)


def table_faults(id_: TableId, config: OlapConfig, model: ModelColumns) -> Iterator[Fault]:
    """Yield every fault of a declared table, its model's included."""
    yield from name_faults(id_.name, "table")
    yield from name_faults(id_.database, "database")
    yield from place_faults(id_)
    yield from _config_faults(config)
    yield from model.faults
    if not model.faults:
        yield from refused_by_default(config, model.columns)
        yield from engine_faults(config, model)
        if is_merge_tree(config):
            yield from key_faults(config, model)
        yield from index_faults(config.indexes, model.by_name)
        yield from projection_faults(config.projections)
        yield from constraint_faults(config.constraints, model.by_name)


def unloadable_faults(table: Table) -> Iterator[Fault]:
    """Yield why the server could not load a table without other faults again.

    Measured on 26.9: it writes the name `not` bare into the table's own file, and can't read that
    (62).
    """
    keys = (
        *table.order_by,
        *(table.primary_key or ()),
        table.partition_by,
        table.sample_by,
        table.ttl,
    )
    for text in (*keys, *map(element_definition, table.elements)):
        if any(token.lower() == "`not`" for token in tokens(text)):
            yield Fault(
                f"{text}: ClickHouse can't load a table whose keys, indexes or constraints "
                "use a column `not`; rename it."
            )


def cluster_faults(cluster: str | None) -> Iterator[Fault]:
    """Yield what is wrong with the name of a cluster."""
    if cluster is not None and not cluster.strip():
        yield Fault("the name of the cluster is empty; give it one or take it out.", ("cluster",))


def _config_faults(config: OlapConfig) -> Iterator[Fault]:
    for name in config.model_extra or {}:
        yield Fault(
            f"OlapConfig has no such field{did_you_mean(name, OlapConfig.model_fields)}", (name,)
        )
    for name, value in (config.settings or {}).items():
        if not _SETTING.match(name):
            yield Fault(f"{name!r} can't be the name of a setting.", ("settings",))
        if is_secret_setting(name) and not secret_of(value):
            yield Fault(
                f"{name} is plain text in the code; write Secret({name.upper()!r}).",
                ("settings",),
            )
    for name in (
        "order_by_expression",
        "primary_key_expression",
        "partition_by",
        "sample_by_expression",
        "ttl",
    ):
        problem = expression_fault(
            getattr(config, name) or "", several=name != "sample_by_expression"
        )
        if problem:
            yield Fault(
                f"{getattr(config, name)!r} {problem}; write ClickHouse expressions.", (name,)
            )
    yield from cluster_faults(config.cluster)
    if config.renamed_from is not None and earlier_table(config.renamed_from, "") is None:
        yield Fault(
            f"renamed_from={config.renamed_from!r} is not the name of a table; "
            "write name or database.name, a name with a dot in backticks."
        )


def _setting(value: object) -> str:
    if secret_of(value):
        return REDACTED
    if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    return str(value)
