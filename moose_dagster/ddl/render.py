"""What an action of any kind sends, as text."""

from moose_dagster.ddl.names import Names
from moose_dagster.ddl.tables import statements_of
from moose_dagster.ddl.topics import requests_of
from moose_dagster.ddl.views import view_statements_of
from moose_dagster.plan.steps import Action, AnyAction, TopicAction
from moose_dagster.sql.function_secrets import redacted_statement


def sent_by(action: AnyAction, names: Names) -> tuple[str, ...]:
    """Return what *action* sends, in order and without secrets."""
    match action:
        case Action():
            return tuple(map(redacted_statement, statements_of(action, names)))
        case TopicAction():
            return tuple(map(str, requests_of(action)))
        case _:
            return tuple(map(redacted_statement, view_statements_of(action, names)))
