"""Whole modules: one for each database, one for the topics, one for the project."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.live.tables import LiveTables
from moose_dagster.live.topics import LiveTopics
from moose_dagster.pull.check import Findings, findings_in
from moose_dagster.pull.imports import BUILTINS, TYPES, import_line, imports_of
from moose_dagster.pull.layout import assignment, call, comment, listed, literal
from moose_dagster.pull.names import ModuleNames, Names, class_name, variable_name
from moose_dagster.pull.tables import Writing, table_text
from moose_dagster.pull.topics import topic_text, undeclarable_configs
from moose_dagster.sql.create import HIDDEN
from moose_dagster.state.tables import Table, TableId
from moose_dagster.state.topics import Topic

MARK = "Pulled by moose-dagster"
_HIDDEN = "the server hides a part of it, which the declaration can't say; a table made from it would lack that part"


@dataclass(frozen=True, slots=True)
class Pulled:
    """The text of each file by its name, what was declared, and what a person should know."""

    files: Mapping[str, str]
    tables: tuple[TableId, ...] = ()
    topics: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


@dataclass(slots=True)
class _Module:
    """The parts of a module as they are written, one declaration after the other."""

    title: str
    notes: list[str] = field(default_factory=list[str])
    parts: list[str] = field(default_factory=list[str])
    names: ModuleNames = field(default_factory=lambda: ModuleNames(TYPES, BUILTINS))

    def say(self, resource: object, sentences: Iterable[str]) -> list[str]:
        """Note *sentences* about *resource* and return them as comments."""
        said = list(sentences)
        self.notes.extend(f"{resource}: {sentence}" for sentence in said)
        return [comment(f"{resource}: {sentence}") for sentence in said]

    def add(self, comments: Sequence[str], text: str = "") -> None:
        """Add a declaration under its comments; comments without one stand alone."""
        self.parts.append("\n".join((*comments, *([text] if text else []))))

    @property
    def text(self) -> str:
        """The whole module."""
        body = "\n\n\n".join(self.parts)
        head = (_docstring(self.title), imports_of(body))
        gap = "\n\n" if body.startswith(("class ", "#")) else "\n"
        return "\n\n".join(part for part in head if part) + (f"\n{gap}{body}" if body else "") + "\n"


def pulled(tables: LiveTables, topics: LiveTopics, others: Sequence[str], life_cycle: LifeCycle, name: str) -> Pulled:
    """Return the modules that declare *tables* and *topics*.

    Args:
        tables: The live tables.
        topics: The live topics.
        others: What else was found and is not declared, a sentence each.
        life_cycle: The promise of every declaration.
        name: The name of the project.
    """
    files, notes, modules = dict[str, str](), list(others), Names(("project", "streams"))
    declared_tables, declared_topics = list[TableId](), list[str]()
    imported = list[str]()
    for database in sorted({table.database for table in tables.state.tables}):
        module = _Module(f"tables of the ClickHouse database {database}")
        for id_ in sorted(table for table in tables.state.tables if table.database == database):
            if _add_table(module, tables, id_, life_cycle):
                declared_tables.append(id_)
        imported.append(modules.unique(f"tables_{variable_name(database).removeprefix('table_')}"))
        files[f"{imported[-1]}.py"] = module.text
        notes.extend(module.notes)
    if topics.topics:
        module = _Module("topics of the Kafka cluster")
        for topic in sorted(topics.topics.values(), key=lambda topic: topic.id):
            _add_topic(module, topics, topic, life_cycle)
            declared_topics.append(topic.id.name)
        imported.insert(0, "streams")
        files["streams.py"] = module.text
        notes.extend(module.notes)
    files["project.py"] = _project(sorted(imported), others, name)
    return Pulled(dict(sorted(files.items())), tuple(declared_tables), tuple(declared_topics), tuple(notes))


def _add_table(module: _Module, tables: LiveTables, id_: TableId, life_cycle: LifeCycle) -> bool:
    table, fact = tables.state.tables[id_], tables.facts[id_]
    writing = Writing(
        model=module.names.class_(class_name(id_.name)),
        variable=module.names.variable(variable_name(id_.name)),
        life_cycle=life_cycle,
    )
    names, text, findings = _written(table, writing, module.names)
    if findings.faults:
        sentences = (f"not declared, and left alone: {fault}" for fault in findings.faults)
        module.add(module.say(id_, sentences))
        return False
    unsaid = (
        *(f"differs from what is declared: {difference}." for difference in findings.differences),
        *(f"{part}: {_HIDDEN}." for part in _hidden_parts(table)),
    )
    sentences = (*(f"not understood, and left alone: {part}." for part in fact.not_understood), *unsaid)
    if unsaid and life_cycle is not LifeCycle.EXTERNALLY_MANAGED:
        # A plan would bring the server to what could not be said.
        names, text, _ = _written(table, replace(writing, life_cycle=LifeCycle.EXTERNALLY_MANAGED), module.names)
    module.names = names
    module.add(module.say(id_, sentences), text)
    return True


def _written(table: Table, writing: Writing, taken: ModuleNames) -> tuple[ModuleNames, str, Findings]:
    """Return the most natural text that declares *table*, or the most exact one with what is wrong with it."""
    names, text = _attempt(table, writing, taken)
    findings = findings_in(text, writing.variable, table)
    if findings:
        exactly = replace(writing, exact_columns=findings.columns)
        names, text = _attempt(table, exactly, taken)
        findings = findings_in(text, writing.variable, table)
        if findings:
            names, text = _attempt(table, replace(exactly, exact_engine=True), taken)
            findings = findings_in(text, writing.variable, table)
    return names, text, findings


def _attempt(table: Table, writing: Writing, taken: ModuleNames) -> tuple[ModuleNames, str]:
    names = taken.copy()
    return names, table_text(table, writing, names)


def _hidden_parts(table: Table) -> Iterable[str]:
    for column in table.columns:
        if column.default and HIDDEN in column.default.expression:
            yield f"the default of {column.name}"


def _add_topic(module: _Module, topics: LiveTopics, topic: Topic, life_cycle: LifeCycle) -> None:
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
    module.add(module.say(topic.id, (f"not declared, and left alone: {problem}" for problem in wrong)), text)


def _project(modules: Sequence[str], others: Sequence[str], name: str) -> str:
    imports = [import_line(".", modules)] if modules else []
    project = assignment("project", call("Project", literal(name), listed(modules)))
    comments = [comment(other) for other in others]
    head = (_docstring("everything that was pulled, as one project"), "from moose_dagster import Project", *imports)
    return "\n\n".join((*head, "\n".join((*comments, project)))) + "\n"


def _docstring(title: str) -> str:
    shown = "".join(character if character.isprintable() and character not in '"\\' else "?" for character in title)
    return f'"""{MARK}: {shown}."""'
