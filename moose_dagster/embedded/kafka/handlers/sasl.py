"""SaslHandshake."""

from kafka.protocol.sasl import SaslHandshakeRequest, SaslHandshakeResponse

from moose_dagster.embedded.kafka.errors import Code
from moose_dagster.embedded.kafka.state import BrokerState, Call


async def sasl_handshake(
    _: BrokerState, __: SaslHandshakeRequest, ___: Call
) -> SaslHandshakeResponse:
    """Refuse authentication, because only this machine can connect."""
    return SaslHandshakeResponse(error_code=Code.ILLEGAL_SASL_STATE, mechanisms=[])
