import socket
import subprocess
import sys

from systems.dagster_ui import REPOSITORY


def test_a_port_in_use_is_named_and_nothing_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "example_project.ui", "--folder", str(tmp_path)]

        ended = subprocess.run(
            [*command, "--port", str(port)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert f"can't listen on 127.0.0.1:{port}: the port is in use" in ended.stderr
    assert "--port" in ended.stderr
    assert list(tmp_path.iterdir()) == []
