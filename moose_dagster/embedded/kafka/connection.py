"""One client's connection: requests in, responses out, in order."""

import asyncio
import logging
import struct

from moose_dagster.embedded.kafka import wire
from moose_dagster.embedded.kafka.apis import APIS, versions
from moose_dagster.embedded.kafka.cluster_effects import ANONYMOUS
from moose_dagster.embedded.kafka.errors import Code
from moose_dagster.embedded.kafka.state import BrokerState, Call, Client
from moose_dagster.embedded.kafka.wire import LARGEST_FRAME, FrameError

_log = logging.getLogger(__name__)
_SIZE = struct.Struct(">i")
_SASL_HANDSHAKE = 17
_API_VERSIONS = 18
_SASL_AUTHENTICATE = 36
_BEFORE_LOGIN = frozenset({_SASL_HANDSHAKE, _API_VERSIONS, _SASL_AUTHENTICATE})


async def serve(
    state: BrokerState, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer a client until it disconnects or sends what is not a request."""
    address = str(writer.get_extra_info("peername"))
    client = Client("" if state.effects.users else ANONYMOUS)
    try:
        while True:
            response = await _answer(state, client, await _frame(reader))
            if response is not None:
                writer.write(response)
                await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    except FrameError as error:
        _log.warning("Closed the connection of %s: %s", address, error)
    except Exception as error:  # noqa: BLE001 -- the codec accepts nonsense that fails in a handler
        _log.warning("Closed the connection of %s: %s: %s", address, type(error).__name__, error)
    finally:
        writer.close()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """Return the next frame."""
    (size,) = _SIZE.unpack(await reader.readexactly(_SIZE.size))
    if not 0 < size <= LARGEST_FRAME:
        raise FrameError(f"a frame of {size} bytes, or not plain-text Kafka")
    return await reader.readexactly(size)


async def _answer(state: BrokerState, client: Client, frame: bytes) -> bytes | None:
    """Return the frame that answers *frame*, None where no answer is expected."""
    start = wire.read_start(frame)
    api = APIS.get(start.api_key)
    if api is None:
        raise FrameError(f"API {start.api_key} is not served")
    if not api.oldest <= start.version <= api.newest:
        if start.api_key == _API_VERSIONS:
            return wire.write(versions(Code.UNSUPPORTED_VERSION), start, 0)
        raise FrameError(f"{api.kind.__name__} version {start.version} is not served")
    if not client.principal and start.api_key not in _BEFORE_LOGIN:
        raise FrameError(f"{api.kind.__name__} before the client has logged in")
    request = wire.read_body(api.kind, start, frame)
    call = Call(start.version, start.client_id, "/127.0.0.1", client)
    response = await api.answer(state, request, call)
    return None if response is None else wire.write(response, start, start.version)
