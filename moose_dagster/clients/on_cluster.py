"""Read what each host of a cluster answers to a statement that runs ON CLUSTER."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from moose_dagster.errors import ServerError

EVERY_ANSWER: Final = {"distributed_ddl_output_mode": "never_throw"}
"""With it, the answer has a row for every host, also where one failed or has not ended."""
_NOT_ENDED = "\\N"
_TIMEOUT = 159


class UnevenHosts(ServerError):  # noqa: N818 - names the state a caller acts on
    """A statement that some hosts carried out, and others refused or have not ended.

    Attributes:
        unfinished: The names of the hosts that had not ended it when the server stopped waiting.
        refused: Whether a host refused it.
    """

    def __init__(
        self, message: str, code: int | None, unfinished: tuple[str, ...], *, refused: bool
    ) -> None:
        super().__init__(message, code)
        self.unfinished = unfinished
        self.refused = refused


@dataclass(frozen=True, slots=True)
class _Answer:
    host: str
    status: str
    error: str


def check_hosts(answer: object) -> None:
    """Raise what the hosts of a cluster answered, unless all carried the statement out.

    Args:
        answer: What clickhouse-connect returns for a command: the values of all rows in one list,
            separated by tabs and not by lines.

    Raises:
        ServerError: Every host refused.
        UnevenHosts: Some hosts carried it out.
    """
    answers = tuple(_answers(answer))
    done = [one.host for one in answers if one.status == "0"]
    unfinished = tuple(one.host for one in answers if one.status == _NOT_ENDED)
    refused = [one for one in answers if one.status not in {"0", _NOT_ENDED}]
    if not refused and not unfinished:
        return
    texts = [f"on {one.host}: {one.error}" for one in refused]
    if unfinished:
        texts.append(f"not ended yet on {', '.join(unfinished)}")
    if not done and not unfinished:
        raise ServerError("; ".join(texts), int(refused[0].status))
    if done:
        texts.append(f"carried out on {', '.join(done)}")
    code = int(refused[0].status) if refused else _TIMEOUT
    raise UnevenHosts("; ".join(texts), code, unfinished, refused=bool(refused))


def _answers(answer: object) -> Iterator[_Answer]:
    values = cast("list[object]", answer) if isinstance(answer, list) else [answer]
    for line in "\t".join(map(str, values)).splitlines():
        host, port, status, error, *_ = line.split("\t")
        yield _Answer(f"{host}:{port}", status, error)
