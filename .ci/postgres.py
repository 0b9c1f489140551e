"""Run the tests of Dagster's UI on an instance that keeps everything in Postgres.

It starts a Postgres of its own on 127.0.0.1, from Debian's package `postgresql`.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SECONDS = 60


def main() -> int:
    """Return the exit code of pytest, or 1 where Dagster wrote no run into Postgres."""
    programs = programs_of_postgres()
    if programs is None:
        print("Postgres is not installed: apt-get install postgresql", file=sys.stderr)
        return 1
    with running(programs) as url:
        code = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/browser", "tests/systems", *sys.argv[1:]],
            cwd=ROOT,
            env={**os.environ, "MOOSE_TEST_POSTGRES": for_dagster(url)},
            check=False,
        ).returncode
        count = subprocess.run(
            [programs / "psql", url, "-At", "-c", "SELECT count(*) FROM runs"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    print(f"Postgres holds {count} runs of Dagster.")
    return code or int(count == "0")


def programs_of_postgres() -> Path | None:
    """Return the folder of `initdb`; Debian puts it outside the PATH."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return Path(found).resolve().parent if found else next(reversed(folders), None)


@contextmanager
def running(programs: Path) -> Generator[str]:
    """Yield the address of an empty database; the server ends with the block."""
    # It refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "dagster", "--auth=trust", "--encoding=UTF8"],
            check=True,
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        port = free_port()
        # -c listen_addresses=..., and so on: nothing but 127.0.0.1, and no socket elsewhere.
        values = ("listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off")
        settings = [word for value in values for word in ("-c", value)]
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), *settings],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port, server)
            yield f"postgresql://dagster@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(_SECONDS)


def for_dagster(url: str) -> str:
    """Return *url* with the driver that dagster-postgres comes with; SQLAlchemy prefers another."""
    return url.replace("postgresql://", "postgresql+psycopg2://")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until *server* answers."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"Postgres ended with {server.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("Postgres does not answer")


if __name__ == "__main__":
    sys.exit(main())
