"""A request over ClickHouse's HTTP interface, read from its URL, headers and body."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from urllib.parse import parse_qsl

from moose_dagster.embedded.clickhouse.compression import unpack
from moose_dagster.embedded.clickhouse.faults import Fault

DEFAULT_SESSION_SECONDS = 60.0
MAX_SESSION_SECONDS = 3600.0

# Parameters of the HTTP interface, which the engine does not know or does not need.
_NOT_SETTINGS = frozenset({
    "query", "database", "default_format", "query_id", "session_id", "session_timeout",
    "session_check", "user", "password", "quota_key", "role", "compress", "decompress",
    "buffer_size", "stacktrace", "client_protocol_version", "wait_end_of_query", "close_session",
    "enable_http_compression", "readonly", "http_zlib_compression_level",
    "send_progress_in_http_headers", "http_headers_progress_interval_ms",
    "cancel_http_readonly_queries_on_client_close", "http_response_headers", "add_http_cors_header",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """The session in which a request wants to run.

    Attributes:
        id: The name that the client chose.
        seconds: How long the session lives after the request.
        must_exist: Whether an unknown session is an error (372).
    """

    id: str
    seconds: float
    must_exist: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A statement with the options of its request.

    Attributes:
        sql: The statement, followed by the data of an INSERT.
        query_id: The id that the client chose, else a new one.
        database: The database to run in, None for that of the session.
        default_format: The format for a query that names none, None for TabSeparated.
        params: The query parameters by name, escaped as in TabSeparated.
        settings: The settings by name.
        session: The session to run in, None to run without one.
        readonly: Whether only reading is allowed.
        accepted_encoding: The client's `Accept-Encoding`, "" for a plain answer.
    """

    sql: bytes
    query_id: str
    database: str | None
    default_format: str | None
    params: Mapping[str, str]
    settings: Mapping[str, str]
    session: SessionRequest | None
    readonly: bool
    accepted_encoding: str


def read_request(method: str, query_string: str, headers: Message, body: bytes) -> Request:
    """Read a request, or raise the `Fault` of ClickHouse."""
    url = dict(parse_qsl(query_string, keep_blank_values=True))
    body = unpack(body, headers.get("Content-Encoding", "").strip().lower())
    if headers.get_content_type() == "multipart/form-data":
        url |= _form_fields(headers, body)
        body = b""
    _refuse_native_compression(url)
    wants_packed = url.get("enable_http_compression", "0") not in ("0", "false", "")
    params = {name[6:]: value for name, value in url.items() if name.startswith("param_")}
    settings = {name: value for name, value in url.items() if _is_setting(name)}
    return Request(
        sql=_joined(url.get("query", ""), body),
        query_id=url.get("query_id") or headers.get("X-ClickHouse-Query-Id") or str(uuid.uuid4()),
        database=url.get("database") or headers.get("X-ClickHouse-Database") or None,
        default_format=url.get("default_format") or headers.get("X-ClickHouse-Format") or None,
        params=params,
        settings=settings,
        session=_session_of(url),
        readonly=method != "POST" or url.get("readonly", "0") != "0",
        accepted_encoding=headers.get("Accept-Encoding", "") if wants_packed else "",
    )


def _joined(query: str, body: bytes) -> bytes:
    head = query.encode(errors="surrogateescape")
    return head + b"\n" + body if head and body else head or body


def _is_setting(name: str) -> bool:
    return name not in _NOT_SETTINGS and not name.startswith("param_")


def _session_of(url: Mapping[str, str]) -> SessionRequest | None:
    if not url.get("session_id"):
        return None
    try:
        seconds = float(url.get("session_timeout", DEFAULT_SESSION_SECONDS))
    except ValueError as error:
        raise Fault(374, "INVALID_SESSION_TIMEOUT", "Invalid session timeout") from error
    if seconds > MAX_SESSION_SECONDS:
        raise Fault(
            374,
            "INVALID_SESSION_TIMEOUT",
            f"Session timeout '{seconds:.0f}' is larger than max_session_timeout: "
            f"{MAX_SESSION_SECONDS:.0f}",
        )
    return SessionRequest(
        url["session_id"], seconds, must_exist=url.get("session_check", "0") == "1"
    )


def _form_fields(headers: Message, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    form = BytesParser().parsebytes(head + body)
    return dict(_field(part) for part in form.walk() if not part.is_multipart())


def _field(part: Message) -> tuple[str, str]:
    name = str(part.get_param("name", "", header="content-disposition"))
    if part.get_filename() is not None:
        raise Fault(
            48,
            "NOT_IMPLEMENTED",
            f"The embedded ClickHouse does not support external data (table {name!r})",
        )
    content = part.get_payload(decode=True)
    return name, content.decode(errors="surrogateescape") if isinstance(content, bytes) else ""


def _refuse_native_compression(url: Mapping[str, str]) -> None:
    for name in ("compress", "decompress"):
        if url.get(name, "0") not in ("0", "false", ""):
            raise Fault(
                48,
                "NOT_IMPLEMENTED",
                f"The embedded ClickHouse does not speak {name}=1: use Content-Encoding",
            )
