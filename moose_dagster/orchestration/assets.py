"""The ops of a project: which resources share an op, and which kind of op each of them needs."""

import re
from collections.abc import Sequence

import dagster as dg

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.orchestration.external_assets import check_op, observation_op
from moose_dagster.orchestration.keys import is_elsewhere
from moose_dagster.orchestration.load_checks import load_check_op
from moose_dagster.orchestration.managed_assets import materialization_op
from moose_dagster.orchestration.project_context import ProjectContext
from moose_dagster.state.names import ResourceId, TableId

# The load time of one op is quadratic in its assets; ops of 250 load 10,000 in seconds.
_MOST_PER_OP = 250
_BUILDERS = {
    "managed": materialization_op,
    "external": observation_op,
    "checked": check_op,
    "blocking": check_op,
}


def asset_definitions(
    project_context: ProjectContext,
) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the ops of a project: managed, external and checked resources, streams apart."""
    definitions = list[dg.AssetsDefinition | dg.AssetChecksDefinition]()
    for (kind, group), resources in _by_kind_of_op(project_context).items():
        # A blocking check that fails would hold up the consumers of every check in its op.
        most = 1 if kind == "blocking" else _MOST_PER_OP
        for number, chunk in enumerate(_chunks(resources, project_context, most)):
            word = f"{_word(project_context.project.name)}_{kind}_{group}_{number}"
            build = _BUILDERS[kind]
            definitions.append(build(project_context, chunk, project_context.op_name(word)))
    if project_context.project.loads:
        word = f"{_word(project_context.project.name)}_load_checks"
        definitions.append(load_check_op(project_context, project_context.op_name(word)))
    return definitions


def _by_kind_of_op(project_context: ProjectContext) -> dict[tuple[str, str], list[ResourceId]]:
    sorted_out = dict[tuple[str, str], list[ResourceId]]()
    for resource in project_context.specs:
        group = "tables" if isinstance(resource, TableId) else "streams"
        kind = _kind_of_op(project_context, resource)
        sorted_out.setdefault((kind, group), []).append(resource)
    return sorted_out


def _kind_of_op(project_context: ProjectContext, resource: ResourceId) -> str:
    life_cycle = project_context.project.desired.life_cycles[resource]
    if is_elsewhere(project_context.project, resource):
        return "blocking" if project_context.settings.checks.may_block(life_cycle) else "checked"
    return "external" if life_cycle is LifeCycle.EXTERNALLY_MANAGED else "managed"


def _chunks(
    resources: Sequence[ResourceId], project_context: ProjectContext, most: int
) -> list[list[ResourceId]]:
    """Split into ops of at most *most*, so that no two keys with the same output name share one."""
    chunks = list[list[ResourceId]]()
    output_names = list[set[str]]()
    for resource in resources:
        name = _word("__".join(project_context.specs[resource].key.path))
        place = _last_with_room(chunks, output_names, name, most)
        if place is None:
            place = len(chunks)
            chunks.append([])
            output_names.append(set())
        chunks[place].append(resource)
        output_names[place].add(name)
    return chunks


def _last_with_room(
    chunks: Sequence[Sequence[ResourceId]],
    output_names: Sequence[set[str]],
    name: str,
    most: int,
) -> int | None:
    for place in reversed(range(len(chunks))):
        if len(chunks[place]) < most and name not in output_names[place]:
            return place
    return None


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", text)
