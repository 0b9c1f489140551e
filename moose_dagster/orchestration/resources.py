"""The servers as Dagster resources; they connect only when an op runs."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from urllib.parse import quote

import dagster as dg
from clickhouse_connect.driver.client import Client
from pydantic import Field

from moose_dagster.clients.clickhouse import ClickHouseAddress, ConnectedClickHouse, connect
from moose_dagster.clients.kafka import ConnectedKafka, KafkaAddress, connect_kafka
from moose_dagster.errors import ServerError
from moose_dagster.reconciliation.server_settings import ClickHouseServer
from moose_dagster.state.names import ResourceId, TableId

# Dagster gives no public name to the type of `EnvVar.int(...)`, an int that raises when it is used.
_INT_ENV_VAR = type(dg.EnvVar.int(""))
R = TypeVar("R", bound=dg.ConfigurableResource[None])


class ClickHouseResource(dg.ConfigurableResource[None], ClickHouseServer):
    """A ClickHouse server over HTTP. Give the password as `EnvVar`: the UI shows a literal."""

    host: str = Field(description="Name or address of the server.")
    port: int = Field(default=8123, description="The HTTP port; with TLS, most servers use 8443.")
    username: str = Field(default="default", description="The user that connects.")
    password: str = Field(default="", description="The user's password. Give it as EnvVar.")
    secure: bool = Field(default=False, description="Whether to use TLS.")
    options: dict[str, Any] = Field(
        default={},
        description="Further arguments of clickhouse_connect.get_client, such as ca_cert.",
    )

    def resolved(self) -> "ClickHouseResource":
        """Return this resource with every EnvVar read, for use outside of Dagster runs.

        Raises:
            ServerError: An environment variable is not set.
        """
        return _resolved(self, "ClickHouseResource")

    @contextmanager
    def connect(self) -> Generator[ConnectedClickHouse]:
        """Yield a connection, and close it at the end.

        Raises:
            ServerUnreachable: No server answers at this address.
            ServerError: The server refuses the connection.
        """
        with connect(self._address()) as clickhouse:
            yield clickhouse

    @contextmanager
    def get_client(self) -> Generator[Client]:
        """Yield a client of clickhouse_connect for your own assets, and close it at the end.

        Raises:
            ServerUnreachable: No server answers at this address.
            ServerError: The server refuses the connection.
        """
        with connect(self._address()) as clickhouse:
            yield clickhouse.client

    def _address(self) -> ClickHouseAddress:
        return ClickHouseAddress(
            self.host,
            self.port,
            self.username,
            self.password,
            secure=self.secure,
            options={name: _read(value) for name, value in self.options.items()},
        )


class KafkaResource(dg.ConfigurableResource[None]):
    """A Kafka cluster. Give secrets as `EnvVar`: Dagster's UI shows a literal."""

    bootstrap_servers: str = Field(description="host:port, or several with commas.")
    security_protocol: str = Field(
        default="plaintext", description="plaintext, ssl, sasl_plaintext or sasl_ssl."
    )
    sasl_mechanism: str = Field(
        default="", description="PLAIN, SCRAM-SHA-256, ..., if the protocol is sasl_*."
    )
    sasl_username: str = Field(
        default="", description="The user that connects, if the protocol is sasl_*."
    )
    sasl_password: str = Field(default="", description="The user's password. Give it as EnvVar.")
    properties: dict[str, str] = Field(default={}, description="Further properties of librdkafka.")
    timeout: float = Field(
        default=10.0, description="How long each call waits for an answer, in seconds."
    )

    def resolved(self) -> "KafkaResource":
        """Return this resource with every EnvVar read, for use outside of Dagster runs.

        Raises:
            ServerError: An environment variable is not set.
        """
        return _resolved(self, "KafkaResource")

    @contextmanager
    def connect(self) -> Generator[ConnectedKafka]:
        """Yield a connection. Whether a broker answers is known after the first call.

        Raises:
            ServerError: A property is wrong.
        """
        sasl = {
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.sasl_username,
            "sasl.password": self.sasl_password,
        }
        properties = {name: value for name, value in sasl.items() if value}
        properties["security.protocol"] = self.security_protocol
        address = KafkaAddress(self.bootstrap_servers, {**properties, **self.properties})
        with connect_kafka(address, seconds=self.timeout) as kafka:
            yield kafka


def uri_of(
    clickhouse: ClickHouseResource | None, kafka: KafkaResource | None, resource: ResourceId
) -> str:
    """Return the address of a resource, or "" where only a run can read it.

    It has no user and no password.
    """
    if isinstance(resource, TableId):
        if clickhouse is None or _is_deferred(clickhouse.host, clickhouse.port):
            return ""
        place = f"{quote(resource.database, safe='')}/{quote(resource.name, safe='')}"
        return f"clickhouse://{clickhouse.host}:{clickhouse.port}/{place}"
    if kafka is None or _is_deferred(kafka.bootstrap_servers):
        return ""
    return f"kafka://{kafka.bootstrap_servers}/{quote(resource.name, safe='')}"


def _is_deferred(*values: object) -> bool:
    """Tell whether one of *values* is an EnvVar, which Dagster reads when a run begins."""
    return any(isinstance(value, dg.EnvVar | _INT_ENV_VAR) for value in values)


def _read(option: object) -> object:
    """Return the value of an option; an EnvVar is read."""
    match option:
        # Dagster leaves an EnvVar like this where the type of a field is Any.
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
