"""Which declared resources a run is about, and whether their servers were given."""

from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.project import Project
from moose_dagster.errors import DeclarationError
from moose_dagster.reconciliation.results import Options
from moose_dagster.state.resources import State


def select_resources(project: Project, options: Options) -> State:
    """Return the declared resources that a run with *options* is about.

    Raises:
        DeclarationError: A selected resource is not declared.
    """
    declared = project.desired.state
    if options.selection is None:
        return declared
    known = {*declared.tables, *declared.topics, *declared.views}
    unknown = [resource for resource in options.selection if resource not in known]
    if unknown:
        raise DeclarationError(
            [f"{resource}: selected, but not declared by {project.name}." for resource in unknown]
        )
    selected = options.selection
    tables = {table: value for table, value in declared.tables.items() if table in selected}
    topics = {topic: value for topic, value in declared.topics.items() if topic in selected}
    views = {view: value for view, value in declared.views.items() if view in selected}
    return State(tables, topics, views)


def check_servers(desired: State, clickhouse: ClickHouse | None, kafka: Kafka | None) -> None:
    """Refuse a run that lacks the server of a selected resource.

    Raises:
        DeclarationError: A table, view or topic is selected and its server was not given.
    """
    faults = list[str]()
    if desired.tables and clickhouse is None:
        faults.append(
            f"{next(iter(desired.tables))} is a table, and no ClickHouse connection was given."
        )
    if desired.views and clickhouse is None:
        faults.append(
            f"{next(iter(desired.views))} is a view, and no ClickHouse connection was given."
        )
    if desired.topics and kafka is None:
        faults.append(
            f"{next(iter(desired.topics))} is a topic, and no Kafka connection was given."
        )
    if faults:
        raise DeclarationError(faults)
