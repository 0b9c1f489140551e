"""How bad a change of a column's type, default, codec or TTL could be."""

from typing_extensions import assert_never

from moose_dagster.diff.table_changes import ChangeCodec, ChangeDefault, ChangeType
from moose_dagster.risk.context import TableContext, unless_engine_refuses, unless_in_key
from moose_dagster.risk.engines import is_stateless
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.types import gains_members, type_risk
from moose_dagster.state.counting import counted
from moose_dagster.state.tables import Default, DefaultKind, Table, primary_key_of
from moose_dagster.state.tokens import bare_name, bracketed, split_top_level, tokens

_CODECS_OF_ANY_TYPE = frozenset({"NONE", "LZ4", "LZ4HC", "ZSTD"})
_UNSTORED = frozenset[DefaultKind]({"ALIAS", "EPHEMERAL"})


def column_change(
    change: ChangeType | ChangeDefault | ChangeCodec, context: TableContext
) -> Assessment:
    """Assess a change of a column together with the change of its type and its default.

    A default and a codec fit their type, and a type fits its kind of column. None of them may be
    sent while the one it needs is blocked, as the server would refuse the whole ALTER.
    """
    live = change.live
    desired = change.desired
    same = Assessment(Risk.SAFE, "stored values stay as they are")
    of_type = of_default = same
    if live.type != desired.type:
        retype = ChangeType(change.table, live, desired)
        of_type = unless_engine_refuses(retype, _type_change(retype, context), context)
    if live.default != desired.default:
        refill = ChangeDefault(change.table, live, desired)
        of_default = _default_change(live.default, desired.default, context)
        of_default = unless_engine_refuses(refill, of_default, context)
    is_lossy = of_default.risk is Risk.DESTRUCTIVE
    match change:
        case ChangeType():
            return _worse(of_type, of_default, "default") if is_lossy else of_type
        case ChangeDefault():
            return _worse(of_default, of_type, "type") if desired.default else of_default
        case ChangeCodec():
            own = unless_engine_refuses(change, same, context)
            own = _worse(own, of_default, "default") if is_lossy else own
            names = {bracketed(codec)[0] for codec in split_top_level(desired.codec)}
            return own if names <= _CODECS_OF_ANY_TYPE else _worse(own, of_type, "type")
        case _:
            assert_never(change)


def _worse(own: Assessment, other: Assessment, name: str) -> Assessment:
    severity = tuple(Risk)
    if severity.index(other.risk) <= severity.index(own.risk):
        return own
    return Assessment(other.risk, f"it comes with the change of its {name}: {other.why}")


def _type_change(change: ChangeType, context: TableContext) -> Assessment:
    if not change.live.is_stored or not change.desired.is_stored:
        return Assessment(Risk.SAFE, "the column stores nothing")
    if context.live is not None and is_stateless(context.live.engine):
        return Assessment(Risk.SAFE, f"{context.live.engine.name} stores nothing")
    risk, why = type_risk(change.live.type, change.desired.type)
    proof = context.proofs.get(change.live.name)
    if proof is not None and (risk is Risk.DATA_DEPENDENT or proof.error or proof.skip_reason):
        risk, why = _proved(proof)
    assessed = Assessment(risk, why)
    if context.live is not None and _keeps_key(change, context.live):
        return assessed
    return unless_in_key(change.live, assessed, context)


def _keeps_key(change: ChangeType, live: Table) -> bool:
    """Tell whether the server makes the change of a key column in place."""
    if not live.engine.is_merge_tree:
        return False
    if gains_members(change.live.type, change.desired.type):
        return True
    keys = [*live.order_by, *primary_key_of(live), *split_top_level(live.partition_by)]
    bare = all(
        bare_name(key) == change.live.name or change.live.name not in map(bare_name, tokens(key))
        for key in keys
    )
    return bare and {change.live.type, change.desired.type} == {"String", "LowCardinality(String)"}


def _proved(proof: Proof) -> tuple[Risk, str]:
    if proof.skip_reason:
        return Risk.DATA_DEPENDENT, proof.skip_reason
    if proof.error:
        return Risk.IMPOSSIBLE, f"stored values can't be converted ({proof.error})"
    if proof.rows:
        return (
            Risk.DESTRUCTIVE,
            f"{counted(proof.rows, 'row')} would lose or change a value{sample_suffix(proof)}",
        )
    return Risk.REWRITE, "every stored value was checked and fits; the column is rewritten"


def _default_change(
    live: Default | None, desired: Default | None, context: TableContext
) -> Assessment:
    live_kind = live.kind if live else "DEFAULT"
    desired_kind = desired.kind if desired else "DEFAULT"
    if live_kind == desired_kind and live_kind in _UNSTORED:
        return Assessment(Risk.SAFE, "the column stores nothing")
    if desired_kind in _UNSTORED:
        return Assessment(Risk.DESTRUCTIVE, "the server would delete the column's stored values")
    if live_kind in _UNSTORED:
        return Assessment(
            Risk.DESTRUCTIVE, "rows written so far would read another value than before"
        )
    if desired_kind == "MATERIALIZED" and live_kind != "MATERIALIZED":
        return Assessment(Risk.DESTRUCTIVE, "writers that fill the column would fail")
    if context.live is not None and not context.live.engine.is_merge_tree:
        return Assessment(Risk.SAFE, "stored values stay as they are")
    return Assessment(Risk.REWRITE, "values are written out first, so that old rows read as before")


def ttl_change(desired: str, proof: Proof | None) -> Assessment:
    """Assess a TTL of a table or column by the rows that have expired under it."""
    if not desired:
        return Assessment(Risk.SAFE, "rows only stay longer")
    if proof is None:
        return Assessment(Risk.DATA_DEPENDENT, "rows that have expired under it would be deleted")
    risk, why = _proved(proof)
    if proof.skip_reason:
        return Assessment(risk, why)
    if risk is Risk.REWRITE:
        return Assessment(Risk.SAFE, "no stored row has expired under it")
    if proof.error:
        return Assessment(
            risk, f"the server can't tell which rows have expired under it ({proof.error})"
        )
    verb = "has" if proof.rows == 1 else "have"
    rows = f"{counted(proof.rows, 'row')} {verb}"
    return Assessment(risk, f"{rows} expired under it and would be deleted{sample_suffix(proof)}")


def sample_suffix(proof: Proof) -> str:
    """Return the samples of *proof* as the end of a sentence."""
    return f", such as {', '.join(proof.samples)}" if proof.samples else ""
