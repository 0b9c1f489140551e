"""The tutorial, followed to the letter in a folder of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from moose_dagster.embedded import running

TEXT = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text()
STEP = re.compile(
    r"<!-- file: (?P<file>\S+) -->\n```python\n(?P<code>.*?)```"
    r"|<!-- edit: (?P<edited>\S+) \| (?P<before>[^|\n]+) \| (?P<after>[^|\n]+) -->"
    r"|<!-- run -->\n```console\n(?P<commands>.*?)```"
    r"|<!-- shows -->\n```text\n(?P<shown>.*?)```",
    flags=re.DOTALL,
)
PORT = "127.0.0.1:18123"


@pytest.mark.skipif(
    "MOOSE_TEST_CLICKHOUSE" in os.environ, reason="the tutorial speaks of the embedded ClickHouse"
)
def test_everything_the_tutorial_says_happens(tmp_path):
    with running(tmp_path / ".servers") as servers:
        address = servers.clickhouse_url.removeprefix("http://").rstrip("/")
        shown = ""
        for step in STEP.finditer(TEXT):
            if step["file"]:
                (tmp_path / step["file"]).write_text(at(address, step["code"]))
            elif step["edited"]:
                edit(tmp_path / step["edited"], step["before"], step["after"])
            elif step["commands"]:
                shown = printed(tmp_path, at(address, step["commands"]))
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


_variables = dict[str, str]()


def printed(folder, commands):
    """Return what the commands print, in a shell that knows what earlier ones exported."""
    lines = [line.removeprefix("$ ") for line in commands.splitlines()]
    _variables.update(re.findall(r"^export (\w+)=(.*)$", "\n".join(lines), flags=re.MULTILINE))
    environment = {
        **os.environ,
        **_variables,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "COLUMNS": "400",
    }
    # Each command, whatever its exit code says: a plan with changes ends with 2.
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr
