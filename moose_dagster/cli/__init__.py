"""The command line: the same plan and the same reconcile as in Dagster, without importing it."""

from moose_dagster.cli.app import main

__all__ = ["main"]
