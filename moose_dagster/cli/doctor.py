"""`moose-dagster doctor`."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from enum import Enum

from rich.text import Text

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.settings import Connections, ProjectOptions, Target
from moose_dagster.clients.clickhouse import ClickHouse
from moose_dagster.clients.kafka import Kafka
from moose_dagster.declare.grants import grant_inputs
from moose_dagster.declare.project import Project
from moose_dagster.errors import MooseDagsterError, ServerError
from moose_dagster.ledger.entries import read_ledger
from moose_dagster.plan.grants import grants_for
from moose_dagster.reconciliation import Options
from moose_dagster.report.console import print_indented
from moose_dagster.state.counting import counted

_OLDEST = (24, 8)
_MOST_SECONDS = 5
_ERROR_OF_SYNTAX = 62


class Health(str, Enum):
    """How one check ended."""

    OK = "ok"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        what: What was checked.
        health: How it ended.
        words: What was found and, where it is not well, what to do.
    """

    what: str
    health: Health
    words: str


def doctor(options: ProjectOptions, output: Output) -> int:
    """Check what a run needs: the project, the servers, their versions, rights, ledger and clock.

    It writes nothing.

    Exit code 0: all is well, or can't be told. 1: an error, or something is not.
    """
    target = options.load()
    findings = list(_findings(target))
    failed = any(finding.health is Health.FAILED for finding in findings)
    code = exit_codes.FAILED if failed else exit_codes.NOTHING_TO_DO
    if output.as_json:
        rows = [asdict(finding) for finding in findings]
        output.print_json({"project": target.project.name, "exit_code": code, "findings": rows})
        return code
    styles = {Health.OK: "green", Health.UNKNOWN: "yellow", Health.FAILED: "red"}
    for finding in findings:
        first = Text(f"{finding.health.value:8}", style=styles[finding.health])
        print_indented(output.console, Text(f"{finding.what}: {finding.words}"), first, 8)
    return code


def _findings(target: Target) -> Iterator[Finding]:
    state = target.project.desired.state
    declared = (
        counted(len(state.tables), "table"),
        counted(len(state.views), "view"),
        counted(len(state.topics), "topic"),
    )
    yield Finding("project", Health.OK, f"{target.project.name}: {', '.join(declared)}")
    try:
        with target.connected() as servers:
            if servers.clickhouse is not None:
                yield from _of_clickhouse(target.project, servers.clickhouse, servers.options)
            if servers.kafka is not None:
                yield _of_kafka(target.project, servers.kafka)
            yield from _missing(servers)
    except MooseDagsterError as error:
        yield Finding("servers", Health.FAILED, str(error))


def _missing(servers: Connections) -> Iterator[Finding]:
    if servers.clickhouse is None:
        yield Finding("ClickHouse", Health.UNKNOWN, "none is named, and none is needed")
    if servers.kafka is None:
        yield Finding("Kafka", Health.UNKNOWN, "none is named, and none is needed")


def _of_clickhouse(project: Project, clickhouse: ClickHouse, options: Options) -> Iterator[Finding]:
    try:
        before = datetime.now(timezone.utc)
        rows = clickhouse.query("SELECT version(), currentUser(), toUnixTimestamp(now())")
        version, user, seconds = rows[0]
    except MooseDagsterError as error:
        yield Finding("ClickHouse", Health.FAILED, str(error))
        return
    yield Finding("ClickHouse", Health.OK, f"answers as {user}")
    yield _of_version(str(version))
    yield _of_clock(int(seconds) - int(before.timestamp()))
    yield _of_ledger(project, clickhouse, options)
    yield _of_rights(project, clickhouse, options)


def _of_version(version: str) -> Finding:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers < _OLDEST:
        return Finding("version", Health.FAILED, f"ClickHouse {version}; 24.8 or newer is needed")
    return Finding("version", Health.OK, f"ClickHouse {version}")


def _of_clock(ahead: int) -> Finding:
    """Return whether both clocks agree: the lock of a run and the trash depend on the server's."""
    if abs(ahead) <= _MOST_SECONDS:
        return Finding("clock", Health.OK, "the same as here")
    direction = "ahead of" if ahead > 0 else "behind"
    return Finding(
        "clock",
        Health.FAILED,
        f"the server is {counted(abs(ahead), 'second')} {direction} this machine; set both by NTP",
    )


def _of_ledger(project: Project, clickhouse: ClickHouse, options: Options) -> Finding:
    try:
        entries = read_ledger(clickhouse, options.ledger_database, project.owner)
    except MooseDagsterError as error:
        return Finding("ledger", Health.FAILED, str(error))
    managed = counted(len(entries.every), "resource")
    words = f"{options.ledger_database}: {managed} of this project"
    if entries.interrupted:
        rebuilds = counted(len(entries.interrupted), "interrupted rebuild")
        return Finding(
            "ledger", Health.FAILED, f"{words}, and {rebuilds}; apply goes on with it, or abort"
        )
    return Finding("ledger", Health.OK, words)


def _of_rights(project: Project, clickhouse: ClickHouse, options: Options) -> Finding:
    """Return whether the user has every privilege that `grants` prints."""
    inputs = grant_inputs(project, options.ledger_database, options.trash_database)
    missing = list[str]()
    try:
        for grant in grants_for(inputs):
            asked = f"CHECK GRANT {', '.join(grant.privileges)} ON {grant.place}"
            if not clickhouse.query(asked)[0][0]:
                missing.append(f"{', '.join(grant.privileges)} ON {grant.place}")
    except ServerError as error:
        if error.code != _ERROR_OF_SYNTAX:
            return Finding("rights", Health.FAILED, str(error))
        return Finding(
            "rights", Health.UNKNOWN, "this ClickHouse has no CHECK GRANT; see moose-dagster grants"
        )
    except MooseDagsterError as error:
        return Finding("rights", Health.FAILED, str(error))
    if missing:
        words = f"{'; '.join(missing)}; moose-dagster grants prints the statements"
        return Finding("rights", Health.FAILED, f"missing: {words}")
    return Finding("rights", Health.OK, "everything that moose-dagster grants prints")


def _of_kafka(project: Project, kafka: Kafka) -> Finding:
    try:
        found = kafka.layouts()
    except MooseDagsterError as error:
        return Finding("Kafka", Health.FAILED, str(error))
    declared = [topic.name for topic in project.desired.state.topics]
    refused = [f"{name}: {error}" for name, error in found.refused.items() if name in declared]
    if refused:
        return Finding("Kafka", Health.FAILED, "; ".join(refused))
    live = counted(sum(name in found.found for name in declared), "topic")
    return Finding("Kafka", Health.OK, f"answers; {live} of this project")
