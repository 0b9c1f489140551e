"""Name each change in words: its facet, what it is about, and both sides."""

from dataclasses import dataclass, replace
from typing import Final

from typing_extensions import assert_never

from moose_dagster.diff.changes import Change, resource_of
from moose_dagster.diff.table_changes import (
    AddColumn,
    AddElement,
    ChangeCodec,
    ChangeColumnComment,
    ChangeColumnSettings,
    ChangeColumnTtl,
    ChangeDefault,
    ChangeElement,
    ChangeEngine,
    ChangeOrderBy,
    ChangePartitionBy,
    ChangePrimaryKey,
    ChangeSampleBy,
    ChangeSetting,
    ChangeStatistics,
    ChangeTableComment,
    ChangeTableTtl,
    ChangeType,
    ColumnChange,
    CreateTable,
    DropColumn,
    DropElement,
    DropTable,
    ElementChange,
    RenameColumn,
    RenameTable,
    StorageChange,
)
from moose_dagster.diff.topic_changes import (
    ChangePartitions,
    ChangeReplicationFactor,
    ChangeTopicConfig,
    CreateTopic,
    DropTopic,
    TopicChange,
)
from moose_dagster.diff.view_changes import (
    ChangeDictionary,
    ChangeRefresh,
    ChangeViewComment,
    ChangeViewKind,
    ChangeViewQuery,
    ChangeViewStorage,
    ChangeViewTarget,
    CreateView,
    DropView,
    ViewChange,
)
from moose_dagster.sql.create import column_properties, settings_list, storage
from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.environment import redacted
from moose_dagster.sql.function_secrets import redacted_statement
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column, Table, TableElement
from moose_dagster.state.topics import Topic
from moose_dagster.state.types import without_nullable

_ABSENT = "(absent)"
_NONE = "(none)"


@dataclass(frozen=True, slots=True)
class Description:
    """One change as a row people read: facet, the column it is about or "", and both sides."""

    facet: str
    column: str
    declared: str
    live: str


def describe(change: Change) -> Description:
    """Return *change* as facet, column, declared and live."""
    if isinstance(change, TopicChange):
        return _of_topic(change)
    if isinstance(change, ViewChange):
        found = _of_view(change)
    else:
        found = _of_column(change) if isinstance(change, ColumnChange) else _of_table(change)
    return replace(found, declared=redacted_statement(found.declared), live=redacted_statement(found.live))


def subject_of(change: Change) -> str:
    """Return what *change* is about, such as `shop.orders.note: type Int64 -> Int8`."""
    text, resource = describe(change), resource_of(change)
    if isinstance(change, CreateTable | CreateTopic | CreateView):
        return f"{resource}: create {text.facet}"
    if isinstance(change, DropTable | DropTopic | DropView):
        return f"{resource}: drop {text.facet}"
    if isinstance(change, RenameTable):
        return f"{change.live}: rename table to {change.table}"
    if isinstance(change, RenameColumn):
        return f"{resource}: rename column {change.live.name} to {change.desired}"
    if isinstance(change, AddColumn | AddElement):
        return f"{resource}: add {text.facet} {text.column} {text.declared}"
    if isinstance(change, DropColumn | DropElement):
        return f"{resource}: drop {text.facet} {text.column} {text.live}"
    where = f"{resource}.{text.column}" if text.column else str(resource)
    return f"{where}: {text.facet} {text.live} -> {text.declared}"


def difference_of(change: Change) -> str:
    """Return both sides of *change*, such as `shop.orders.note: type is Int64, the code says Int8`."""
    text, resource = describe(change), resource_of(change)
    where = f"{resource}.{text.column}" if text.column else str(resource)
    return f"{where}: {text.facet} is {text.live}, the code says {text.declared}"


def _of_table(
    change: CreateTable | DropTable | RenameTable | ElementChange | StorageChange,
) -> Description:
    match change:
        case CreateTable():
            return Description("table", "", str(change.table.engine), _ABSENT)
        case DropTable():
            return Description("table", "", _ABSENT, "(present)")
        case RenameTable():
            return Description("table name", "", str(change.table), str(change.live))
        case AddElement():
            return Description(
                _kind(change.element), change.element.name, _part(change.element), _ABSENT
            )
        case DropElement():
            return Description(
                _kind(change.element), change.element.name, _ABSENT, _part(change.element)
            )
        case ChangeElement():
            return Description(
                _kind(change.live), change.live.name, _part(change.desired), _part(change.live)
            )
        case ChangeEngine():
            return _property("engine", "", str(change.desired), str(change.live))
        case ChangeOrderBy():
            return _property("ORDER BY", "", _key(change.desired), _key(change.live))
        case ChangePrimaryKey():
            return _property("PRIMARY KEY", "", _key(change.desired), _key(change.live))
        case ChangePartitionBy():
            return _property("PARTITION BY", "", change.desired, change.live)
        case ChangeSampleBy():
            return _property("SAMPLE BY", "", change.desired, change.live)
        case ChangeTableTtl():
            return _property("TTL", "", change.desired, change.live)
        case ChangeSetting():
            return _property(f"setting {change.name}", "", change.desired, change.live)
        case ChangeTableComment():
            return _property("comment", "", change.desired, change.live)
        case _:
            assert_never(change)


def _of_column(change: ColumnChange) -> Description:
    match change:
        case RenameColumn():
            return Description("column name", change.desired, change.desired, change.live.name)
        case AddColumn():
            return Description("column", change.column.name, _column(change.column), _ABSENT)
        case DropColumn():
            return Description("column", change.column.name, _ABSENT, _column(change.column))
        case ChangeType():
            same = without_nullable(change.live.type) == without_nullable(change.desired.type)
            facet = "nullability" if same else "type"
            return Description(facet, change.live.name, change.desired.type, change.live.type)
        case ChangeDefault():
            declared, live = str(change.desired.default or _NONE), str(change.live.default or _NONE)
            return Description("default", change.live.name, declared, live)
        case ChangeCodec():
            return _property("codec", change.live.name, change.desired.codec, change.live.codec)
        case ChangeColumnComment():
            return _property(
                "comment", change.live.name, change.desired.comment, change.live.comment
            )
        case ChangeColumnTtl():
            return _property("TTL", change.live.name, change.desired.ttl, change.live.ttl)
        case ChangeStatistics():
            return _property(
                "statistics", change.live.name, change.desired.statistics, change.live.statistics
            )
        case ChangeColumnSettings():
            declared, live = (
                settings_list(change.desired.settings),
                settings_list(change.live.settings),
            )
            return _property("settings", change.live.name, declared, live)
        case _:
            assert_never(change)


def _of_topic(change: TopicChange) -> Description:
    match change:
        case CreateTopic():
            return Description("topic", "", _topic(change.topic), _ABSENT)
        case DropTopic():
            return Description("topic", "", _ABSENT, "(present)")
        case ChangePartitions():
            return Description("partitions", "", str(change.desired), str(change.live))
        case ChangeReplicationFactor():
            return Description("replication factor", "", str(change.desired), str(change.live))
        case ChangeTopicConfig():
            return _property(change.name, "", change.desired, change.live)
        case _:
            assert_never(change)


def _of_view(change: ViewChange) -> Description:
    match change:
        case CreateView():
            return Description(change.view.kind.value.lower(), "", change.view.query, _ABSENT)
        case DropView():
            return Description(change.kind.value.lower(), "", _ABSENT, "(present)")
        case ChangeViewKind():
            return Description(
                "kind", "", change.desired.kind.value.lower(), change.live.kind.value.lower()
            )
        case ChangeViewQuery():
            return _property("query", "", change.desired, change.live)
        case ChangeDictionary():
            return _property("definition", "", change.desired, redacted(change.live))
        case ChangeViewTarget():
            return _property("target", "", _name(change.desired), _name(change.live))
        case ChangeViewStorage():
            return _property("storage", "", _storage(change.desired), _storage(change.live))
        case ChangeRefresh():
            return _property("refresh", "", change.desired, change.live)
        case ChangeViewComment():
            return _property("comment", "", change.desired, change.live)
        case _:
            assert_never(change)


def _property(facet: str, column: str, declared: str | None, live: str | None) -> Description:
    return Description(facet, column, declared or _NONE, live or _NONE)


def _key(elements: tuple[str, ...]) -> str:
    return f"({', '.join(elements)})"


def _column(column: Column) -> str:
    return column.type + column_properties(column)


def _kind(element: TableElement) -> str:
    return type(element).__name__.lower()


def _part(element: TableElement) -> str:
    _, _, rest = element_definition(replace(element, name="x")).partition(" x ")
    return rest


def _name(target: TableId | None) -> str:
    return str(target or "")


def _storage(inner: Table | None) -> str:
    if inner is None:
        return ""
    columns = (
        f"{column.name} {column.type}{column_properties(column)}" for column in inner.columns
    )
    inside = ", ".join((*columns, *map(element_definition, inner.elements)))
    return f"({inside}) {storage(inner)}" if inside else storage(inner)


def _topic(topic: Topic) -> str:
    layout = [f"{topic.partitions} partitions"] if topic.partitions is not None else []
    return (
        ", ".join([*layout, *(f"{name}={value}" for name, value in sorted(topic.configs.items()))])
        or "topic"
    )


# Each as `describe` writes it; of settings and topic configs the name follows, or stands alone.
FACETS: Final = frozenset(
    {
        "ORDER BY",
        "PARTITION BY",
        "PRIMARY KEY",
        "SAMPLE BY",
        "TTL",
        "codec",
        "column",
        "column name",
        "comment",
        "constraint",
        "default",
        "definition",
        "dictionary",
        "engine",
        "index",
        "kind",
        "materialized view",
        "nullability",
        "partitions",
        "projection",
        "query",
        "refresh",
        "replication factor",
        "setting",
        "settings",
        "statistics",
        "storage",
        "table",
        "table name",
        "target",
        "topic",
        "type",
        "view",
    }
)


def is_facet(words: str) -> bool:
    """Whether *words* name a facet, alone or with what follows it: `codec`, `codec note`, `retention.ms`."""
    return "." in words or any(words == facet or words.startswith(f"{facet} ") for facet in FACETS)
