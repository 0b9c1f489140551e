"""How bad a change of a column's type, default, codec or TTL could be."""

from collections.abc import Iterable, Iterator

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.risk.context import TableContext, unless_engine_refuses, unless_in_key
from moose_dagster.risk.engines import is_stateless
from moose_dagster.risk.levels import Assessment, Risk
from moose_dagster.risk.probes import Proof
from moose_dagster.risk.types import gains_members, type_risk
from moose_dagster.state.aliases import through_aliases
from moose_dagster.state.counting import counted
from moose_dagster.state.rename import uses, uses_in
from moose_dagster.state.tables import (
    Column,
    Constraint,
    DefaultKind,
    Table,
    TableElement,
    primary_key_of,
)
from moose_dagster.state.tokens import bare_name, bracketed, split_top_level, tokens

_CODECS_OF_ANY_TYPE = frozenset({"NONE", "LZ4", "LZ4HC", "ZSTD"})
_UNSTORED = frozenset[DefaultKind]({"ALIAS", "EPHEMERAL"})


def column_change(
    change: changes.ChangeType | changes.ChangeDefault | changes.ChangeCodec, context: TableContext
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
        retype = changes.ChangeType(change.table, live, desired)
        of_type = unless_engine_refuses(retype, _type_change(retype, context), context)
    if live.default != desired.default:
        refill = changes.ChangeDefault(change.table, live, desired)
        of_default = _default_change(refill, context)
        of_default = unless_engine_refuses(refill, of_default, context)
    is_lossy = of_default.risk is Risk.DESTRUCTIVE
    match change:
        case changes.ChangeType():
            return _worse(of_type, of_default, "default") if is_lossy else of_type
        case changes.ChangeDefault():
            return _worse(of_default, of_type, "type") if desired.default else of_default
        case changes.ChangeCodec():
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
    return Assessment(other.risk, f"it is made together with the change of its {name}: {other.why}")


def _type_change(change: changes.ChangeType, context: TableContext) -> Assessment:
    if not change.live.is_stored or not change.desired.is_stored:
        return _alias_change(change.live, context)
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


def _keeps_key(change: changes.ChangeType, live: Table) -> bool:
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


def _default_change(change: changes.ChangeDefault, context: TableContext) -> Assessment:
    live_kind = change.live.default.kind if change.live.default else "DEFAULT"
    desired_kind = change.desired.default.kind if change.desired.default else "DEFAULT"
    is_unstored = live_kind in _UNSTORED or desired_kind in _UNSTORED
    of_alias = _alias_change(change.live, context)
    if is_unstored and of_alias.risk not in {Risk.SAFE, Risk.REWRITE}:
        return of_alias
    if live_kind == desired_kind and live_kind in _UNSTORED:
        return of_alias
    # DEFAULT -> ALIAS changes metadata, and the next merge deletes the values (24.8 to 26.9).
    if desired_kind in _UNSTORED:
        return Assessment(Risk.DESTRUCTIVE, "the server would delete the column's stored values")
    if live_kind in _UNSTORED:
        return Assessment(Risk.DESTRUCTIVE, "stored rows would show another value than before")
    # An INSERT that names a MATERIALIZED column is error 44, and `SELECT *` leaves it out.
    if desired_kind == "MATERIALIZED" and live_kind != "MATERIALIZED":
        return Assessment(Risk.DESTRUCTIVE, "writers that fill the column would fail")
    if context.live is not None and not context.live.engine.is_merge_tree:
        return Assessment(Risk.SAFE, "stored values stay as they are")
    return Assessment(Risk.REWRITE, "values are stored first, so that old rows keep them")


def _alias_change(column: Column, context: TableContext) -> Assessment:
    """Assess another expression or type of *column*, which is an ALIAS, by what else reads it."""
    same = Assessment(Risk.SAFE, "the column stores nothing")
    live = context.live
    if live is None:
        return same
    names = through_aliases(live, {column.name})
    for what, text in _computed_for_rows(live, context):
        if any(uses(text, name) for name in names):
            # Parts keep what it was when their rows were written, and the server does not look.
            why = f"{what} reads it and would keep its earlier values for stored rows"
            return Assessment(Risk.IMPOSSIBLE, why)
    rebuilt = [element for element in live.elements if _uses_any(element, names)]
    dropped = [c.element for c in context.changes if isinstance(c, changes.DropElement)]
    if any(isinstance(element, Constraint) and element not in dropped for element in rebuilt):
        return Assessment(Risk.DATA_DEPENDENT, "stored rows may break a constraint that reads it")
    if rebuilt:
        return Assessment(Risk.REWRITE, "the column stores nothing; what indexes it is rebuilt")
    return same


def _uses_any(element: TableElement, names: Iterable[str]) -> bool:
    return any(uses_in(element, name) for name in names)


def _computed_for_rows(live: Table, context: TableContext) -> Iterator[tuple[str, str]]:
    """Yield what is computed when rows are written, each as a name and an expression."""
    yield from (("ORDER BY", element) for element in (*live.order_by, *primary_key_of(live)))
    yield "PARTITION BY", live.partition_by
    yield "SAMPLE BY", live.sample_by
    yield "the table's TTL", live.ttl
    yield from ((f"the TTL of {column.name}", column.ttl) for column in live.columns)
    ttls = [
        change.desired for change in context.changes if isinstance(change, changes.ChangeTableTtl)
    ]
    yield from (("the declared TTL", ttl) for ttl in ttls)


def ttl_change(desired: str, proof: Proof | None) -> Assessment:
    """Assess a TTL of a table or column by the rows that have expired under it."""
    # By default MODIFY TTL deletes the expired rows at once (materialize_ttl_after_modify), and no
    # longer TTL brings them back (24.8 to 26.9).
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
