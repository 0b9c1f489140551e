"""The program at a terminal of its own."""

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PROMPTS = (b"[y/N]:", b"[no]:")


def at_a_terminal(desk, answer, *arguments):
    """Run the program at a terminal of its own; return what it shows and its exit code."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "moose_dagster.cli", *arguments]
    environment = {**os.environ, **desk.environment, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    process = subprocess.Popen(
        command,
        cwd=desk.folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    with os.fdopen(ours, "r+b", buffering=0) as terminal:
        try:
            while part := terminal.read(4096):
                if part.rstrip().endswith(_PROMPTS):
                    terminal.write(answer.encode() + b"\n")
                shown += part
        except OSError:
            pass  # how Linux says that the other side is gone
    return shown.decode(), process.wait(30)
