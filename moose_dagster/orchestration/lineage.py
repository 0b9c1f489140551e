"""Which columns the columns of a view come from, where its SELECT is plain."""

from collections.abc import Mapping

import dagster as dg

from moose_dagster.declare.project import Project
from moose_dagster.sql.select import Query, outputs, select_items
from moose_dagster.state.names import ResourceId, TableId, ViewId
from moose_dagster.state.tables import Table
from moose_dagster.state.tokens import bare_name, tokens
from moose_dagster.state.views import View, ViewKind

LINEAGE = "dagster/column_lineage"


def with_lineage(
    project: Project, specs: Mapping[ResourceId, dg.AssetSpec]
) -> dict[ResourceId, dg.AssetSpec]:
    """Return *specs*, in which each view with a plain SELECT says where its columns come from."""
    found = dict[ResourceId, dg.AssetSpec]()
    for resource, spec in specs.items():
        view = project.desired.state.views.get(resource) if isinstance(resource, ViewId) else None
        lineage = _lineage_of(project, view, specs) if view else None
        found[resource] = spec.merge_attributes(metadata={LINEAGE: lineage}) if lineage else spec
    return found


def lineage_metadata(spec: dg.AssetSpec) -> dict[str, dg.MetadataValue]:
    """Return the lineage in *spec* for its materialization, where Dagster's UI looks for it."""
    lineage = spec.metadata.get(LINEAGE)
    if not isinstance(lineage, dg.TableColumnLineage):
        return {}
    return {LINEAGE: dg.MetadataValue.column_lineage(lineage)}


def _lineage_of(
    project: Project, view: View, specs: Mapping[ResourceId, dg.AssetSpec]
) -> dg.TableColumnLineage | None:
    if view.kind is ViewKind.DICTIONARY:
        return None
    source = _only_source(view)
    table = project.desired.state.tables.get(source) if source else None
    names = outputs(view.query)
    if table is None or table.id not in specs or not names or not all(names):
        return None
    key = specs[table.id].key
    deps = dict[str, list[dg.TableColumnDep]]()
    for name, item in zip(names, select_items(view.query), strict=True):
        deps[name] = [dg.TableColumnDep(key, column) for column in _columns_in(item, table)]
    return dg.TableColumnLineage(deps)


def _only_source(view: View) -> TableId | None:
    """Return the only table that a query without subqueries reads, or None."""
    words = [piece.upper() for piece in tokens(view.query) if piece.strip()]
    is_plain = words.count("SELECT") == 1 and not {"WITH", "JOIN", "UNION"} & {*words}
    tables = [reference.table for reference in Query(view.query, view.id.database).references]
    return tables[0] if is_plain and len(tables) == 1 else None


def _columns_in(item: str, table: Table) -> list[str]:
    """Return the columns of *table* that an item of a SELECT list uses, each once."""
    pieces = [piece for piece in tokens(item) if piece.strip()]
    if len(pieces) > 1 and pieces[-2].upper() == "AS":
        pieces = pieces[:-2]
    followed = [*pieces[1:], ""]
    named = (
        bare_name(piece)
        for piece, after in zip(pieces, followed, strict=True)
        if after not in {"(", "."} and table.column(bare_name(piece))
    )
    return list(dict.fromkeys(named))
