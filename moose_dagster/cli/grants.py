"""`moose-dagster grants`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from moose_dagster.cli import exit_codes
from moose_dagster.cli.output import Output
from moose_dagster.cli.settings import ProjectOptions
from moose_dagster.declare.grants import grant_inputs
from moose_dagster.plan.grants import Acl, Grant, acls_for, grants_for, optional_grants_for


@dataclass(frozen=True)
class Grantee:
    """Who gets the privileges.

    Attributes:
        to: The role or user in ClickHouse.
        principal: The principal in Kafka; "" means `User:` and the name in `to`.
    """

    to: Annotated[
        str, typer.Option("--to", metavar="NAME", help="The role or user in ClickHouse.")
    ] = "moose_dagster"
    principal: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The principal in Kafka. Default: User: and the name of --to.",
        ),
    ] = ""


def grants(options: ProjectOptions, grantee: Grantee, output: Output) -> int:
    """Print the least privileges that the project needs, in ClickHouse and Kafka; nothing connects.

    They include no privilege to drop a DELETION_PROTECTED table, its columns or its rows, and
    none to write to an EXTERNALLY_MANAGED one. What a DELETION_PROTECTED table needs for changes
    that a check of its rows allows is printed as an optional GRANT, in a comment. A GRANT only
    adds privileges: revoke what an earlier version printed and this one does not.

    Exit code 0, or 1 for an error.
    """
    project, ledger_database, trash_database = options.load_names()
    inputs = grant_inputs(project, ledger_database, trash_database)
    rights = grants_for(inputs)
    optional = optional_grants_for(inputs)
    acls = acls_for(inputs)
    principal = grantee.principal or f"User:{grantee.to}"
    if output.as_json:
        grants_as_data = [_grant_as_data(grant, grantee.to) for grant in rights]
        acls_as_data = [_acl_as_data(acl, principal) for acl in acls]
        output.print_json(
            {
                "project": project.name,
                "grants": grants_as_data,
                "optional_grants": [_grant_as_data(grant, grantee.to) for grant in optional],
                "acls": acls_as_data,
            }
        )
    else:
        lines = [*_lines(rights, grantee.to), *_optional_lines(optional, grantee.to)]
        _print(output, [*lines, *_commands(acls, principal)])
    return exit_codes.NOTHING_TO_DO


def _lines(rights: Sequence[Grant], to: str) -> list[str]:
    lines = list[str]()
    for grant in rights:
        lines += (f"-- {grant.place}: {grant.what_for}", f"{grant.statement(to)};")
    return lines


def _optional_lines(grants: Sequence[Grant], to: str) -> list[str]:
    """Return *grants* as comments, so that a client that reads all lines does not make them."""
    lines = list[str]()
    for grant in grants:
        lines += (
            f"-- optional, {grant.place}: {grant.what_for}",
            f"-- {grant.statement(to)};",
        )
    return lines


def _commands(acls: Sequence[Acl], principal: str) -> list[str]:
    lines = list[str]()
    for acl in acls:
        lines += (f"# {acl.topic}: {acl.what_for}", acl.command(principal))
    return lines


def _grant_as_data(grant: Grant, to: str) -> dict[str, object]:
    return {
        "privileges": list(grant.privileges),
        "on": grant.place,
        "what_for": grant.what_for,
        "statement": grant.statement(to),
    }


def _acl_as_data(acl: Acl, principal: str) -> dict[str, object]:
    return {
        "principal": principal,
        "operations": list(acl.operations),
        "topic": acl.topic,
        "what_for": acl.what_for,
        "command": acl.command(principal),
    }


def _print(output: Output, lines: Sequence[str]) -> None:
    """Print each line unwrapped, so that a client can read it from a pipe."""
    for line in lines:
        output.console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
