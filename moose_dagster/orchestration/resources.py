"""The servers as Dagster resources; they connect only when an op asks."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import dagster as dg
from pydantic import Field

from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.clients.kafka import ConnectedKafka, KafkaAddress, connect_kafka
from moose_dagster.errors import ServerError
from moose_dagster.reconcile.server_settings import ClickHouseServer

R = TypeVar("R", bound=dg.ConfigurableResource[None])


class ClickHouseResource(dg.ConfigurableResource[None], ClickHouseServer):
    """A ClickHouse server over HTTP; give the password as `EnvVar`, a literal is shown in Dagster's UI."""

    host: str = Field(description="The server's name or address.")
    port: int = Field(default=8123, description="The HTTP(S) port, 8443 for most servers with TLS.")
    username: str = Field(default="default", description="Who connects.")
    password: str = Field(default="", description="Give it as EnvVar.")
    secure: bool = Field(default=False, description="Whether to speak TLS.")
    options: dict[str, Any] = Field(
        default={},
        description="Further arguments of clickhouse_connect.get_client, such as ca_cert.",
    )

    def resolved(self) -> "ClickHouseResource":
        """Return this resource with every EnvVar read, for use outside of Dagster's runs.

        Raises:
            ServerError: An environment variable is not set.
        """
        return _resolved(self, "ClickHouseResource")

    @contextmanager
    def connect(self) -> Generator[ConnectedClickHouse]:
        """Yield a connection; it is closed at the end.

        Raises:
            ServerUnreachable: Nobody answers there.
            ServerError: The server refuses.
        """
        address = ClickHouseAddress(
            self.host,
            self.port,
            self.username,
            self.password,
            secure=self.secure,
            options={name: _read(value) for name, value in self.options.items()},
        )
        with connect(address) as clickhouse:
            yield clickhouse


class KafkaResource(dg.ConfigurableResource[None]):
    """A Kafka cluster; give secrets as `EnvVar`, a literal is shown in Dagster's UI."""

    bootstrap_servers: str = Field(description="host:port, or several with commas.")
    security_protocol: str = Field(
        default="plaintext", description="plaintext, ssl, sasl_plaintext or sasl_ssl."
    )
    sasl_mechanism: str = Field(
        default="", description="PLAIN, SCRAM-SHA-256, ... where the protocol is sasl_*."
    )
    sasl_username: str = Field(
        default="", description="Who connects, where the protocol is sasl_*."
    )
    sasl_password: str = Field(default="", description="Give it as EnvVar.")
    properties: dict[str, str] = Field(
        default={}, description="Any further property of librdkafka."
    )
    timeout: float = Field(
        default=10.0, description="How long each call waits for an answer, in seconds."
    )

    def resolved(self) -> "KafkaResource":
        """Return this resource with every EnvVar read, for use outside of Dagster's runs.

        Raises:
            ServerError: An environment variable is not set.
        """
        return _resolved(self, "KafkaResource")

    @contextmanager
    def connect(self) -> Generator[ConnectedKafka]:
        """Yield a connection.

        Raises:
            ServerError: A property is wrong; that nobody answers is said by the first call.
        """
        sasl = {
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.sasl_username,
            "sasl.password": self.sasl_password,
        }
        properties = {
            "security.protocol": self.security_protocol,
            **{k: v for k, v in sasl.items() if v},
        }
        address = KafkaAddress(self.bootstrap_servers, {**properties, **self.properties})
        with connect_kafka(address, seconds=self.timeout) as kafka:
            yield kafka


def _read(option: object) -> object:
    """Return the value of an EnvVar, which Dagster leaves as `{"env": name}` where a field may hold anything."""
    match option:
        case {"env": str(name)}:
            if name not in os.environ:
                raise ServerError(
                    f"the ClickHouseResource can't be used: set the environment variable {name}."
                )
            return os.environ[name]
        case _:
            return option


def _resolved(resource: R, name: str) -> R:
    try:
        # Dagster types what it returns by what an op receives.
        return cast("R", resource.process_config_and_initialize())
    except dg.DagsterInvalidConfigError as error:
        unset = re.findall(r'environment variable "([^"]+)" which is not set', str(error))
        wrong = re.findall(r"at path root:(\w+)", str(error))
        what = (
            f"set the environment variable {' and '.join(unset)}"
            if unset
            else f"check its {', '.join(wrong)}"
        )
        raise ServerError(f"the {name} can't be used: {what}.") from error
