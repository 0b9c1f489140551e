"""The whole house in two functions: `plan_for` looks, `reconcile` acts."""

from moose_dagster.reconcile.run import plan_for, reconcile
from moose_dagster.reconcile.survey import Options, Outcome, Survey

__all__ = ["Options", "Outcome", "Survey", "plan_for", "reconcile"]
