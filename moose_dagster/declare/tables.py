"""ClickHouse tables as people write them."""

from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, InstanceOf

from moose_dagster.declare import elements as parts
from moose_dagster.declare.brackets import model_in_brackets
from moose_dagster.declare.engines import ClickHouseEngines, EngineConfig
from moose_dagster.declare.secrets import Secret
from moose_dagster.declare.source import Source, source_of_caller
from moose_dagster.life_cycle import LifeCycle

T = TypeVar("T", bound=BaseModel)


class OlapConfig(BaseModel):
    """How a table is stored.

    Attributes:
        order_by_fields: The sorting key by column name; without it, the `Key[T]` fields.
        order_by_expression: The sorting key as ClickHouse text, `tuple()` for none; in place of the
            fields.
        partition_by: A PARTITION BY expression.
        sample_by_expression: A SAMPLE BY expression.
        primary_key_expression: A PRIMARY KEY that is not the `Key[T]` fields; the start of the
            sorting key, `tuple()` for none.
        engine: The engine, MergeTree if none is given.
        deduplicate: The short word for `engine=ReplacingMergeTreeEngine()`.
        version: Becomes part of the table's name: `users` of version `0.1` is `users_0_1`.
        metadata: The asset's `owners`, `tags`, `group` and `description`, and anything else to show
            with it; no part of the schema.
        life_cycle: How far changes go; None means FULLY_MANAGED unless something around the table
            decides.
        settings: Settings of the table, passwords among them as `Secret`.
        ttl: The table's TTL, without the word TTL.
        database: The database, the project's if none is given.
        comment: The table's comment.
        indexes: Data-skipping indexes.
        projections: Projections.
        constraints: Constraints.
        cluster: The cluster its statements run on, with ON CLUSTER.
        renamed_from: The real name it had before, `name` or `database.name`: it is renamed, rows
            and all.
    """

    # Unknown fields are kept, so that a project can report all of them together.
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
    indexes: list[parts.TableIndex] = []
    projections: list[parts.TableProjection] = []
    constraints: list[parts.TableConstraint] = []
    cluster: str | None = None
    renamed_from: str | None = None

    # Moose reaches them through the config.
    TableIndex: ClassVar = parts.TableIndex
    TableProjection: ClassVar = parts.TableProjection
    TableConstraint: ClassVar = parts.TableConstraint


OlapTableConfig = OlapConfig


class OlapTable(Generic[T]):
    """A ClickHouse table whose columns are the fields of a pydantic model: `OlapTable[User]("users")`.

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
