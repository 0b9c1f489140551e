"""Engines whose rows live outside ClickHouse: object storage, files and Kafka."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from moose_dagster.declare.engines.config import (
    Argument,
    Clause,
    EngineConfig,
    Text,
    headers,
    missing,
    secrets_only,
    text,
    texts,
)
from moose_dagster.declare.faults import Fault
from moose_dagster.sql.quoting import quoted_text
from moose_dagster.state.tables import Column

_NO_SIGNATURE = "NOSIGN"


@dataclass(frozen=True)
class AwsCredentials(EngineConfig):
    """An engine that reads S3 with credentials of its own, the server's or none."""

    def credentials(self, key_id: Text | None, *secrets: Text | None) -> Iterator[Argument]:
        """Yield the key id and the secrets after it."""
        return texts(key_id) if key_id == _NO_SIGNATURE else texts(key_id, *secrets)

    def credential_faults(self, key_id: Text | None, secret: Text | None) -> Iterator[Fault]:
        """Yield what is wrong with the key id and the secret."""
        yield from secrets_only(self, "aws_secret_access_key")
        if key_id != _NO_SIGNATURE and (key_id is None) != (secret is None):
            yield Fault(
                "aws_access_key_id and aws_secret_access_key go together; give both or neither."
            )


@dataclass(frozen=True)
class S3Engine(AwsCredentials):
    """Rows in files on S3, read and written in place.

    Attributes:
        path: The URL of the file or files.
        format: ClickHouse's name of their format, such as `Parquet`.
        aws_access_key_id: The key id, or `NOSIGN` for a public bucket; None means the server's own
            credentials.
        aws_secret_access_key: The secret key, as a `Secret`; goes with `aws_access_key_id`.
        compression: The compression, such as `gzip`; None means that the file's name tells it.
        partition_strategy: How PARTITION BY names the files: `hive` or `wildcard`; None means the
            server's default.
        partition_columns_in_data_file: Whether those columns are in the files as well; None means
            the server's default.
        aws_session_token: The token of a session, as a `Secret`; None means none.
    """

    kind = "S3"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"ORDER BY", "PARTITION BY", "SETTINGS"})
    path: Text
    format: str
    aws_access_key_id: Text | None = None
    aws_secret_access_key: Text | None = field(default=None, repr=False)
    compression: str | None = None
    partition_strategy: str | None = None
    partition_columns_in_data_file: str | bool | None = None
    aws_session_token: Text | None = field(default=None, repr=False)

    def arguments(self) -> Iterator[Argument]:
        """Yield the path, the credentials and the format, then what is named."""
        yield text(self.path)
        yield from self.credentials(
            self.aws_access_key_id, self.aws_secret_access_key, self.aws_session_token
        )
        yield from texts(self.format, self.compression)
        if self.partition_strategy is not None:
            yield Argument(f"partition_strategy = {quoted_text(self.partition_strategy)}")
        if self.partition_columns_in_data_file is not None:
            inside = str(self.partition_columns_in_data_file).lower() in {"1", "true"}
            yield Argument(f"partition_columns_in_data_file = {int(inside)}")

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing and what should be a secret."""
        yield from missing(self, "path", "format")
        yield from self.credential_faults(self.aws_access_key_id, self.aws_secret_access_key)
        yield from secrets_only(self, "aws_session_token")


@dataclass(frozen=True)
class S3QueueEngine(AwsCredentials):
    """New files on S3, each read once; `mode` and the like go into the table's settings.

    Attributes:
        s3_path: The URL with wildcards.
        format: ClickHouse's name of the files' format.
        aws_access_key_id: The key id, or `NOSIGN` for a public bucket; None means the server's own
            credentials.
        aws_secret_access_key: The secret key, as a `Secret`; goes with `aws_access_key_id`.
        compression: The compression; None means that the files' names tell it.
        headers: HTTP headers of each request, the values as `Secret`; None means none.
    """

    kind = "S3Queue"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"SETTINGS"})
    s3_path: Text
    format: str
    aws_access_key_id: Text | None = None
    aws_secret_access_key: Text | None = field(default=None, repr=False)
    compression: str | None = None
    headers: Mapping[str, Text] | None = field(default=None, repr=False)

    def arguments(self) -> Iterator[Argument]:
        """Yield the path, the credentials, the format and the headers."""
        yield text(self.s3_path)
        yield from self.credentials(self.aws_access_key_id, self.aws_secret_access_key)
        yield from texts(self.format, self.compression)
        if self.headers:
            yield headers(self.headers)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing and what should be a secret."""
        yield from missing(self, "s3_path", "format")
        yield from self.credential_faults(self.aws_access_key_id, self.aws_secret_access_key)
        yield from _header_faults(self.headers)


@dataclass(frozen=True)
class AzureQueueEngine(EngineConfig):
    """New blobs on Azure, each read once; `mode` and the like go into the table's settings.

    Attributes:
        connection_string: The connection string, as a `Secret`.
        container: The container's name.
        path: The path with wildcards.
        format: ClickHouse's name of the blobs' format.
        compression: The compression; None means that the blobs' names tell it.
    """

    kind = "AzureQueue"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"SETTINGS"})
    connection_string: Text = field(repr=False)
    container: str
    path: str
    format: str
    compression: str | None = None

    def arguments(self) -> Iterator[Argument]:
        """Yield them in order."""
        return texts(
            self.connection_string, self.container, self.path, self.format, self.compression
        )

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing and what should be a secret."""
        yield from missing(self, "container", "path", "format")
        yield from secrets_only(self, "connection_string")


@dataclass(frozen=True)
class IcebergS3Engine(AwsCredentials):
    """An Iceberg table on S3, read only.

    Attributes:
        path: The URL of the table.
        format: `Parquet` or `ORC`.
        aws_access_key_id: The key id, or `NOSIGN` for a public bucket; None means the server's own
            credentials.
        aws_secret_access_key: The secret key, as a `Secret`; goes with `aws_access_key_id`.
        compression: The compression of its files; None means that their names tell it.
    """

    kind = "IcebergS3"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"SETTINGS"})
    path: Text
    format: str
    aws_access_key_id: Text | None = None
    aws_secret_access_key: Text | None = field(default=None, repr=False)
    compression: str | None = None

    def arguments(self) -> Iterator[Argument]:
        """Yield the path, the credentials and the format."""
        yield text(self.path)
        yield from self.credentials(self.aws_access_key_id, self.aws_secret_access_key)
        yield from texts(self.format, self.compression)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing, what is not a format of Iceberg and what should be a secret."""
        yield from missing(self, "path")
        if self.format not in {"Parquet", "ORC"}:
            yield Fault(f"format={self.format!r} is not a format of Iceberg; write Parquet or ORC.")
        yield from self.credential_faults(self.aws_access_key_id, self.aws_secret_access_key)


@dataclass(frozen=True)
class URLEngine(EngineConfig):
    """Rows at a URL: GET reads them, POST writes them.

    Attributes:
        url: The URL.
        format: ClickHouse's name of the format.
        compression: The compression; None means that the URL tells it.
        headers: HTTP headers of each request, the values as `Secret`; None means none.
    """

    kind = "URL"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"SETTINGS"})
    url: Text
    format: str
    compression: str | None = None
    headers: Mapping[str, Text] | None = field(default=None, repr=False)

    def arguments(self) -> Iterator[Argument]:
        """Yield the URL, the format and the headers."""
        yield from texts(self.url, self.format, self.compression)
        if self.headers:
            yield headers(self.headers)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing and which header should be a secret."""
        yield from missing(self, "url", "format")
        yield from _header_faults(self.headers)


@dataclass(frozen=True)
class FileEngine(EngineConfig):
    """Rows in one file of the server's.

    Attributes:
        format: ClickHouse's name of the format.
    """

    kind = "File"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"SETTINGS"})
    format: str

    def arguments(self) -> Iterator[Argument]:
        """Yield the format."""
        return texts(self.format)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield a fault without a format."""
        yield from missing(self, "format")


@dataclass(frozen=True)
class KafkaEngine(EngineConfig):
    """A consumer and producer of Kafka topics.

    `kafka_num_consumers` and the like go into the table's settings.

    Attributes:
        broker_list: The brokers, separated by commas.
        topic_list: The topics, separated by commas.
        group_name: The consumer group.
        format: ClickHouse's name of the messages' format.
    """

    kind = "Kafka"
    clauses: ClassVar[frozenset[Clause]] = frozenset({"SETTINGS"})
    broker_list: Text
    topic_list: Text
    group_name: Text
    format: str

    def arguments(self) -> Iterator[Argument]:
        """Yield them in order."""
        return texts(self.broker_list, self.topic_list, self.group_name, self.format)

    def faults(self, columns: Mapping[str, Column]) -> Iterator[Fault]:
        """Yield what is missing."""
        yield from missing(self, "broker_list", "topic_list", "group_name", "format")


def _header_faults(values: Mapping[str, Text] | None) -> Iterator[Fault]:
    for name, value in (values or {}).items():
        if isinstance(value, str) and not hasattr(value, "env_var_name"):
            yield Fault(
                f"the server hides the header {name}, so the code must as well; write Secret(...)."
            )
