"""`python -m moose_dagster.cli`."""

from moose_dagster.cli import main

main()
