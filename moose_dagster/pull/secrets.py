"""Secrets that a server shows of a table: a pulled module reads them from the environment as well."""

from dataclasses import replace

from moose_dagster.declare.secrets import is_secret_setting
from moose_dagster.sql.environment import HIDDEN, hidden_inside
from moose_dagster.state.tables import Engine, Table


def without_shown_secrets(table: Table) -> Table:
    """Return *table* with `[HIDDEN]` in place of every secret in its settings and in the arguments of its engine."""
    engine = Engine(table.engine.name, tuple(map(hidden_inside, table.engine.arguments)))
    settings = {name: HIDDEN if is_secret_setting(name) else value for name, value in table.settings.items()}
    return replace(table, engine=engine, settings=settings)
