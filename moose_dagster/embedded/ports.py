"""Which ports of 127.0.0.1 can be listened on."""

import errno
import socket

HOST = "127.0.0.1"
_LARGEST_PORT = 65_535


def port_number(text: str) -> int:
    """Return the port that *text* names.

    Raises:
        ValueError: It is not a number from 0 to 65535.
    """
    port = int(text)
    if not 0 <= port <= _LARGEST_PORT:
        raise ValueError(text)
    return port


def reason_against(port: int) -> str:
    """Return why nothing can listen on *port*, "" if something can."""
    with socket.socket() as listener:
        # As the servers do: without it the port of a server that just ended counts as in use.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "the port is in use"
            return error.strerror or str(error)
    return ""
