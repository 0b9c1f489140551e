"""SaslHandshake and SaslAuthenticate."""

from kafka.protocol.sasl import (
    SaslAuthenticateRequest,
    SaslAuthenticateResponse,
    SaslHandshakeRequest,
    SaslHandshakeResponse,
)

from moose_dagster.embedded.kafka.errors import Code
from moose_dagster.embedded.kafka.state import BrokerState, Call
from moose_dagster.embedded.kafka.wire import opaque

_PLAIN = "PLAIN"


async def sasl_handshake(
    state: BrokerState, request: SaslHandshakeRequest, _: Call
) -> SaslHandshakeResponse:
    """Offer PLAIN, or refuse authentication where there are no users."""
    if not state.effects.users:
        return SaslHandshakeResponse(error_code=Code.ILLEGAL_SASL_STATE, mechanisms=[])
    is_plain = request.mechanism == _PLAIN
    code = Code.NONE if is_plain else Code.UNSUPPORTED_SASL_MECHANISM
    return SaslHandshakeResponse(error_code=code, mechanisms=[_PLAIN])


async def sasl_authenticate(
    state: BrokerState, request: SaslAuthenticateRequest, call: Call
) -> SaslAuthenticateResponse:
    """Log a user in, or refuse a wrong name or password."""
    _, _, credentials = opaque(request.auth_bytes).decode().partition("\0")
    user, _, password = credentials.partition("\0")
    if state.effects.users.get(user) != password:
        return SaslAuthenticateResponse(
            error_code=Code.SASL_AUTHENTICATION_FAILED,
            error_message="Authentication failed: Invalid username or password",
            auth_bytes=b"",
        )
    call.client.principal = f"User:{user}"
    return SaslAuthenticateResponse(error_code=0, error_message=None, auth_bytes=b"")
