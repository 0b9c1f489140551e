"""A component for `dg`: what `build_definitions` returns, from a `defs.yaml`."""

import importlib
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, TypeAlias, get_origin, get_type_hints

import dagster as dg
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import Field, create_model

from moose_dagster.declare.collect import Declared
from moose_dagster.declare.in_module import project_in_module
from moose_dagster.declare.project import Project
from moose_dagster.orchestration.checks import DriftChecks
from moose_dagster.orchestration.definitions import build_definitions
from moose_dagster.orchestration.resources import ClickHouseResource, KafkaResource
from moose_dagster.orchestration.scaffold import ProjectScaffolder
from moose_dagster.orchestration.settings import DefinitionsSettings

_ENVIRONMENT = re.compile(r"\{\{\s*env\.(\w+)\s*\}\}")
# Conditions and policies are objects, which a file can't hold.
_PLAIN: tuple[object, ...] = (str, int, float, bool)
# Dagster and pydantic would resolve the fields of a resource or a DefinitionsSettings themselves.
_Arguments: TypeAlias = Mapping[str, Any] | None


def _resource_model(name: str, resource: type[dg.ConfigurableResource[None]]) -> type[dg.Model]:
    """Return the fields of a resource for a file; each of them may be a template."""
    allowed: dict[str, Any] = {
        key: (_or_template(field.annotation), Field(field.default, description=field.description))
        for key, field in resource.model_fields.items()
        if field.annotation is not None
    }
    return create_model(f"{name}Attributes", __base__=dg.Model, **allowed)


def _settings_model() -> type[dg.Model]:
    hints = get_type_hints(DefinitionsSettings)
    allowed: dict[str, Any] = {
        field.name: (_or_template(hints[field.name]), field.default)
        for field in fields(DefinitionsSettings)
        if hints[field.name] in _PLAIN or get_origin(hints[field.name]) is Literal
    }
    allowed["checks"] = (_checks_model() | None, None)
    for name in ("op_tags", "job_tags", "reconcile_config"):
        allowed[name] = (Mapping[str, Any] | None, None)
    return create_model("DefinitionsSettingsAttributes", __base__=dg.Model, **allowed)


def _checks_model() -> type[dg.Model]:
    """Return the fields of DriftChecks for a file; each of them may be a template."""
    hints = get_type_hints(DriftChecks)
    allowed: dict[str, Any] = {
        field.name: (_or_template(hints[field.name]), None) for field in fields(DriftChecks)
    }
    return create_model("DriftChecksAttributes", __base__=dg.Model, **allowed)


def _or_template(kind: Any) -> Any:  # noqa: ANN401 - any type of a field
    return kind if kind is str or get_origin(kind) is Literal else kind | str


def _given_to(
    resource: type[dg.ConfigurableResource[None]], context: dg.ResolutionContext, model: dg.Model
) -> dict[str, Any]:
    """Return the arguments of *resource*; an environment variable is not read while loading."""
    arguments = dict[str, Any]()
    for name in model.model_fields_set:
        value = getattr(model, name)
        variable = _ENVIRONMENT.fullmatch(value.strip()) if isinstance(value, str) else None
        kind = resource.model_fields[name].annotation
        if variable and kind is str:
            arguments[name] = dg.EnvVar(variable[1])
        elif variable and kind is int:
            arguments[name] = dg.EnvVar.int(variable[1])
        else:
            arguments[name] = _resolved(context, value)
    return arguments


def _resolved(context: dg.ResolutionContext, value: object) -> object:
    # Dagster leaves the type arguments of its overloads open.
    return context.resolve_value(value, as_type=object)  # pyright: ignore[reportUnknownMemberType]


def _clickhouse(context: dg.ResolutionContext, model: dg.Model | None) -> _Arguments:
    return None if model is None else _given_to(ClickHouseResource, context, model)


def _kafka(context: dg.ResolutionContext, model: dg.Model | None) -> _Arguments:
    return None if model is None else _given_to(KafkaResource, context, model)


def _settings(context: dg.ResolutionContext, model: dg.Model | None) -> _Arguments:
    if model is None:
        return None
    arguments = _fields_set(context, model)
    if isinstance(checks := arguments.get("checks"), dg.Model):
        arguments["checks"] = DriftChecks(**_fields_set(context, checks))
    return arguments


def _fields_set(context: dg.ResolutionContext, model: dg.Model) -> dict[str, Any]:
    return {name: _resolved(context, getattr(model, name)) for name in model.model_fields_set}


@dg.scaffold_with(ProjectScaffolder)
class MooseDagsterComponent(dg.Component, dg.Model, dg.Resolvable):
    """Assets, drift checks, jobs and schedules for a moose_dagster Project.

    A field of a resource that is just `{{ env.X }}` stays a variable: it is read when a run
    connects, and is shown nowhere. Subclass the component and override `asset_spec_for` or
    `build_settings` for what a file can't express.

    Attributes:
        project: `package.module:attribute`, or a module with exactly one Project. With a leading
            dot, the module is searched beside this file.
        environment: The name of the environment; None means that of the project or of
            MOOSE_DAGSTER_ENVIRONMENT.
        key_prefix: What the key of every asset begins with, as a part or a list of parts; None
            means nothing.
        clickhouse: The fields of the ClickHouseResource, or None where other definitions have it.
        kafka: The fields of the KafkaResource, or None where other definitions have it.
        translation: What changes the spec of each asset, as attributes of an asset whose values
            may use `{{ declared }}` (the table, stream or view) and `{{ spec }}`; None changes
            nothing.
        settings: The fields of `DefinitionsSettings` that are plain values, `checks`, `op_tags`,
            `job_tags` and `reconcile_config`.
    """

    project: Annotated[
        str,
        dg.Resolver.default(
            description="`package.module:attribute`, or a module with exactly one Project; with a "
            "leading dot, the module is searched beside this file.",
            examples=["shop.project:project", ".project"],
        ),
    ]
    environment: Annotated[
        str | None,
        dg.Resolver.default(
            description="The name of the environment; by default that of the project or of "
            "MOOSE_DAGSTER_ENVIRONMENT.",
            examples=["dev"],
        ),
    ] = None
    key_prefix: Annotated[
        str | list[str] | None,
        dg.Resolver.default(
            description="What the key of every asset begins with, as a part or a list of parts.",
            examples=["prod", ["warehouse", "prod"]],
        ),
    ] = None
    clickhouse: Annotated[
        _Arguments,
        dg.Resolver(
            _clickhouse,
            model_field_type=_resource_model("ClickHouseResource", ClickHouseResource),
            inject_before_resolve=False,
            description="The server; leave it out where other definitions have the resource.",
        ),
    ] = None
    kafka: Annotated[
        _Arguments,
        dg.Resolver(
            _kafka,
            model_field_type=_resource_model("KafkaResource", KafkaResource),
            inject_before_resolve=False,
            description="The cluster; leave it out where other definitions have the resource.",
        ),
    ] = None
    translation: (
        Annotated[
            TranslationFn[Declared],
            TranslationFnResolver[Declared](lambda declared: {"declared": declared}),
        ]
        | None
    ) = None
    settings: Annotated[
        _Arguments,
        dg.Resolver(
            _settings,
            model_field_type=_settings_model(),
            inject_before_resolve=False,
            description="The fields of `DefinitionsSettings` that are plain values.",
        ),
    ] = None

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """Return what `dg` lists about this component."""
        return dg.ComponentTypeSpec(
            description="ClickHouse tables and Kafka topics of a moose_dagster Project, each with "
            "a life cycle.",
            tags=["clickhouse", "kafka"],
        )

    def asset_spec_for(self, declared: Declared, spec: dg.AssetSpec) -> dg.AssetSpec:
        """Return the asset spec of a declaration, with `translation`; override it for more.

        Args:
            declared: The table, stream or view.
            spec: The spec without the override.
        """
        return spec if self.translation is None else self.translation(spec, declared)

    def build_settings(self) -> DefinitionsSettings:
        """Return the settings of the file; override it to add others, such as a retry policy."""
        return DefinitionsSettings(**self.settings or {})

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return what `build_definitions` returns; nothing connects.

        Args:
            context: Dagster's context of the folder that has the component's file.

        Raises:
            MooseDagsterError: There is no such project; the message lists the ones there are.
        """
        return build_definitions(
            self._load_project(context),
            environment=self.environment or None,
            key_prefix=self.key_prefix,
            clickhouse=None if self.clickhouse is None else ClickHouseResource(**self.clickhouse),
            kafka=None if self.kafka is None else KafkaResource(**self.kafka),
            asset_spec_for=self.asset_spec_for,
            settings=self.build_settings(),
        )

    def _load_project(self, context: dg.ComponentLoadContext) -> Project:
        path, _, attribute = self.project.partition(":")
        package = context.defs_relative_module_name(context.path) if path.startswith(".") else None
        return project_in_module(importlib.import_module(path, package), path, attribute)
