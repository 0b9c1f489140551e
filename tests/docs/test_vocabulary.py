"""The code says each thing with one word: the words that were replaced do not come back."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("moose_dagster", "example_project", "benchmarks", "tests")

# Words that may be no part of any identifier, and no word of a docstring.
WORDS = {
    "anew": "again, or rebuilt",
    "behaviour": "behavior, or the name of the settings",
    "colour": "color",
    "dear": "over_budget, or costly",
    "halfway": "stuck",
    "house": "the name of what it holds: BrokerState, TestDatabase",
    "housekeeping": "maintenance",
    "materialise": "materialize",
    "materialised": "materialized",
    "materialises": "materializes",
    "normalise": "normalize",
    "normalised": "normalized",
    "portion": "batch",
    "portions": "batches",
    "promise": "life cycle",
    "promised": "declared",
    "promises": "life cycles",
    "respelled": "normalized",
    "revealed": "fill_redacted",
    "spelled": "normalized",
    "stranger": "unmanaged",
    "strangers": "unmanaged",
    "surroundings": "context",
    "survey": "plan_result, or PlanResult",
    "surveys": "plan results",
    "tombstone": "RemovalRequest, or removal request",
    "tombstones": "removal requests",
    "withheld": "steps_blocked",
}
# Kafka calls a record without a value so, and the embedded broker stores such records.
KAFKAS_OWN = {"tombstone", "tombstones"}

# Names that say less than the word beside them; with leading underscores, too.
NAMES = {
    "Agreement": "Confirmation",
    "Applying": "TableExecutor",
    "Asking": "ProbeOptions",
    "Chosen": "PurgeSelection",
    "Hold": "the name of what is stopped",
    "Known": "TablePlanInputs",
    "KnownTopics": "TopicPlanInputs",
    "KnownViews": "ViewPlanInputs",
    "Knowledge": "TablePlanInputs",
    "Leaving": "UndeclaredResources",
    "Left": "RemovalDecisions",
    "Outcome": "ReconcileResult",
    "Part": "DataPart, or TableElement",
    "Rebuilding": "RebuildRun",
    "Seat": "EngineConnection",
    "Sending": "StatementContext",
    "TablePart": "TableElement",
    "Telling": "ProgressCallbacks",
    "Told": "TableFacts",
    "Wanted": "RestoreTarget",
    "What": "PullSelection",
    "Where": "ProjectOptions",
    "Wiring": "ProjectContext",
    "around": "context",
    "begun": "start_checkpoint, or started",
    "beyond": "unsupported_by_server",
    "caught_up": "catch_up_events",
    "goes_on": "can_resume",
    "going": "decide_removals, or the name of what is dropped",
    "half_way": "stuck",
    "held": "project_lock, or the reason why it is blocked",
    "held_back": "split_blocked",
    "held_by": "storage_facts",
    "kept": "trash_entry, or the name of what stays",
    "left_code": "undeclared_resources",
    "left_over": "cleanup, or leftovers",
    "put_back": "revert_type_change",
    "said": "error_summary, or the name of the text",
    "sent_well": "send_or_raise",
    "stands": "is_final",
    "such_as": "sample_suffix",
    "there": "live",
    "told": "error_means_loss, or the name of the text",
    "wanted": "desired",
    "why_held": "removal_block_reason",
    "written_out": "materialize_old_defaults, or inline_user_functions",
}

# Turns of phrase in docstrings that are translated from another language.
PHRASES = {
    r"(?<!there )(?<!There )\b(?:is|are|was|were) no (?!longer|more|less|better|other)\w+": (
        "is not a ..."
    ),
    r"\bno (?:valid )?UTF": "not valid UTF-8",
    r"\bso manieth\b": "every n-th",
    r"\bhalf[ -]way\b": "stuck, or partly applied",
    r"\bput(?:s|ting)? back\b": "revert",
    r"\bown words\b": "message",
    r"\bboth halves\b": "ClickHouse and Kafka",
}
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True)
class Text:
    """An identifier or a docstring of a file."""

    path: str
    line: int
    text: str


def test_no_identifier_has_a_word_that_was_replaced():
    found = [
        f"{name.path}:{name.line}: {name.text}: say {instead}"
        for name in identifiers()
        for instead in replaced_in(name)
    ]

    assert found == []


def test_no_docstring_has_a_word_that_was_replaced():
    found = [
        f"{docstring.path}:{docstring.line}: {word!r}: say {instead}"
        for docstring in docstrings()
        for word, instead in phrases_in(docstring)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("_keep_house", ["the name of what it holds: BrokerState, TestDatabase"]),
        ("ClickHouse", []),
        ("warehouse", []),
        ("test_a_promise_is_kept", ["life cycle"]),
        ("_wanted", ["desired"]),
        ("wanted_grants", []),
        ("Survey", ["plan_result, or PlanResult"]),
    ],
)
def test_an_identifier_is_read_word_by_word(name, instead):
    assert replaced_in(Text("moose_dagster/plan/steps.py", 1, name)) == instead


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("moose_dagster/embedded/kafka/records.py", []),
        ("moose_dagster/declare/removed.py", ["RemovalRequest, or removal request"]),
    ],
)
def test_only_kafka_has_records_of_that_name(path, instead):
    assert replaced_in(Text(path, 1, "is_tombstone")) == instead


@pytest.mark.parametrize(
    ("docstring", "words"),
    [
        ("Build the table anew.", ["anew"]),
        ("Tell whether it is no table.", ["is no table"]),
        ("Return the name; there is no other.", []),
        ("It is no longer declared.", []),
        ("Connect to a ClickHouse warehouse.", []),
    ],
)
def test_a_docstring_is_read_by_words_and_phrases(docstring, words):
    found = phrases_in(Text("moose_dagster/plan/steps.py", 1, docstring))

    assert [word for word, _ in found] == words


def replaced_in(name: Text) -> list[str]:
    """Return what to say in place of *name*, for each replaced word in it."""
    bare = name.text.strip("_")
    # The name of the server is one word.
    pieces = _PIECE.findall(bare.replace("ClickHouse", "Clickhouse").replace("_", " "))
    words = [piece.lower() for piece in pieces]
    instead = [WORDS[word] for word in words if word in words_of(name.path)]
    return [*instead, *filter(None, [NAMES.get(bare)])]


def phrases_in(docstring: Text) -> list[tuple[str, str]]:
    """Return each replaced word or phrase of *docstring* with what to say in its place."""
    text = " ".join(docstring.text.split())
    words = re.findall(r"[a-z]+", text.replace("ClickHouse", "").lower())
    found = [(word, WORDS[word]) for word in words if word in words_of(docstring.path)]
    for phrase, instead in PHRASES.items():
        found += [(match, instead) for match in re.findall(phrase, text)]
    return found


def words_of(path: str) -> set[str]:
    """Return the words that a file must not say."""
    return WORDS.keys() - KAFKAS_OWN if "embedded/kafka" in path else set(WORDS)


def identifiers() -> Iterator[Text]:
    """Yield the names that files define: modules, classes, functions, arguments and variables."""
    for path, tree in modules():
        yield Text(path, 1, Path(path).stem)
        for node in ast.walk(tree):
            for name in defined_by(node):
                yield Text(path, getattr(node, "lineno", 1), name)


def defined_by(node: ast.AST) -> list[str]:
    """Return the names that *node* defines."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return [name]
        case ast.MatchAs(name=str(name)) | ast.alias(asname=str(name)):
            return [name]
        case _:
            return []


def docstrings() -> Iterator[Text]:
    """Yield the docstrings of modules, classes and functions."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for path, tree in modules():
        for node in ast.walk(tree):
            text = ast.get_docstring(node) if isinstance(node, documented) else None
            if text is not None:
                yield Text(path, getattr(node, "lineno", 1), text)


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every Python file that belongs to the repository, parsed."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text())
