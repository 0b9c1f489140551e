"""The tutorials, followed to the letter in a folder of its own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from moose_dagster.cli.app import app
from moose_dagster.embedded import running

DOCS = Path(__file__).parents[2] / "docs"
STEP = re.compile(
    r"<!-- file: (?P<file>\S+) -->\n```python\n(?P<code>.*?)```"
    r"|<!-- edit: (?P<edited>\S+) \| (?P<before>[^|\n]+) \| (?P<after>[^|\n]+) -->"
    r"|<!-- run -->\n```console\n(?P<commands>.*?)```"
    r"|<!-- shows -->\n```text\n(?P<shown>.*?)```",
    flags=re.DOTALL,
)
PORT = "127.0.0.1:18123"
KAFKA = "127.0.0.1:19092"


@pytest.mark.skipif(
    "MOOSE_TEST_CLICKHOUSE" in os.environ, reason="the tutorials speak of the embedded ClickHouse"
)
@pytest.mark.parametrize("page", ["tutorial.md", "messages.md"])
def test_everything_the_tutorial_says_happens(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("COLUMNS", "400")
    with running(tmp_path / ".servers") as servers:
        address = servers.clickhouse_url.removeprefix("http://").rstrip("/")
        shown = ""
        text = (DOCS / page).read_text().replace(KAFKA, servers.kafka_bootstrap_servers)
        for step in STEP.finditer(text):
            if step["file"]:
                (tmp_path / step["file"]).write_text(at(address, step["code"]))
            elif step["edited"]:
                edit(tmp_path / step["edited"], step["before"], step["after"])
            elif step["commands"]:
                shown = printed(monkeypatch, at(address, step["commands"]))
            else:
                lines = [line.rstrip() for line in shown.splitlines()]
                assert [
                    line for line in step["shown"].splitlines() if not is_among(line, lines)
                ] == [], shown


def at(address, text):
    """Return *text* with the address of this test's server."""
    return text.replace(PORT, address).replace("port=18123", f"port={address.partition(':')[2]}")


def is_among(line, lines):
    """Whether *line* is one of *lines* as it stands; `...` is for what is different each time."""
    pattern = ".+".join(map(re.escape, line.split("...")))
    return any(re.fullmatch(pattern, printed_line) for printed_line in lines)


def edit(file, before, after):
    """Replace a piece of a file that stands there once."""
    assert file.read_text().count(before) == 1
    file.write_text(file.read_text().replace(before, after.replace("↵", "\n")))


def printed(monkeypatch, commands):
    """Return what the commands print; the program itself runs in this process, which is faster."""
    lines = [line.removeprefix("$ ") for line in commands.splitlines()]
    return "".join(ended(monkeypatch, line) for line in lines)


def ended(monkeypatch, command):
    """Return what one command prints, whatever its exit code: a plan with changes ends with 2."""
    name, *words = shlex.split(command)
    if name == "export":
        monkeypatch.setenv(*words[0].split("=", 1))
        return ""
    if name == "moose-dagster":
        result = CliRunner().invoke(app, words, prog_name=name)
        assert isinstance(result.exception, SystemExit | None), result.output
        return result.output
    if name == "python":
        name = sys.executable
        monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))
    done = subprocess.run([name, *words], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr
