"""Whole modules: one for each database, one for the topics, one for the project."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.declare.topics import collision_name
from moose_dagster.errors import MooseDagsterError
from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.tables import LiveTables
from moose_dagster.live.topics import LiveTopics
from moose_dagster.pull.check import Findings, findings_in
from moose_dagster.pull.imports import BUILTINS, TYPES, import_line, imports_of
from moose_dagster.pull.layout import assignment, call, comment, listed, literal
from moose_dagster.pull.names import ModuleNames, Names, class_name, variable_name
from moose_dagster.pull.tables import TableWriting, table_text
from moose_dagster.pull.topics import topic_text, undeclarable_configs
from moose_dagster.pull.views import (
    Declared,
    ViewWriting,
    findings_in_view,
    has_undeclarable_columns,
    hides_a_part,
    in_order,
    undeclared_properties,
    view_text,
)
from moose_dagster.state.names import TableId, ViewId
from moose_dagster.state.redacted import REDACTED
from moose_dagster.state.rename import text_of
from moose_dagster.state.tables import Table
from moose_dagster.state.topics import Topic
from moose_dagster.state.views import View

# What an unexpected text can raise while it is parsed, and while the Python for it runs.
_UNWRITABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    NameError,
    SyntaxError,
    MooseDagsterError,
)
PROJECT = "project"
STREAMS = "streams"
_EXTERNAL = LifeCycle.EXTERNALLY_MANAGED
_EARLIER = "it reads a dictionary, and a plan would create it before the dictionary"
_HIDDEN = "the server hides a part of it, and a table created from the declaration would lack it"
_OF_ANOTHER = "an Alias has the columns of the table that it names"
_OF_THE_QUERY = "a declaration can't have other types and comments than the query"


@dataclass(frozen=True, slots=True)
class FoundTables:
    """What was read from a ClickHouse server.

    Attributes:
        tables: The tables.
        views: The views.
        others: A sentence for each resource that is not declared.
    """

    tables: LiveTables
    views: Mapping[ViewId, View] = field(default_factory=dict[ViewId, View])
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull writes.

    Attributes:
        files: The text of each file by its name.
        tables: The tables that are declared.
        views: The views that are declared.
        topics: The names of the topics that are declared.
        notes: A sentence for each thing that differs from the servers or is not declared.
        not_looked_at: The modules of an earlier pull about other servers or databases; they stay
            in the project.
    """

    files: Mapping[str, str]
    tables: tuple[TableId, ...] = ()
    views: tuple[ViewId, ...] = ()
    topics: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    not_looked_at: tuple[str, ...] = ()


@dataclass(slots=True)
class _Module:
    """A module while its declarations are written, one after the other.

    Attributes:
        title: What it declares, for its docstring.
        notes: The sentences about its resources.
        parts: The declarations with their comments.
        names: The names that are taken in it.
        declared: The declarations that views may refer to.
    """

    title: str
    notes: list[str] = field(default_factory=list[str])
    parts: list[str] = field(default_factory=list[str])
    names: ModuleNames = field(default_factory=lambda: ModuleNames(TYPES, BUILTINS))
    declared: dict[TableId, Declared] = field(default_factory=dict[TableId, Declared])

    def note(self, resource: object, sentences: Iterable[str]) -> list[str]:
        """Add *sentences* about *resource* to the notes and return them as comments."""
        notes = [f"{resource}: {sentence}" for sentence in sentences]
        self.notes.extend(notes)
        return list(map(comment, notes))

    def add(self, comments: Sequence[str], text: str = "") -> None:
        """Add a declaration under its comments; comments may be alone."""
        self.parts.append("\n".join((*comments, *([text] if text else []))))

    @property
    def text(self) -> str:
        """The whole module."""
        body = "\n\n\n".join(self.parts)
        head = (docstring(self.title), imports_of(body))
        # isort puts two lines between imports and a class, also if a comment is between them.
        first = next((line for line in body.splitlines() if not line.startswith("#")), "")
        gap = "\n\n" if first.startswith("class ") else "\n"
        return (
            "\n\n".join(part for part in head if part) + (f"\n{gap}{body}" if body else "") + "\n"
        )


def pulled(
    found: FoundTables,
    topics: LiveTopics,
    life_cycle: LifeCycle,
    name: str,
    not_looked_at: tuple[str, ...] = (),
) -> Pulled:
    """Return the modules that declare what was *found* and the *topics*.

    Args:
        found: The live tables and views.
        topics: The live topics.
        life_cycle: The life cycle of every declaration.
        name: The name of the project.
        not_looked_at: The modules of an earlier pull that stay in the project.
    """
    files = dict[str, str]()
    notes = list(found.others)
    modules = Names((PROJECT, STREAMS, *not_looked_at))
    declared = list[TableId]()
    declared_topics = list[str]()
    imported = list(not_looked_at)
    for database in sorted({id_.database for id_ in (*found.tables.state.tables, *found.views)}):
        module = _Module(title_of(database))
        declared.extend(_add_database(module, found, database, life_cycle))
        imported.append(modules.unique(f"tables_{variable_name(database).removeprefix('table_')}"))
        files[f"{imported[-1]}.py"] = module.text
        notes.extend(module.notes)
    if topics.topics:
        module = _Module("topics of the Kafka cluster")
        for topic in sorted(topics.topics.values(), key=lambda topic: topic.id):
            if _add_topic(module, topics, topic, life_cycle):
                declared_topics.append(topic.id.name)
        imported.append(STREAMS)
        files[f"{STREAMS}.py"] = module.text
        notes.extend(module.notes)
    notes.extend(
        f"{topic}: not declared: {error}." for topic, error in sorted(topics.refused.items())
    )
    files[f"{PROJECT}.py"] = _project(sorted(imported), found.others, name)
    tables = tuple(id_ for id_ in declared if not isinstance(id_, ViewId))
    views = tuple(id_ for id_ in declared if isinstance(id_, ViewId))
    return Pulled(
        files=dict(sorted(files.items())),
        tables=tables,
        views=views,
        topics=tuple(declared_topics),
        notes=tuple(notes),
        not_looked_at=not_looked_at,
    )


def _add_database(
    module: _Module, found: FoundTables, database: str, life_cycle: LifeCycle
) -> Iterable[TableId]:
    """Add the tables of a database, then its views; yield those that could be declared."""
    for id_ in sorted(table for table in found.tables.state.tables if table.database == database):
        if _add_table(module, found.tables, id_, life_cycle):
            yield id_
    for view in in_order(view for view in found.views.values() if view.id.database == database):
        if _add_view(module, view, life_cycle):
            yield view.id


def _add_table(module: _Module, tables: LiveTables, id_: TableId, life_cycle: LifeCycle) -> bool:
    table = tables.state.tables[id_]
    fact = tables.facts[id_]
    if table.unread.definition:
        parts = ", ".join(fact.not_understood)
        problem = f"not declared, because it is not understood: {parts}."
        module.add(module.note(id_, [problem]))
        return False
    writing = TableWriting(
        model=module.names.class_(class_name(id_.name)),
        variable=module.names.variable(variable_name(id_.name)),
        life_cycle=life_cycle,
    )
    names, text, findings = _best_text(table, writing, module.names)
    if findings.faults:
        sentences = (f"not declared: {fault}" for fault in findings.faults)
        module.add(module.note(id_, sentences))
        return False
    over_dictionary = table.engine.name == "Dictionary"
    gaps = [f"differs from what is declared: {text}." for text in findings.differences]
    gaps += (f"{part}: {_HIDDEN}." for part in _hidden_elements(table))
    if table.engine.name == "Alias":
        gaps.append(f"its engine: {_OF_ANOTHER}.")
    if over_dictionary and life_cycle is not _EXTERNAL:
        gaps.append(f"{_EARLIER}: it stays EXTERNALLY_MANAGED.")
    sentences = (
        *(f"not understood: {part}." for part in fact.not_understood),
        *gaps,
    )
    if sentences and life_cycle is not _EXTERNAL:
        # A plan would change what the declaration could not express.
        names, text, _ = _best_text(table, replace(writing, life_cycle=_EXTERNAL), module.names)
    module.names = names
    module.declared[id_] = Declared(writing.variable, writing.model, table)
    module.add(module.note(id_, sentences), text)
    return True


def _add_view(module: _Module, view: View, life_cycle: LifeCycle) -> bool:
    names = module.names.copy()
    writing = ViewWriting(
        variable=names.variable(variable_name(view.id.name)),
        model=names.class_(class_name(view.id.name)) if view.inner is not None else "",
        life_cycle=life_cycle,
        declared=module.declared,
    )
    findings = findings_in_view(view_text(view, writing, names.copy()), view, writing)
    if findings.faults:
        # A view that no longer fits its target can still be declared without naming it.
        others = {id_: declared for id_, declared in module.declared.items() if id_ != view.target}
        writing = replace(writing, declared=others)
        findings = findings_in_view(view_text(view, writing, names.copy()), view, writing)
    if findings.faults:
        module.add(module.note(view.id, (f"not declared: {fault}" for fault in findings.faults)))
        return False
    gaps = (
        *(f"differs from what is declared: {difference}." for difference in findings.differences),
        *((f"its query: {_HIDDEN}.",) if hides_a_part(view) else ()),
        *((f"its columns: {_OF_THE_QUERY}.",) if has_undeclarable_columns(view) else ()),
    )
    if gaps:
        writing = replace(writing, life_cycle=LifeCycle.EXTERNALLY_MANAGED)
    text = view_text(view, writing, names)
    module.names = names
    undeclared = (f"left to the server: {one}." for one in undeclared_properties(view))
    module.add(module.note(view.id, (*undeclared, *gaps)), text)
    module.declared[view.id.place] = Declared(writing.variable)
    return True


def _best_text(
    table: Table, writing: TableWriting, taken: ModuleNames
) -> tuple[ModuleNames, str, Findings]:
    """Return the most natural text that declares *table*, or the most exact with its findings."""
    names, text, findings = _attempt(table, writing, taken)
    if findings:
        exactly = replace(writing, exact_columns=findings.columns)
        names, text, findings = _attempt(table, exactly, taken)
        if findings:
            names, text, findings = _attempt(table, replace(exactly, exact_engine=True), taken)
    return names, text, findings


def _attempt(
    table: Table, writing: TableWriting, taken: ModuleNames
) -> tuple[ModuleNames, str, Findings]:
    names = taken.copy()
    try:
        text = table_text(table, writing, names)
        return names, text, findings_in(text, writing.variable, table)
    except _UNWRITABLE as error:
        fault = f"its declaration can't be written ({type(error).__name__}: {error})."
        return (
            names,
            "",
            Findings(faults=(fault,), columns=frozenset(column.name for column in table.columns)),
        )


def _hidden_elements(table: Table) -> Iterable[str]:
    for column in table.columns:
        if column.default and REDACTED in column.default.expression:
            yield f"the default of {column.name}"
    for element in table.elements:
        if REDACTED in text_of(element):
            yield f"{type(element).__name__.lower()} {element.name}"
    keys = (
        *table.order_by,
        *(table.primary_key or ()),
        table.partition_by,
        table.sample_by,
        table.ttl,
    )
    if any(REDACTED in text for text in keys):
        yield "a key or the TTL"
    for name, value in table.settings.items():
        if REDACTED in value and value != REDACTED:
            yield f"setting {name}"


def _add_topic(module: _Module, topics: LiveTopics, topic: Topic, life_cycle: LifeCycle) -> bool:
    twin = next(
        (
            other
            for other in sorted(topics.topics)
            if collision_name(other) == collision_name(topic.id)
        ),
        None,
    )
    if twin != topic.id:
        problem = f"not declared: Kafka treats it and {twin} as the same name."
        module.add(module.note(topic.id, [problem]))
        return False
    overrides = topics.facts[topic.id].overrides
    wrong = tuple(undeclarable_configs(topic, overrides))
    declared = overrides - {problem.split(":", 1)[0] for problem in wrong}
    text = topic_text(
        topic,
        declared,
        module.names.class_(class_name(topic.id.name)),
        module.names.variable(variable_name(topic.id.name)),
        life_cycle,
    )
    module.add(
        module.note(topic.id, (f"not declared: {problem}" for problem in wrong)),
        text,
    )
    return True


def _project(modules: Sequence[str], others: Sequence[str], name: str) -> str:
    imports = [import_line(".", modules)] if modules else []
    project = assignment("project", call("Project", literal(name), listed(modules)))
    comments = [comment(other) for other in others]
    head = (
        docstring("everything that was pulled, as one project"),
        "from moose_dagster import Project",
        *imports,
    )
    return "\n\n".join((*head, "\n".join((*comments, project)))) + "\n"


def title_of(database: str) -> str:
    """Return what the module of a database declares."""
    return f"tables of the ClickHouse database {database}"


def docstring(title: str) -> str:
    """Return the docstring of a module that declares *title*."""
    shown = "".join(
        character if character.isprintable() and character not in '"\\' else "?"
        for character in title
    )
    return f'"""Pulled by moose-dagster: {shown}."""'
