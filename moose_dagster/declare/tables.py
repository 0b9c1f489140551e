"""ClickHouse tables as people write them."""

from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, InstanceOf

from moose_dagster.declare import elements
from moose_dagster.declare.brackets import model_in_brackets
from moose_dagster.declare.engines import ClickHouseEngines, EngineConfig
from moose_dagster.declare.secrets import Secret
from moose_dagster.declare.source import Source, source_of_caller
from moose_dagster.life_cycle import LifeCycle

T = TypeVar("T", bound=BaseModel)


class OlapConfig(BaseModel):
    """How a table is stored.

    Attributes:
        order_by_fields: The sorting key by column name; empty, the default, means the `Key[T]`
            fields.
        order_by_expression: The sorting key as ClickHouse text, `tuple()` for none; in place of
            `order_by_fields`. None means the fields decide.
        partition_by: The PARTITION BY expression; None means one partition.
        sample_by_expression: The SAMPLE BY expression; None means no sampling.
        primary_key_expression: A PRIMARY KEY that is not the `Key[T]` fields: the start of the
            sorting key, `tuple()` for none. None means the fields decide.
        engine: The engine, as an object or a name; None means MergeTree.
        deduplicate: True is short for `engine=ReplacingMergeTreeEngine()`; False by default.
        version: Becomes part of the table's name: `users` of version `0.1` is `users_0_1`. None
            means no version.
        metadata: The asset's `owners`, `tags`, `group` and `description`, and anything else to show
            with it; not compared. None means none.
        life_cycle: The life cycle; None means that of the pipeline or view around the table,
            else FULLY_MANAGED.
        settings: Settings of the table by name, passwords among them as `Secret`. None means that
            the live ones are not compared.
        ttl: The table's TTL expressions, without the word TTL; None means no TTL.
        database: The database; None means the project's.
        comment: The table's comment; None means no comment.
        indexes: Data-skipping indexes; empty by default.
        projections: Projections; empty by default.
        constraints: Constraints; empty by default.
        cluster: The cluster its statements run on, with ON CLUSTER; None means the connected server
            alone.
        renamed_from: The earlier name on the server, `name` or `database.name`: that table is
            renamed, with its rows. None means it was never renamed.
    """

    # A project reports unknown fields, all of them together.
    model_config = ConfigDict(extra="allow")

    order_by_fields: list[str] = []
    order_by_expression: str | None = None
    partition_by: str | None = None
    sample_by_expression: str | None = None
    primary_key_expression: str | None = None
    engine: InstanceOf[EngineConfig] | ClickHouseEngines | None = None
    deduplicate: bool = False
    version: str | None = None
    metadata: dict[str, object] | None = None
    life_cycle: LifeCycle | None = None
    # InstanceOf keeps an EnvVar what it is; as a str it would be the name of its variable.
    settings: dict[str, InstanceOf[Secret] | InstanceOf[str] | int | float | bool] | None = None
    ttl: str | None = None
    database: str | None = None
    comment: str | None = None
    indexes: list[elements.TableIndex] = []
    projections: list[elements.TableProjection] = []
    constraints: list[elements.TableConstraint] = []
    cluster: str | None = None
    renamed_from: str | None = None

    # Moose reaches them through the config.
    TableIndex: ClassVar = elements.TableIndex
    TableProjection: ClassVar = elements.TableProjection
    TableConstraint: ClassVar = elements.TableConstraint


OlapTableConfig = OlapConfig


class OlapTable(Generic[T]):
    """A ClickHouse table with the fields of a model as columns: `OlapTable[User]("users")`.

    Attributes:
        name: The name as written; a version in the config becomes part of the table's real name.
        config: The config as given.
        source: Where the table is declared.
    """

    def __init__(self, name: str, config: OlapConfig | None = None) -> None:
        self.name = name
        self.config = OlapConfig() if config is None else config
        self.source: Source = source_of_caller()

    def __repr__(self) -> str:
        return f"OlapTable({self.name!r}, {self.source})"

    @property
    def model(self) -> type[T]:
        """The model in the brackets.

        Raises:
            DeclarationError: There is none.
        """
        return model_in_brackets(self, self.name, self.source)


AnyTable: TypeAlias = OlapTable[Any]
