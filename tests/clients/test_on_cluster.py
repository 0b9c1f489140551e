"""What the hosts of a cluster answer to one statement."""

import pytest

from moose_dagster.clients.on_cluster import UnevenHosts, check_hosts
from moose_dagster.errors import ServerError

ERROR = "Code: 44. DB::Exception: no"


def answer(*lines):
    """Return the rows as clickhouse-connect returns those of a command."""
    return "\n".join(lines).split("\t")


def test_nothing_is_raised_where_every_host_carried_it_out():
    check_hosts(answer("a\t9000\t0\t\t1\t0", "b\t9000\t0\t\t0\t0"))


def test_what_every_host_refused_has_the_code_of_the_first():
    with pytest.raises(ServerError, match=r"on a:9000: Code: 44.*; on b:9000: Code: 44") as found:
        check_hosts(answer(f"a\t9000\t44\t{ERROR}\t1\t0", f"b\t9000\t44\t{ERROR}\t0\t0"))

    assert not isinstance(found.value, UnevenHosts)
    assert found.value.code == 44


def test_one_host_that_refused_is_named_with_those_that_did_not():
    with pytest.raises(UnevenHosts, match=r"on b:9000: .*; carried out on a:9000") as found:
        check_hosts(answer("a\t9000\t0\t\t1\t0", f"b\t9000\t44\t{ERROR}\t0\t0"))

    assert (found.value.code, found.value.refused, found.value.unfinished) == (44, True, ())


def test_a_host_that_has_not_ended_did_not_refuse():
    with pytest.raises(UnevenHosts, match="not ended yet on b:9000; carried out on a:9") as found:
        check_hosts(answer("a\t9000\t0\t\t1\t1", "b\t9000\t\\N\t\\N\t1\t1"))

    assert (found.value.code, found.value.refused) == (159, False)
    assert found.value.unfinished == ("b:9000",)
