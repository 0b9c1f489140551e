"""Values of topic configs as people read them."""

import pytest

from moose_dagster.plan.topic_values import readable


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("retention.ms", "604800000", "604800000 (7 days)"),
        ("retention.ms", "3600000", "3600000 (1 hour)"),
        ("segment.ms", "90000", "90000 (90 seconds)"),
        ("retention.ms", "1500", "1500"),
        ("retention.ms", "0", "0"),
        ("retention.ms", "-1", "-1 (no limit)"),
        ("flush.ms", "-1", "-1"),
        ("segment.bytes", "1073741824", "1073741824 (1.1 GB)"),
        ("segment.bytes", "14", "14"),
        ("cleanup.policy", "delete", "delete"),
        ("min.insync.replicas", "2000", "2000"),
        ("retention.ms", None, None),
    ],
)
def test_a_value_is_shown_with_what_it_means(name, value, shown):
    assert readable(name, value) == shown
