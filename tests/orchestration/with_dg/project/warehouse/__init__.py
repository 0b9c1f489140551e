"""A data platform that uses moose_dagster beside assets of its own."""
