"""Settings are compared by the number that the server reads."""

import pytest

from moose_dagster.state.canonical import canonical_setting


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("8K", "8000"),
        ("8k", "8000"),
        ("8Ki", "8192"),
        ("8ki", "8192"),
        ("10M", "10000000"),
        ("'10M'", "10000000"),
        ("10Mi", "10485760"),
        ("1G", "1000000000"),
        ("1Gi", "1073741824"),
        ("2T", "2000000000000"),
        ("2Ti", "2199023255552"),
        # The server refuses these with code 27.
        ("10m", "10m"),
        ("10KI", "10KI"),
        ("10MB", "10MB"),
    ],
)
def test_a_size_suffix_is_decimal_unless_it_ends_with_i(written, number):
    assert canonical_setting(written) == number
