"""How bad a change of a column can be, as literal rows."""

import pytest

from moose_dagster.diff import table_changes as changes
from moose_dagster.risk.columns import column_change, sample_suffix, ttl_change
from moose_dagster.risk.context import TableContext
from moose_dagster.risk.levels import Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.state.tables import Default
from moose_dagster.testing import a_column, a_table

TABLE = a_table("id Int64", "n Int64", "key String", order_by=("id", "key"))


def default(kind, expression="1"):
    return {"default": Default(kind, expression)}


def assessed(live, desired, **context):
    kinds = {"type": changes.ChangeType, "codec": changes.ChangeCodec}
    facet = next((name for name in kinds if getattr(live, name) != getattr(desired, name)), "")
    change = kinds.get(facet, changes.ChangeDefault)(TABLE.id, live, desired)
    return column_change(change, TableContext(live=TABLE, **context))


N = a_column("n Int64")


@pytest.mark.parametrize(
    ("live", "desired", "risk"),
    [
        (N, a_column("n Int128"), Risk.REWRITE),
        (N, a_column("n Int8"), Risk.DATA_DEPENDENT),
        (N, a_column("n Int64", codec="ZSTD(3)"), Risk.SAFE),
        (N, a_column("n Int64", **default("DEFAULT")), Risk.REWRITE),
        (N, a_column("n Int64", **default("MATERIALIZED")), Risk.DESTRUCTIVE),
        (N, a_column("n Int64", **default("ALIAS")), Risk.DESTRUCTIVE),
        (a_column("n Int64", **default("ALIAS")), N, Risk.DESTRUCTIVE),
        (
            a_column("n Int64", **default("ALIAS", "1")),
            a_column("n Int64", **default("ALIAS", "2")),
            Risk.SAFE,
        ),
        (a_column("key String"), a_column("key LowCardinality(String)"), Risk.REWRITE),
        (a_column("key String"), a_column("key FixedString(9)"), Risk.DATA_DEPENDENT),
    ],
)
def test_a_change_of_a_column_has_this_risk(live, desired, risk):
    assert assessed(live, desired).risk is risk


@pytest.mark.parametrize(
    ("proof", "risk", "words"),
    [
        (Proof(0), Risk.REWRITE, "every stored value was checked and fits"),
        (Proof(1, samples=("300",)), Risk.DESTRUCTIVE, "1 row would lose or change a value"),
        (Proof(0, error="code 70"), Risk.IMPOSSIBLE, "stored values can't be converted (code 70)"),
        (Proof(0, skip_reason="too large"), Risk.DATA_DEPENDENT, "too large"),
    ],
)
def test_a_proof_decides_about_what_depends_on_the_rows(proof, risk, words):
    found = assessed(N, a_column("n Int8"), proofs={"n": proof})

    assert found.risk is risk
    assert words in found.why


def test_a_default_is_as_bad_as_the_type_that_it_comes_with():
    change = changes.ChangeDefault(TABLE.id, N, a_column("n Int8", **default("DEFAULT")))

    found = column_change(change, TableContext(live=TABLE))

    assert found.risk is Risk.DATA_DEPENDENT
    assert found.why.startswith("it is made together with the change of its type: ")


@pytest.mark.parametrize(
    ("desired", "proof", "risk"),
    [
        ("", None, Risk.SAFE),
        ("ts", None, Risk.DATA_DEPENDENT),
        ("ts", Proof(0), Risk.SAFE),
        ("ts", Proof(2), Risk.DESTRUCTIVE),
        ("ts", Proof(0, error="code 43"), Risk.IMPOSSIBLE),
    ],
)
def test_a_ttl_is_as_bad_as_the_rows_that_have_expired_under_it(desired, proof, risk):
    assert ttl_change(desired, proof).risk is risk


def test_samples_end_the_sentence():
    assert sample_suffix(Proof(2, samples=("300", "301"))) == ", such as 300, 301"
    assert sample_suffix(Proof(2)) == ""
