"""The environments of a project: one declaration under other names of databases and topics."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

from moose_dagster.declare.desired import Desired
from moose_dagster.declare.faults import did_you_mean
from moose_dagster.declare.names import name_faults, place_faults
from moose_dagster.errors import DeclarationError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.sql.moves import Moves, moved_state
from moose_dagster.state.names import ResourceId, TableId
from moose_dagster.state.tables import Table
from moose_dagster.state.topics import TopicId

VARIABLE: Final = "MOOSE_DAGSTER_ENVIRONMENT"
"""The environment variable that names the environment of every project."""
OWNER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
"""What a project or an environment may be called."""
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}\Z")
_WORD = "{name}"
_PER_TABLE = ("{database}", "{uuid}")


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment of a project: `Environment("dev", database_suffix="_dev")`.

    Everything that the project manages has the names of the environment, also in the texts of
    views, dictionaries and engines. EXTERNALLY_MANAGED resources and what is not declared keep
    their names. Ledger, lock, trash and history of the environments are separate.

    `Environment("pr-*", database_suffix="_{name}", topic_prefix="{name}.")` stands for every
    environment whose name fits the pattern, such as `pr-123`. `{name}` is that name in small
    letters, digits and _.

    Attributes:
        name: Its name: 1 to 64 letters, digits, dots, - and _; a pattern has a * in it.
        database_prefix: What the name of each database begins with; "" adds nothing.
        database_suffix: What the name of each database ends with; "" adds nothing.
        topic_prefix: What the name of each topic begins with; "" adds nothing.
        cluster: The cluster that the statements of every table and view run on, whatever its config
            says; "" means the connected server alone, None means what each config says.
    """

    name: str
    database_prefix: str = ""
    database_suffix: str = ""
    topic_prefix: str = ""
    cluster: str | None = None

    def database(self, name: str) -> str:
        """Return the name that a database has here.

        Args:
            name: Its name in the declarations.
        """
        return f"{self.database_prefix}{name}{self.database_suffix}"


def chosen_environment(
    project: str, chosen: Environment | str | None, declared: Iterable[Environment]
) -> Environment | None:
    """Return the environment of a project, or None where nothing chooses one.

    Args:
        project: The name of the project.
        chosen: What the code or the command line names; None means the environment variable.
        declared: The environments of the project; none means that any name is one.

    Raises:
        DeclarationError: There is no such environment, or a name can't be one.
    """
    environments = {environment.name: environment for environment in declared}
    if chosen is None:
        chosen = os.environ.get(VARIABLE) or None
    if isinstance(chosen, str):
        chosen = _named_like(chosen, environments.values()) or chosen
    if isinstance(chosen, str) and environments and chosen not in environments:
        names = ", ".join(environments)
        hint = did_you_mean(chosen, environments)
        raise DeclarationError(
            [f"{project} has no environment {chosen!r}{hint} Its environments are {names}."]
        )
    environment = (
        environments.get(chosen, Environment(chosen)) if isinstance(chosen, str) else chosen
    )
    faults = [fault for each in environments.values() for fault in _faults_of(project, each)]
    if environment is not None and not OWNER_NAME.match(environment.name):
        faults.append(_wrong_name(project, environment))
    if faults:
        raise DeclarationError(list(dict.fromkeys(faults)))
    return environment


def _named_like(name: str, patterns: Iterable[Environment]) -> Environment | None:
    """Return the environment *name* of the first pattern that it fits, or None."""
    for pattern in patterns:
        if pattern.name == name:
            return None
        if "*" in pattern.name and fnmatchcase(name, pattern.name):
            word = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower()
            return replace(
                pattern,
                name=name,
                database_prefix=pattern.database_prefix.replace(_WORD, word),
                database_suffix=pattern.database_suffix.replace(_WORD, word),
                topic_prefix=pattern.topic_prefix.replace(_WORD, word),
            )
    return None


def in_environment(desired: Desired, environment: Environment) -> Desired:
    """Return *desired* under the names of *environment*.

    Raises:
        DeclarationError: A name can't be one, or two resources would have the same name or data.
    """
    moves = moves_to(desired, environment)
    if faults := list(_faults(desired, moves, environment)):
        raise DeclarationError(faults)

    renames = dict(desired.table_renames)
    for table, earlier in desired.table_renames.items():
        if table in moves.tables:
            earlier_database = environment.database(earlier.database)
            del renames[table]
            renames[moves.place(table)] = TableId(earlier_database, earlier.name)
    requests = {
        _removed(resource, environment): request
        for resource, request in desired.removal_requests.items()
    }
    return replace(
        desired,
        state=moved_state(desired.state, moves),
        life_cycles=moves.keys(desired.life_cycles),
        sources=moves.keys(desired.sources),
        metadata=moves.keys(desired.metadata),
        clusters=_clusters(desired, moves, environment),
        column_renames=moves.keys(desired.column_renames),
        table_renames=renames,
        labels_only=moves.keys(desired.labels_only),
        statement_settings=moves.keys(desired.statement_settings),
        secrets=moves.keys(desired.secrets),
        removal_requests=requests,
    )


def moves_to(desired: Desired, environment: Environment) -> Moves:
    """Return the names in *environment* of what the declarations manage."""
    managed = [
        resource
        for resource, life_cycle in desired.life_cycles.items()
        if life_cycle is not LifeCycle.EXTERNALLY_MANAGED
    ]
    tables = [resource for resource in managed if isinstance(resource, TableId)]
    topics = [resource for resource in managed if isinstance(resource, TopicId)]
    databases = {table.database: environment.database(table.database) for table in tables}
    prefix = environment.topic_prefix
    moved_tables = {
        TableId(table.database, table.name): TableId(databases[table.database], table.name)
        for table in tables
        if databases[table.database] != table.database
    }
    moved_topics = {topic: TopicId(f"{prefix}{topic.name}") for topic in topics if prefix}
    moved_databases = {name: new for name, new in databases.items() if name != new}
    return Moves(moved_tables, moved_topics, moved_databases)


def _clusters(desired: Desired, moves: Moves, environment: Environment) -> dict[ResourceId, str]:
    clusters = dict[ResourceId, str]()
    for resource, life_cycle in desired.life_cycles.items():
        if isinstance(resource, TopicId):
            continue
        cluster = desired.clusters.get(resource, "")
        if environment.cluster is not None and life_cycle is not LifeCycle.EXTERNALLY_MANAGED:
            cluster = environment.cluster
        if cluster:
            clusters[moves.resource(resource)] = cluster
    return clusters


def _removed(resource: ResourceId, environment: Environment) -> ResourceId:
    if isinstance(resource, TopicId):
        return TopicId(f"{environment.topic_prefix}{resource.name}")
    return type(resource)(environment.database(resource.database), resource.name)


def _faults_of(project: str, environment: Environment) -> Iterator[str]:
    """Yield what is wrong with a declared environment, which may be a pattern."""
    if not OWNER_NAME.match(environment.name.replace("*", "x")):
        yield _wrong_name(project, environment)
    databases = environment.database_prefix + environment.database_suffix
    if "*" in environment.name and _WORD not in databases:
        yield (
            f"{project}: every environment like {environment.name} would have the same databases; "
            f'write {_WORD} into database_prefix or database_suffix, such as "_{_WORD}".'
        )


def _wrong_name(project: str, environment: Environment) -> str:
    return (
        f"{project}: the name of the environment {environment.name!r} can't be one; "
        "use 1 to 64 letters, digits, dots, - and _."
    )


def _faults(desired: Desired, moves: Moves, environment: Environment) -> Iterator[str]:
    """Yield what is wrong with the names that resources get in *environment*."""
    of = f"in the environment {environment.name}"
    taken = dict[ResourceId, ResourceId]()
    for resource in desired.life_cycles:
        new = moves.resource(resource)
        where = f"{resource} ({desired.sources[resource]}), {new} {of}"
        other = taken.setdefault(_place(new), resource)
        if other != resource:
            yield f"{where}: {other} has the same name there; change a prefix or suffix."
        if new == resource:
            continue
        if isinstance(new, TopicId):
            if not _TOPIC.match(new.name):
                yield f"{where}: Kafka can't take this name; change topic_prefix."
            continue
        for fault in (*name_faults(new.database, "database"), *place_faults(new)):
            yield f"{where}: {fault.message}"
        table = desired.state.tables.get(resource) if type(resource) is TableId else None
        if table is not None and (problem := _shared_data(table)):
            yield f"{where}: {problem}"


def _place(resource: ResourceId) -> ResourceId:
    return resource if isinstance(resource, TopicId) else TableId(resource.database, resource.name)


def _shared_data(table: Table) -> str:
    """Return why a table would share its data with the other environments, or ""."""
    engine = table.engine
    path = engine.arguments[0] if engine.arguments else ""
    if engine.name == "KeeperMap":
        return f"every environment would have the rows of {path}; declare it EXTERNALLY_MANAGED."
    is_replicated = engine.name.startswith("Replicated") and path.startswith("'")
    if is_replicated and not any(macro in path for macro in _PER_TABLE):
        return (
            f"it would be a replica of the table with the same path in another environment; "
            f"write {{database}} or {{uuid}} into {path}."
        )
    return ""
