"""Name each change in words: its facet, what it is about, and both sides."""

from dataclasses import dataclass, replace
from typing import Final

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes
from moose_dagster.diff import topic_changes, view_changes
from moose_dagster.diff.changes import Change, resource_of
from moose_dagster.plan.topic_values import readable
from moose_dagster.sql.create import column_properties, settings_list, storage
from moose_dagster.sql.elements import element_definition
from moose_dagster.sql.environment import redacted
from moose_dagster.sql.function_secrets import redacted_statement
from moose_dagster.state.counting import counted
from moose_dagster.state.names import TableId
from moose_dagster.state.tables import Column, Table, TableElement
from moose_dagster.state.topics import Topic
from moose_dagster.state.types import without_nullable

ABSENT = "(absent)"
PRESENT = "(present)"
_NONE = "(none)"


@dataclass(frozen=True, slots=True)
class Description:
    """One change as a row people read.

    Attributes:
        facet: What differs, such as `codec`.
        column: The column, index, projection or constraint it is about, or "".
        declared: The desired side.
        live: The live side.
    """

    facet: str
    column: str
    declared: str
    live: str


def describe(change: Change) -> Description:
    """Return *change* as facet, column, declared and live."""
    if isinstance(change, topic_changes.TopicChange):
        return _of_topic(change)
    if isinstance(change, view_changes.ViewChange):
        text = _of_view(change)
    else:
        text = _of_column(change) if isinstance(change, changes.ColumnChange) else _of_table(change)
    return replace(
        text,
        declared=redacted_statement(text.declared),
        live=redacted_statement(text.live),
    )


def subject_of(change: Change) -> str:
    """Return what *change* is about, such as `shop.orders.note: type Int64 -> Int8`."""
    text = describe(change)
    resource = resource_of(change)
    if isinstance(
        change, changes.CreateTable | topic_changes.CreateTopic | view_changes.CreateView
    ):
        return f"{_at_hosts(change)}: create {text.facet}"
    if isinstance(change, changes.DropTable | topic_changes.DropTopic | view_changes.DropView):
        return f"{resource}: drop {text.facet}"
    if isinstance(change, changes.RenameTable):
        return f"{change.live}: rename table to {change.table}"
    if isinstance(change, changes.RenameColumn):
        return f"{resource}: rename column {change.live.name} to {change.desired}"
    if isinstance(change, changes.AddColumn | changes.AddElement):
        return f"{_at_hosts(change)}: add {text.facet} {text.column} {text.declared}"
    if isinstance(change, changes.DropColumn | changes.DropElement):
        return f"{resource}: drop {text.facet} {text.column} {text.live}"
    where = f"{resource}.{text.column}" if text.column else str(resource)
    return f"{where}: {text.facet} {text.live} -> {text.declared}"


def _at_hosts(change: Change) -> str:
    """Return the resource of *change*, and the hosts where it is missing if others have it."""
    is_addition = isinstance(change, changes.CreateTable | changes.AddColumn | changes.AddElement)
    hosts = change.hosts if is_addition else ()
    resource = resource_of(change)
    return f"{resource} on {', '.join(hosts)}" if hosts else str(resource)


def difference_of(change: Change) -> str:
    """Return both sides of *change*, as in `shop.t.note: type is Int64, the code says Int8`."""
    text = describe(change)
    resource = resource_of(change)
    where = f"{resource}.{text.column}" if text.column else str(resource)
    return f"{where}: {text.facet} is {text.live}, the code says {text.declared}"


def _of_table(
    change: changes.CreateTable
    | changes.DropTable
    | changes.RenameTable
    | changes.ElementChange
    | changes.StorageChange,
) -> Description:
    match change:
        case changes.CreateTable():
            return Description("table", "", str(change.table.engine), _absent(change.hosts))
        case changes.DropTable():
            return Description("table", "", ABSENT, PRESENT)
        case changes.RenameTable():
            return Description("table name", "", str(change.table), str(change.live))
        case changes.AddElement():
            return Description(
                _kind(change.element),
                change.element.name,
                _body_of(change.element),
                _absent(change.hosts),
            )
        case changes.DropElement():
            return Description(
                _kind(change.element), change.element.name, ABSENT, _body_of(change.element)
            )
        case changes.ChangeElement():
            return Description(
                _kind(change.live),
                change.live.name,
                _body_of(change.desired),
                _body_of(change.live),
            )
        case changes.ChangeEngine():
            return _property("engine", "", str(change.desired), str(change.live))
        case changes.ChangeOrderBy():
            return _property("ORDER BY", "", _key(change.desired), _key(change.live))
        case changes.ChangePrimaryKey():
            return _property("PRIMARY KEY", "", _key(change.desired), _key(change.live))
        case changes.ChangePartitionBy():
            return _property("PARTITION BY", "", change.desired, change.live)
        case changes.ChangeSampleBy():
            return _property("SAMPLE BY", "", change.desired, change.live)
        case changes.ChangeTableTtl():
            return _property("TTL", "", change.desired, change.live)
        case changes.ChangeSetting():
            return _property(f"setting {change.name}", "", change.desired, change.live)
        case changes.ChangeTableComment():
            return _property("comment", "", change.desired, change.live)
        case _:
            assert_never(change)


def _absent(hosts: tuple[str, ...]) -> str:
    return f"{ABSENT} on {', '.join(hosts)}" if hosts else ABSENT


def _of_column(change: changes.ColumnChange) -> Description:
    match change:
        case changes.RenameColumn():
            return Description("column name", change.desired, change.desired, change.live.name)
        case changes.AddColumn():
            declared = _column(change.column)
            return Description("column", change.column.name, declared, _absent(change.hosts))
        case changes.DropColumn():
            return Description("column", change.column.name, ABSENT, _column(change.column))
        case changes.ChangeType():
            same = without_nullable(change.live.type) == without_nullable(change.desired.type)
            facet = "nullability" if same else "type"
            return Description(facet, change.live.name, change.desired.type, change.live.type)
        case changes.ChangeDefault():
            declared = str(change.desired.default or _NONE)
            live = str(change.live.default or _NONE)
            return Description("default", change.live.name, declared, live)
        case changes.ChangeCodec():
            return _property("codec", change.live.name, change.desired.codec, change.live.codec)
        case changes.ChangeColumnComment():
            return _property(
                "comment", change.live.name, change.desired.comment, change.live.comment
            )
        case changes.ChangeColumnTtl():
            return _property("TTL", change.live.name, change.desired.ttl, change.live.ttl)
        case changes.ChangeStatistics():
            return _property(
                "statistics", change.live.name, change.desired.statistics, change.live.statistics
            )
        case changes.ChangeColumnSettings():
            declared = settings_list(change.desired.settings)
            live = settings_list(change.live.settings)
            return _property("settings", change.live.name, declared, live)
        case _:
            assert_never(change)


def _of_topic(change: topic_changes.TopicChange) -> Description:
    match change:
        case topic_changes.CreateTopic():
            return Description("topic", "", _topic(change.topic), ABSENT)
        case topic_changes.DropTopic():
            return Description("topic", "", ABSENT, PRESENT)
        case topic_changes.ChangePartitions():
            return Description("partitions", "", str(change.desired), str(change.live))
        case topic_changes.ChangeReplicationFactor():
            return Description("replication factor", "", str(change.desired), str(change.live))
        case topic_changes.ChangeTopicConfig():
            desired = readable(change.name, change.desired)
            return _property(change.name, "", desired, readable(change.name, change.live))
        case _:
            assert_never(change)


def _of_view(change: view_changes.ViewChange) -> Description:
    match change:
        case view_changes.CreateView():
            return Description(change.view.kind.value.lower(), "", change.view.query, ABSENT)
        case view_changes.DropView():
            return Description(change.kind.value.lower(), "", ABSENT, PRESENT)
        case view_changes.ChangeViewKind():
            return Description(
                "kind", "", change.desired.kind.value.lower(), change.live.kind.value.lower()
            )
        case view_changes.ChangeViewQuery():
            return _property("query", "", change.desired, change.live)
        case view_changes.ChangeViewColumns():
            return _property("columns", "", _columns(change.desired), _columns(change.live))
        case view_changes.ChangeViewSecurity():
            return _property("SQL SECURITY", "", change.desired, change.live)
        case view_changes.ChangeDictionary():
            return _property("definition", "", change.desired, redacted(change.live))
        case view_changes.ChangeViewTarget():
            return _property("target", "", _name(change.desired), _name(change.live))
        case view_changes.ChangeViewStorage():
            return _property("storage", "", _storage(change.desired), _storage(change.live))
        case view_changes.ChangeRefresh():
            return _property("refresh", "", change.desired, change.live)
        case view_changes.ChangeViewComment():
            return _property("comment", "", change.desired, change.live)
        case _:
            assert_never(change)


def _property(facet: str, column: str, declared: str | None, live: str | None) -> Description:
    return Description(facet, column, declared or _NONE, live or _NONE)


def _columns(columns: tuple[Column, ...]) -> str:
    listed = (f"{column.name} {_column(column)}" for column in columns)
    return f"({', '.join(listed)})" if columns else "those of its query"


def _key(elements: tuple[str, ...]) -> str:
    return f"({', '.join(elements)})"


def _column(column: Column) -> str:
    return column.type + column_properties(column)


def _kind(element: TableElement) -> str:
    return type(element).__name__.lower()


def _body_of(element: TableElement) -> str:
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
    layout = [] if topic.partitions is None else [counted(topic.partitions, "partition")]
    configs = [f"{name}={value}" for name, value in sorted(topic.configs.items())]
    return ", ".join([*layout, *configs]) or "topic"


# Each as `describe` writes it; of settings and topic configs the name follows, or stands alone.
FACETS: Final = frozenset(
    {
        "ORDER BY",
        "PARTITION BY",
        "PRIMARY KEY",
        "SAMPLE BY",
        "SQL SECURITY",
        "TTL",
        "codec",
        "column",
        "column name",
        "columns",
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
    """Tell whether *words* begin with a facet, as `codec note` and `retention.ms` do."""
    return "." in words or any(words == facet or words.startswith(f"{facet} ") for facet in FACETS)
