"""`moose-dagster grants`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.declare.grants import grant_inputs
from moose_dagster.plan.grants import Acl, Grant, acls_for, grants_for


@dataclass(frozen=True)
class Grantee:
    """Who is to get the rights."""

    to: Annotated[
        str, typer.Option("--to", metavar="NAME", help="The role or user in ClickHouse.")
    ] = "moose_dagster"
    principal: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The principal in Kafka; User: and the name of --to, if none is given.",
        ),
    ] = ""


def grants(where: ProjectOptions, grantee: Grantee, output: Output) -> int:
    """Print the least that ClickHouse and Kafka have to allow for what the project declares. Nothing is connected.

    A DELETION_PROTECTED table gets no right to drop it, its columns or its rows; an
    EXTERNALLY_MANAGED one none to write. Rights only add up: revoke what an earlier version printed
    and this one does not.

    Exit code 0, or 1 for an error.
    """
    project, ledger_database, trash_database = where.load_names()
    wanted = grant_inputs(project, ledger_database, trash_database)
    needed, acls = grants_for(wanted), acls_for(wanted)
    principal = grantee.principal or f"User:{grantee.to}"
    if output.as_json:
        output.print_json(
            {
                "project": project.name,
                "grants": [_of_grant(grant, grantee.to) for grant in needed],
                "acls": [_of_acl(acl, principal) for acl in acls],
            }
        )
    else:
        _print(output, [*_lines(needed, grantee.to), *_commands(acls, principal)])
    return exit_codes.NOTHING_TO_DO


def _lines(needed: Sequence[Grant], to: str) -> list[str]:
    return [
        line
        for one in needed
        for line in (f"-- {one.place}: {one.what_for}", f"{one.statement(to)};")
    ]


def _commands(acls: Sequence[Acl], principal: str) -> list[str]:
    return [
        line for one in acls for line in (f"# {one.topic}: {one.what_for}", one.command(principal))
    ]


def _of_grant(grant: Grant, to: str) -> dict[str, object]:
    return {
        "privileges": list(grant.privileges),
        "on": grant.place,
        "what_for": grant.what_for,
        "statement": grant.statement(to),
    }


def _of_acl(acl: Acl, principal: str) -> dict[str, object]:
    return {
        "principal": principal,
        "operations": list(acl.operations),
        "topic": acl.topic,
        "what_for": acl.what_for,
        "command": acl.command(principal),
    }


def _print(output: Output, lines: Sequence[str]) -> None:
    """Print each line as it is: a wrapped statement could not be piped into a client."""
    for line in lines:
        output.console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
