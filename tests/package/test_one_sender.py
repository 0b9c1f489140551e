"""Statements that write are sent in few places, so that all of them are under the lock."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "moose_dagster"
SENDERS = {
    "apply/sender.py",  # the resources of users
    "clients/clickhouse.py",  # the connection itself
    "ledger/carry_over.py",  # the tables of the library
    "ledger/cleanup.py",
    "ledger/guarded.py",
    "ledger/lock.py",
    "ledger/writer.py",
    "live/refused_changes.py",  # temporary tables that only the server's check ever has
    "normalize/scratch_tables.py",  # empty tables in the database of the ledger
    "reconciliation/lock.py",  # cancels the copies of an interrupted run
}


def test_only_these_files_send_statements_that_write():
    files = PACKAGE.rglob("*.py")
    senders = {str(file.relative_to(PACKAGE)) for file in files if sends(file.read_text())}

    assert senders == SENDERS


def test_a_statement_that_writes_is_found():
    assert sends("self.ledger.clickhouse.command(statement)")
    assert sends("clickhouse.insert(table, columns, rows)")
    assert not sends("clickhouse.query(statement)")
    assert not sends("acl.command(principal)")


def sends(code: str) -> bool:
    """Tell whether *code* calls a method of a ClickHouse connection that writes."""
    return any(map(writes, ast.walk(ast.parse(code))))


def writes(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=receiver, attr="command" | "insert")):
            return ast.unparse(receiver).endswith(("clickhouse", "_client", "another"))
        case _:
            return False
