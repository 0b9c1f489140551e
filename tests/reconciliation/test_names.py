"""What two runs make has different names."""

from moose_dagster import Options
from moose_dagster.reconciliation.names import names_of_run


def test_two_runs_use_different_names_in_the_trash_of_their_options():
    options = Options(trash_database="kept")

    first = names_of_run(options)

    while (second := names_of_run(options)) == first:
        pass  # within one microsecond
    assert (first.trash, second.trash) == ("kept", "kept")
    assert first.stamp < second.stamp
