"""Find the declarations in the objects and modules that a project is given."""

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, TypeAlias, cast

from moose_dagster.declare.faults import Fault, did_you_mean
from moose_dagster.declare.pipelines import AnyPipeline, IngestPipeline, IngestPipelineConfig
from moose_dagster.declare.removed import Removed
from moose_dagster.declare.streams import AnyStream, Stream, StreamConfig
from moose_dagster.declare.tables import AnyTable, OlapConfig, OlapTable
from moose_dagster.declare.views import (
    VIEWS,
    AnyView,
    Dictionary,
    MaterializedView,
    MaterializedViewOptions,
    View,
    ViewConfig,
)
from moose_dagster.errors import DeclarationError

Declared: TypeAlias = AnyTable | AnyStream | AnyView
Declaration: TypeAlias = Declared | AnyPipeline | Removed
_KINDS = (OlapTable, Stream, IngestPipeline, Removed, *VIEWS)
_CONFIGS: tuple[tuple[type[Any], type[Any]], ...] = (
    (OlapTable, OlapConfig),
    (Stream, StreamConfig),
    (IngestPipeline, IngestPipelineConfig),
    (View, ViewConfig),
    (MaterializedView, MaterializedViewOptions),
    (Dictionary, ViewConfig),
)


def collected(
    resources: Iterable[Declaration | ModuleType], faults: list[str]
) -> Iterator[Declared | Removed]:
    """Yield each declaration of *resources* once, with pipelines split into their parts.

    Args:
        resources: Declarations, and modules that hold some.
        faults: Takes a sentence for everything that is not a declaration.
    """
    seen = set[int]()
    for position, resource in enumerate(resources):
        for declaration in _declarations_in(resource, position, faults):
            for part in _parts_of(declaration, faults):
                if id(part) not in seen:
                    seen.add(id(part))
                    yield part


def sentence(declared: Declaration, fault: Fault) -> str:
    """Return *fault* with the resource, the field and the place in the code."""
    return f"{'.'.join((str(declared.name), *fault.path))} ({declared.source}): {fault.message}"


def _declarations_in(resource: object, position: int, faults: list[str]) -> Iterable[Declaration]:
    if isinstance(resource, ModuleType):
        declarations = [
            cast("Declaration", value)
            for value in vars(resource).values()
            if isinstance(value, _KINDS)
        ]
        return sorted(declarations, key=lambda declaration: declaration.source)
    if isinstance(resource, _KINDS):
        return (cast("Declaration", resource),)
    kind = type(resource).__name__
    faults.append(
        f"resource {position} is of type {kind}; "
        "pass tables, streams, pipelines, views, or modules with some."
    )
    return ()


def _parts_of(declaration: Declaration, faults: list[str]) -> Iterable[Declared | Removed]:
    if isinstance(declaration, Removed):
        return (declaration,)
    try:
        _check(declaration)
        return (
            declaration.parts
            if isinstance(declaration, IngestPipeline | MaterializedView)
            else (declaration,)
        )
    except DeclarationError as error:
        faults.extend(error.faults)
        return ()


def _check(declaration: Declared | AnyPipeline) -> None:
    config_type = next(config for kind, config in _CONFIGS if isinstance(declaration, kind))
    for value, kind in ((declaration.name, str), (declaration.config, config_type)):
        given: object = value
        if not isinstance(given, kind):
            message = f"{given!r} is given where {kind.__name__} is expected."
            raise DeclarationError([sentence(declaration, Fault(message))])
    unknown = declaration.config.model_extra if isinstance(declaration, IngestPipeline) else None
    if unknown:
        known = IngestPipelineConfig.model_fields
        faults = [
            Fault(f"IngestPipelineConfig has no such field{did_you_mean(name, known)}", (name,))
            for name in unknown
        ]
        raise DeclarationError([sentence(declaration, fault) for fault in faults])
