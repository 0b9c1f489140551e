"""The ALTER statements of one table, in the order that the server takes them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from moose_dagster.ddl import columns
from moose_dagster.ddl.materialize_defaults import materialize_column, materialize_old_defaults
from moose_dagster.ddl.phases import Phase, phase_of
from moose_dagster.diff import table_changes as changes
from moose_dagster.plan.steps import Action
from moose_dagster.sql.create import key, on_cluster, setting_value
from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.quoting import quoted_name, quoted_table, quoted_text
from moose_dagster.state.aliases import through_aliases
from moose_dagster.state.catalogs import REPLICATED
from moose_dagster.state.rename import renamed, uses, uses_in
from moose_dagster.state.tables import Constraint, Index, Projection, Table, TableElement
from moose_dagster.state.tokens import tokens

_COMMENT_OF_COLUMN = 5  # words: MODIFY COLUMN `name` COMMENT 'text'
Commands: TypeAlias = Iterable[str]
"""The commands of one ALTER statement; none for no statement."""


def alter_statements(action: Action, live: Table, target: Table) -> Iterator[str]:
    """Yield the statements that turn *live* into *target*, each as few as the server allows.

    Raises:
        ValueError: A step of *action* can't be made by ALTER.
    """
    alteration = _Alteration(tuple(step.change for step in action.steps), live, target)
    for change in alteration.in_phase(Phase.NO_ALTER):
        raise _unexpected(change)
    table = f"ALTER TABLE {quoted_table(live.id)}{on_cluster(action.context.statement_cluster)} "
    for commands in _statements(alteration):
        for together in _sent_together(commands, live, action.context.catalog):
            if together:
                yield table + ", ".join(together)


def _sent_together(
    commands: Commands, live: Table, catalog: str
) -> tuple[Sequence[str], Sequence[str]]:
    """Return *commands* in two statements where the server changes comments on each host alone.

    A Replicated table writes everything else to Keeper, once for all replicas; a database of engine
    Replicated refuses both in one statement (48).
    """
    every = tuple(commands)
    if not live.engine.name.startswith("Replicated") and catalog != REPLICATED:
        return every, ()
    apart = tuple(command for command in every if _is_comment(command, catalog))
    return tuple(command for command in every if command not in apart), apart


def _is_comment(command: str, catalog: str) -> bool:
    if command.startswith("MODIFY COMMENT "):
        return True
    words = tuple(token for token in tokens(command) if token.strip())
    is_of_column = words[:2] == ("MODIFY", "COLUMN") and words[3:4] == ("COMMENT",)
    return catalog == REPLICATED and is_of_column and len(words) == _COMMENT_OF_COLUMN


@dataclass(frozen=True, slots=True)
class _Alteration:
    """All changes that one action makes by ALTER.

    Attributes:
        planned: The changes of the table.
        live: The table before them.
        target: The table after them.
    """

    planned: tuple[changes.TableChange, ...]
    live: Table
    target: Table

    def in_phase(self, phase: Phase) -> tuple[changes.TableChange, ...]:
        """Return the changes that are made in *phase*."""
        return tuple(change for change in self.planned if phase_of(change) is phase)

    @property
    def column_changes(self) -> tuple[columns.FacetChange, ...]:
        """The changes of one facet of a column each."""
        return tuple(_checked_facet(change) for change in self.in_phase(Phase.COLUMN_CHANGE))

    @property
    def retyped(self) -> frozenset[str]:
        """The names of the columns whose type changes."""
        retypes = [change for change in self.planned if isinstance(change, changes.ChangeType)]
        return frozenset(change.live.name for change in retypes)

    @property
    def recomputed(self) -> frozenset[str]:
        """The names of the columns that are an ALIAS before or after another default."""
        refills = [change for change in self.planned if isinstance(change, changes.ChangeDefault)]
        return frozenset(
            change.live.name
            for change in refills
            if not (change.live.is_stored and change.desired.is_stored)
        )

    @property
    def renames(self) -> tuple[changes.RenameColumn, ...]:
        """The columns that get another name."""
        return tuple(change for change in self.planned if isinstance(change, changes.RenameColumn))


def _statements(alteration: _Alteration) -> Iterator[Commands]:
    """Yield the commands of each statement, in the order of the statements."""
    facets = alteration.column_changes
    renames = [*_rename_columns(alteration)]
    clears = [*columns.clear_unstored(facets)]
    reopened = _reopened_elements(alteration)
    drops = [_drop(element) for element in _removed_elements(alteration)]
    # By itself: before ClickHouse 26 a column stays closed in the ALTER that drops its index (524).
    # And before a column is cleared or renamed, so that no index (80) or projection (524) refuses
    # what follows.
    drops_early = bool(clears or renames) or _removes_element_of_retyped(alteration)

    yield from _each_alone(materialize_old_defaults(alteration.planned, alteration.live))
    yield [*map(_drop, reopened), *(drops if drops_early else ())]
    # ClickHouse 24.8 to 26.9 refuse a rename and another change of the column in one ALTER (48).
    yield renames
    yield columns.remove_properties(facets)
    yield from _each_alone(columns.drop_statistics(facets))
    yield clears
    yield columns.unstore_retyped(facets)
    # Before the elements, as a projection of a ReplacingMergeTree needs
    # deduplicate_merge_projection_mode (344).
    yield from _each_alone(_table_settings(alteration))
    yield [*(() if drops_early else drops), *_main_commands(alteration, reopened)]
    yield from _each_alone(_store_added_column(alteration))
    yield (_drop_column(name) for name in _columns_dropped_late(alteration))
    yield from _each_alone(columns.end_temporary_defaults(facets, alteration.target))
    yield from _each_alone(_column_settings(alteration))
    yield _materialize_elements(alteration, reopened)


def _each_alone(commands: Iterable[str]) -> Iterator[Commands]:
    return ([command] for command in commands)


def _main_commands(alteration: _Alteration, reopened: Sequence[TableElement]) -> Iterator[str]:
    """Yield the commands of the one statement that makes most of the changes."""
    yield from _add_columns(alteration)
    yield from columns.modify_columns(alteration.column_changes, alteration.target)
    yield from _drop_columns(alteration)
    yield from _table_properties(alteration)
    for element in (*_added_elements(alteration), *_as_declared(reopened, alteration.target)):
        yield _add_element(element, alteration)
    # Last, as everything after MODIFY TTL is read as further TTLs.
    yield from _table_ttl(alteration)


def _add_element(element: TableElement, alteration: _Alteration) -> str:
    definition = element_definition(element)
    additions = [change for change in alteration.planned if isinstance(change, changes.AddElement)]
    if not any(change.hosts and change.element == element for change in additions):
        return f"ADD {definition}"
    kind, _, rest = definition.partition(" ")
    return f"ADD {kind} IF NOT EXISTS {rest}"  # the other hosts have it


def _rename_columns(alteration: _Alteration) -> Iterator[str]:
    for change in alteration.in_phase(Phase.COLUMN_RENAME):
        match change:
            case changes.RenameColumn():
                earlier = quoted_name(change.live.name)
                name = quoted_name(change.desired)
                yield f"RENAME COLUMN {earlier} TO {name}"
            case _:
                raise _unexpected(change)


def _table_settings(alteration: _Alteration) -> Iterator[str]:
    resets = list[str]()
    pairs = list[str]()
    for change in alteration.in_phase(Phase.TABLE_SETTING):
        match change:
            case changes.ChangeSetting(desired=None):
                resets.append(change.name)
            case changes.ChangeSetting(desired=value) if value is not None:
                pairs.append(f"{change.name} = {setting_value(value)}")
            case _:
                raise _unexpected(change)
    if resets:
        yield f"RESET SETTING {', '.join(resets)}"
    if pairs:
        yield f"MODIFY SETTING {', '.join(pairs)}"


def _add_columns(alteration: _Alteration) -> Iterator[str]:
    for change in alteration.in_phase(Phase.COLUMN_ADDITION):
        match change:
            case changes.AddColumn():
                yield columns.add_column(change, alteration.target)
            case _:
                raise _unexpected(change)


def _drop_columns(alteration: _Alteration) -> Iterator[str]:
    late = set(_columns_dropped_late(alteration))
    for name in _dropped_columns(alteration):
        if name not in late:
            yield _drop_column(name)


def _dropped_columns(alteration: _Alteration) -> Iterator[str]:
    for change in alteration.in_phase(Phase.COLUMN_REMOVAL):
        match change:
            case changes.DropColumn():
                yield change.column.name
            case _:
                raise _unexpected(change)


def _columns_dropped_late(alteration: _Alteration) -> Iterator[str]:
    """Yield the dropped columns that the main ALTER must leave, for a default or TTL uses them.

    The server checks a statement against the definitions before it (44).
    """
    live = alteration.live
    if _drops_every_stored_column(alteration):
        yield from _dropped_columns(alteration)
        return
    for name in _dropped_columns(alteration):
        others = [column for column in live.columns if column.name != name]
        texts = [column.ttl for column in others]
        texts += [column.default.expression for column in others if column.default]
        texts += [element.expression for element in live.constraints]
        if any(uses(text, name) for text in (*texts, live.ttl, live.sample_by)):
            yield name


def _drops_every_stored_column(alteration: _Alteration) -> bool:
    stored = {column.name for column in alteration.live.columns if column.is_stored}
    return stored <= set(_dropped_columns(alteration))


def _store_added_column(alteration: _Alteration) -> Iterator[str]:
    """Yield what gives each part a column to keep: the server leaves no part without one (36)."""
    added = [column for column in alteration.target.columns if column.is_stored][:1]
    if _drops_every_stored_column(alteration):
        for column in added:
            yield from materialize_column(column, alteration.target)


def _drop_column(name: str) -> str:
    return f"DROP COLUMN {quoted_name(name)}"


def _column_settings(alteration: _Alteration) -> Iterator[str]:
    for change in alteration.in_phase(Phase.COLUMN_ADDITION):
        match change:
            case changes.AddColumn():
                yield from columns.set_settings_of(change.column)
            case _:
                raise _unexpected(change)
    for change in alteration.in_phase(Phase.COLUMN_SETTING):
        match change:
            case changes.ChangeColumnSettings():
                yield from columns.change_settings(change)
            case _:
                raise _unexpected(change)


def _table_properties(alteration: _Alteration) -> Iterator[str]:
    target = alteration.target
    for change in alteration.in_phase(Phase.TABLE_PROPERTY):
        match change:
            case changes.ChangeOrderBy():
                # It changes only metadata where the same ALTER adds the columns without a default;
                # ClickHouse 24.8 to 26.9 refuse everything else (36).
                yield f"MODIFY ORDER BY {key(change.desired)}"
            case changes.ChangeSampleBy() if target.sample_by:
                yield f"MODIFY SAMPLE BY {target.sample_by}"
            case changes.ChangeSampleBy():
                yield "REMOVE SAMPLE BY"
            case changes.ChangeTableComment():
                yield f"MODIFY COMMENT {quoted_text(target.comment)}"
            case _:
                raise _unexpected(change)


def _table_ttl(alteration: _Alteration) -> Iterator[str]:
    for change in alteration.in_phase(Phase.TABLE_TTL):
        match change:
            case changes.ChangeTableTtl() if alteration.target.ttl:
                yield f"MODIFY TTL {alteration.target.ttl}"
            case changes.ChangeTableTtl():
                yield "REMOVE TTL"
            case _:
                raise _unexpected(change)


def _removed_elements(alteration: _Alteration) -> Iterator[TableElement]:
    """Yield the live indexes, projections and constraints that are dropped or changed."""
    for change in alteration.in_phase(Phase.ELEMENT):
        match change:
            case changes.DropElement():
                yield change.element
            # There is no MODIFY INDEX; a DROP and an ADD in one ALTER work on 24.8 to 26.9.
            case changes.ChangeElement():
                yield change.live
            case changes.AddElement():
                continue
            case _:
                raise _unexpected(change)


def _added_elements(alteration: _Alteration) -> Iterator[TableElement]:
    """Yield the desired indexes, projections and constraints that are new or changed."""
    for change in alteration.in_phase(Phase.ELEMENT):
        match change:
            case changes.AddElement():
                yield change.element
            case changes.ChangeElement():
                yield change.desired
            case changes.DropElement():
                continue
            case _:
                raise _unexpected(change)


def _removes_element_of_retyped(alteration: _Alteration) -> bool:
    """Tell whether a removed index or projection uses a column whose type changes."""
    removed = [*_removed_elements(alteration)]
    return any(uses_in(element, name) for element in removed for name in alteration.retyped)


def _reopened_elements(alteration: _Alteration) -> tuple[TableElement, ...]:
    """Return the live indexes and projections that stay but must be dropped and added again.

    With them, the server would refuse another change of the table, or skip rows by what an ALIAS
    was before.
    """
    live = alteration.live
    retyped = through_aliases(live, alteration.retyped | alteration.recomputed)
    renames = alteration.renames
    named_as_declared = live
    for rename in renames:
        named_as_declared = renamed(named_as_declared, rename.live.name, rename.desired)
    closed_by: dict[type[TableElement], frozenset[str]] = {
        Index: retyped,
        Projection: retyped | {rename.live.name for rename in renames},
    }
    pairs = zip(live.elements, named_as_declared.elements, strict=True)
    staying = [element for element, later in pairs if later in alteration.target.elements]
    closed = list[TableElement]()
    for element in staying:
        names = closed_by.get(type(element), ())
        if any(uses_in(element, name) for name in names):
            closed.append(element)
    return tuple(closed)


def _as_declared(elements: Iterable[TableElement], target: Table) -> Iterator[TableElement]:
    """Yield those elements of *target* that have the kind and name of one of *elements*."""
    names = {(type(element), element.name) for element in elements}
    return (element for element in target.elements if (type(element), element.name) in names)


def _drop(element: TableElement) -> str:
    return f"DROP {type(element).__name__.upper()} {quoted_name(element.name)}"


def _materialize_elements(
    alteration: _Alteration, reopened: Sequence[TableElement]
) -> Iterator[str]:
    """Yield what builds new indexes and projections for the stored rows, too."""
    # ADD alone leaves the parts that exist without the index or projection (24.8 to 26.9).
    for element in (*_added_elements(alteration), *reopened):
        if not isinstance(element, Constraint):
            yield f"MATERIALIZE {type(element).__name__.upper()} {quoted_name(element.name)}"


def _checked_facet(change: changes.TableChange) -> columns.FacetChange:
    if isinstance(change, columns.FacetChange):
        return change
    raise _unexpected(change)


def _unexpected(change: changes.TableChange) -> ValueError:
    """Return the error of a change that its phase can't make, so that none is left out silently."""
    phase = phase_of(change)
    return ValueError(
        f"{changes.table_of(change)}: {type(change).__name__} has no ALTER ({phase.value})"
    )
