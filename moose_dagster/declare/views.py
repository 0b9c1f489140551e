"""Views, materialized views and dictionaries as people write them."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, InstanceOf

from moose_dagster.declare.brackets import model_in_brackets
from moose_dagster.declare.elements import TableConstraint, TableIndex, TableProjection
from moose_dagster.declare.engines import ClickHouseEngines, EngineConfig
from moose_dagster.declare.source import Source, source_of_caller
from moose_dagster.declare.tables import AnyTable, OlapConfig, OlapTable
from moose_dagster.life_cycle import LifeCycle

T = TypeVar("T", bound=BaseModel)


class ViewConfig(BaseModel):
    """What a view or dictionary has besides its text.

    Attributes:
        database: The database; None means the project's.
        comment: The comment; None means no comment.
        metadata: The asset's `owners`, `tags`, `group` and `description`, and anything else to show
            with it; not compared. None means none.
        life_cycle: The life cycle; None means FULLY_MANAGED.
        cluster: The cluster its statements run on, with ON CLUSTER; None means the connected server
            alone.
        columns: The columns of a view in ClickHouse's words, without the outer brackets, such as
            `id UInt64 COMMENT 'the key', name String`. None means those of the query.
        security: With whose rights a view reads, such as `SQL SECURITY INVOKER` or `DEFINER = ann
            SQL SECURITY DEFINER`. None means that it is not compared.
    """

    # A project reports unknown fields, all of them together.
    model_config = ConfigDict(extra="allow")

    database: str | None = None
    comment: str | None = None
    metadata: dict[str, object] | None = None
    life_cycle: LifeCycle | None = None
    cluster: str | None = None
    columns: str | None = None
    security: str | None = None


class TargetTableConfig(BaseModel):
    """The table that a `MaterializedView[Model]` writes to, declared with it.

    Attributes:
        name: The table's name; its columns are the model's.
        engine: Its engine; None means that of the view's options.
        order_by_fields: Its sorting key by column name; None means that of the view's options.
    """

    model_config = ConfigDict(extra="allow")

    name: str
    engine: InstanceOf[EngineConfig] | ClickHouseEngines | None = None
    order_by_fields: list[str] | None = None


class MaterializedViewOptions(BaseModel):
    """What a materialized view computes and where it puts it.

    Attributes:
        select_statement: The SELECT; tables without a database are those of the view's database.
        select_tables: The declared tables and views that it reads; empty by default.
        materialized_view_name: The view's name.
        target_table: Where it writes: an OlapTable, a TargetTableConfig, or the name of an existing
            table. None means `table_name`, else the view's own storage.
        table_name: The target's name; with `MaterializedView[Model]` the table is declared with the
            view. None means `target_table` decides.
        engine: The engine of a target declared here or, without a target, of the view's own
            storage; None means MergeTree.
        order_by_fields: The sorting key of that table by column name; None means `Key[T]` fields.
        order_by_expression: The same as ClickHouse text, in place of the fields.
        partition_by: Its PARTITION BY expression; None means one partition.
        sample_by_expression: Its SAMPLE BY expression; None means no sampling.
        primary_key_expression: Its PRIMARY KEY; None means the `Key[T]` fields.
        ttl: Its TTL expressions, without the word TTL; None means no TTL.
        settings: Its settings by name; None means that the live ones are not compared.
        indexes: Its data-skipping indexes; empty by default.
        projections: Its projections; empty by default.
        constraints: Its constraints; empty by default.
        refresh: `EVERY 1 HOUR` and its clauses, such as `EVERY 1 DAY OFFSET 2 HOUR DEPENDS ON other
            APPEND`. None means that each INSERT into its source is processed.
        database: The database; None means the project's.
        comment: The comment; None means no comment.
        metadata: The asset's `owners`, `tags`, `group` and `description`, and anything else to show
            with it; not compared. None means none.
        life_cycle: The life cycle, also of a target declared here; None means FULLY_MANAGED.
        cluster: The cluster its statements run on, with ON CLUSTER, also for a target declared
            here; None means the connected server alone.
    """

    model_config = ConfigDict(extra="allow")

    select_statement: str
    select_tables: list[Any] = []
    materialized_view_name: str
    target_table: InstanceOf[OlapTable[Any]] | TargetTableConfig | str | None = None
    table_name: str | None = None
    engine: InstanceOf[EngineConfig] | ClickHouseEngines | None = None
    order_by_fields: list[str] | None = None
    order_by_expression: str | None = None
    partition_by: str | None = None
    sample_by_expression: str | None = None
    primary_key_expression: str | None = None
    ttl: str | None = None
    settings: dict[str, InstanceOf[str] | int | float | bool] | None = None
    indexes: list[TableIndex] = []
    projections: list[TableProjection] = []
    constraints: list[TableConstraint] = []
    refresh: str | None = None
    database: str | None = None
    comment: str | None = None
    metadata: dict[str, object] | None = None
    life_cycle: LifeCycle | None = None
    cluster: str | None = None


def storage_config(options: MaterializedViewOptions) -> OlapConfig:
    """Return what *options* say of the table that a materialized view keeps its rows in."""
    return OlapConfig(
        order_by_fields=options.order_by_fields or [],
        order_by_expression=options.order_by_expression,
        partition_by=options.partition_by,
        sample_by_expression=options.sample_by_expression,
        primary_key_expression=options.primary_key_expression,
        engine=options.engine,
        ttl=options.ttl,
        settings={**options.settings} if options.settings else None,
        indexes=options.indexes,
        projections=options.projections,
        constraints=options.constraints,
    )


class View:
    """A view: `View("recent_orders", "SELECT ... FROM orders", [orders])`.

    Args:
        name: The name, without the database.
        select_statement: The SELECT; a table without a database is one of the view's database.
        base_tables: The declared tables and views that it reads; empty by default. Those that the
            text names are found without it.
        metadata: The same as `config.metadata`, and goes before it; None means that of the config.
        config: Everything else; None means the defaults of `ViewConfig`.

    Attributes:
        name: The name.
        select_statement: The SELECT as given.
        base_tables: The declared tables and views that it reads.
        config: Everything else, with the metadata.
        source: Where the view is declared.
    """

    def __init__(
        self,
        name: str,
        select_statement: str,
        base_tables: "Iterable[AnyTable | AnyView]" = (),
        metadata: dict[str, object] | None = None,
        *,
        config: ViewConfig | None = None,
    ) -> None:
        self.name = name
        self.select_statement = select_statement
        self.base_tables = tuple(base_tables)
        given = ViewConfig() if config is None else config
        self.config = given if metadata is None else given.model_copy(update={"metadata": metadata})
        self.source: Source = source_of_caller()

    def __repr__(self) -> str:
        return f"View({self.name!r}, {self.source})"


class MaterializedView(Generic[T]):
    """A materialized view: `MaterializedView[Total](MaterializedViewOptions(...))`.

    The model says which columns the view's own storage has, or a target that is declared here;
    without either, `MaterializedView(...)` needs none.

    Args:
        options: What it computes and where it writes.
        target_table: The declared table that it writes to, as in Moose; it goes before
            `options.target_table`. None means what the options say.

    Attributes:
        name: The view's name.
        config: The options as given.
        source: Where the view is declared.
    """

    def __init__(
        self, options: MaterializedViewOptions, target_table: OlapTable[T] | None = None
    ) -> None:
        self.name = options.materialized_view_name
        # Moose takes an existing target as a second argument.
        self.config = (
            options.model_copy(update={"target_table": target_table}) if target_table else options
        )
        self.source: Source = source_of_caller()

    def __repr__(self) -> str:
        return f"MaterializedView({self.name!r}, {self.source})"

    @property
    def model(self) -> type[T]:
        """The model in the brackets.

        Raises:
            DeclarationError: There is none.
        """
        return model_in_brackets(self, self.name, self.source)

    @property
    def has_model(self) -> bool:
        """Whether a model is in the brackets."""
        return hasattr(self, "__orig_class__")

    @property
    def base_tables(self) -> "tuple[AnyTable | AnyView, ...]":
        """The tables and views it reads."""
        return tuple(self.config.select_tables)

    @cached_property
    def target_table(self) -> OlapTable[T] | None:
        """The target where it is a declared table, else None."""
        given = self.config.target_table
        return given if isinstance(given, OlapTable) else self.own_target

    @cached_property
    def own_target(self) -> OlapTable[T] | None:
        """The target that is declared by the view itself, or None."""
        given = self.config.target_table
        if isinstance(given, TargetTableConfig):
            target = given
        elif given is None and self.config.table_name and self.has_model:
            target = TargetTableConfig(name=self.config.table_name)
        else:
            return None
        own = storage_config(self.config)
        config = own.model_copy(
            update={
                "order_by_fields": target.order_by_fields or own.order_by_fields,
                "engine": target.engine or own.engine,
                "database": self.config.database,
                "life_cycle": self.config.life_cycle,
                "cluster": self.config.cluster,
            }
        )
        table: Any = OlapTable[self.model](target.name, config)  # pyright: ignore[reportInvalidTypeArguments] - the model is a value here
        table.source = self.source
        return table

    @property
    def parts(self) -> "tuple[AnyTable | MaterializedView[T], ...]":
        """The view, and before it the target that is declared with it."""
        return (self,) if self.own_target is None else (self.own_target, self)


class Dictionary:
    """A dictionary: `Dictionary("countries", "(id UInt64, ...) PRIMARY KEY id SOURCE(...) ...")`.

    Args:
        name: The name, without the database.
        definition: What follows the name in CREATE DICTIONARY; secrets as `'{env:NAME}'`.
        base_tables: The declared tables and views that it is loaded from; empty by default.
        config: Everything else; None means the defaults of `ViewConfig`.

    Attributes:
        name: The name.
        definition: What follows the name in CREATE DICTIONARY, as given.
        base_tables: The declared tables and views that it is loaded from.
        config: Everything else.
        source: Where the dictionary is declared.
    """

    def __init__(
        self,
        name: str,
        definition: str,
        base_tables: "Iterable[AnyTable | AnyView]" = (),
        *,
        config: ViewConfig | None = None,
    ) -> None:
        self.name = name
        self.definition = definition
        self.base_tables = tuple(base_tables)
        self.config = ViewConfig() if config is None else config
        self.source: Source = source_of_caller()

    def __repr__(self) -> str:
        return f"Dictionary({self.name!r}, {self.source})"


AnyView: TypeAlias = View | MaterializedView[Any] | Dictionary
"""What a project calls a view, of any of the three kinds."""
VIEWS = (View, MaterializedView, Dictionary)
