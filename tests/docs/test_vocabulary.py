"""The code says each thing with one word: the words that were replaced do not come back."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docs.replaced_words import (
    ALSO_INSIDE,
    FOUND,
    KAFKAS_OWN,
    NAMES,
    PHRASES,
    WORDS,
)

ROOT = Path(__file__).parents[2]
# These say the words to find them.
OWN = {Path(__file__), Path(__file__).with_name("replaced_words.py")}
FOLDERS = ("moose_dagster", "example_project", "benchmarks", "tests", ".ci")
# What people read besides Python.
PAGES = (
    "*.md",
    "docs/**/*.md",
    "tests/**/*.md",
    ".github/**/*.*",
    "Makefile",
    "*.toml",
    "*.yml",
    "*.yaml",
    ".pre-commit-config.yaml",
    "example_project/**/*.yaml",
)
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True)
class Text:
    """An identifier, a docstring, a comment or a message of a file."""

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


def test_no_sentence_has_a_word_that_was_replaced():
    found = [
        f"{text.path}:{text.line}: {word!r}: say {instead}"
        for text in sentences()
        for word, instead in phrases_in(text)
    ]

    assert found == []


def test_no_file_is_called_by_a_word_that_was_replaced():
    found = [
        f"{name.path}: say {instead}" for name in file_names() for instead in replaced_in(name)
    ]

    assert found == []


@pytest.mark.parametrize(
    "path", ["docs/reference/dagster.md", "tests/SCENARIOS.md", ".github/ISSUE_TEMPLATE/config.yml"]
)
def test_every_file_that_people_read_is_a_page(path):
    assert ROOT / path in set(read_files())


def test_no_page_has_a_word_that_was_replaced():
    found = [
        f"{page.path}:{page.line}: {word!r}: say {instead}"
        for page in pages()
        for word, instead in phrases_in(page)
    ]

    assert found == []


@pytest.mark.parametrize("word", sorted(WORDS))
def test_each_replaced_word_is_found_when_it_returns(word):
    path = "moose_dagster/plan/steps.py"

    assert WORDS[word] in replaced_in(Text(path, 1, f"_{word}_of_a_table"))
    assert (word, WORDS[word]) in phrases_in(Text(path, 1, f"Return the {word} of a table."))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_replaced_name_is_found_when_it_returns(name):
    assert NAMES[name] in replaced_in(Text("moose_dagster/plan/steps.py", 1, f"_{name}"))


@pytest.mark.parametrize("name", sorted(ALSO_INSIDE))
def test_a_replaced_name_is_found_inside_a_longer_one(name):
    longer = Text("tests/apply/test_revert.py", 1, f"test_what_is_{name}_now")

    assert NAMES[name] in replaced_in(longer)


def test_each_turn_of_phrase_is_found_when_it_returns():
    path = "moose_dagster/plan/steps.py"
    instead = {say for text in FOUND for _, say in phrases_in(Text(path, 1, text))}

    assert instead >= set(PHRASES.values())


def test_a_comment_and_a_message_are_sentences():
    code = '# Build the table anew.\nraise Error(f"{table}: it stopped half-way.")\n'

    found = [phrases_in(text) for text in sentences_in("moose_dagster/plan/steps.py", code)]

    assert [word for phrases in found for word, _ in phrases] == ["anew", "half-way"]


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("_keep_house", ["the name of what it holds: BrokerState, TestDatabase"]),
        ("ClickHouse", []),
        ("warehouse", []),
        ("test_a_promise_is_kept", ["life cycle, or declare"]),
        ("test_values_are_materialised", ["materialize"]),
        ("test_what_is_no_table", ["is not a ..."]),
        ("_wanted", ["desired"]),
        ("wanted_grants", []),
        ("Survey", ["plan, plan_result or PlanResult"]),
        ("test_no_utf8", ["not valid UTF-8"]),
    ],
)
def test_an_identifier_is_read_word_by_word(name, instead):
    assert replaced_in(Text("moose_dagster/plan/steps.py", 1, name)) == instead


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("moose_dagster/embedded/kafka/records.py", []),
        ("moose_dagster/risk/topics.py", []),
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
    inside = {name for name in ALSO_INSIDE if f"_{name}_" in f"_{bare}_"}
    instead += (NAMES[name] for name in {bare, *inside} & NAMES.keys())
    spaced = bare.replace("_", " ")
    return [*instead, *(say for phrase, say in PHRASES.items() if re.search(phrase, spaced))]


def phrases_in(sentence: Text) -> list[tuple[str, str]]:
    """Return each replaced word or phrase of *sentence* with what to say in its place."""
    text = " ".join(sentence.text.split())
    words = re.findall(r"[a-z]+", text.replace("ClickHouse", "").lower())
    found = [(word, WORDS[word]) for word in words if word in words_of(sentence.path)]
    for phrase, instead in PHRASES.items():
        found += [(match, instead) for match in re.findall(phrase, text)]
    return found


def words_of(path: str) -> set[str]:
    """Return the words that a file must not say."""
    is_about_kafka = "embedded/kafka" in path or path.endswith("topics.py")
    return WORDS.keys() - KAFKAS_OWN if is_about_kafka else set(WORDS)


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


def sentences() -> Iterator[Text]:
    """Yield the docstrings, the comments and the texts of every file but those of this test."""
    for file in files():
        if file not in OWN:
            yield from sentences_in(str(file.relative_to(ROOT)), file.read_text())


def sentences_in(path: str, code: str) -> Iterator[Text]:
    """Yield the docstrings, the comments and the texts of *code*."""
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", None)}
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in kinds:
            yield Text(path, token.start[0], token.string)


def pages() -> Iterator[Text]:
    """Yield the lines of the documentation and of the files for maintainers."""
    for file in read_files():
        for number, line in enumerate(file.read_text().splitlines(), 1):
            yield Text(str(file.relative_to(ROOT)), number, line)


def read_files() -> Iterator[Path]:
    """Yield every file besides Python's that people read."""
    for pattern in PAGES:
        yield from sorted(ROOT.glob(pattern))


def file_names() -> Iterator[Text]:
    """Yield the name of every folder and file, Python's modules excepted, without its ending."""
    found = {
        file for folder in (*FOLDERS, "docs", ".github") for file in (ROOT / folder).rglob("*")
    }
    for path in sorted({*found, *read_files()}):
        if path.suffix not in {".py", ".pyc"}:
            yield Text(str(path.relative_to(ROOT)), 1, path.name.partition(".")[0])


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every Python file that belongs to the repository, parsed."""
    for file in files():
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


def files() -> Iterator[Path]:
    """Yield every Python file that belongs to the repository."""
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))
