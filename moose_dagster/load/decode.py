"""Messages as models, and why a message is not one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from moose_dagster.clients.kafka_messages import Message
from moose_dagster.declare.fields import column_name, fields_of
from moose_dagster.declare.loads import DeclaredLoad

_MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that is not valid.

    Attributes:
        message: The message as it was received.
        error_type: The name of the error's class.
        error: What is wrong with it, without the values of the message.
    """

    message: Message
    error_type: str
    error: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is a model.

    Attributes:
        message: The message as it was received.
        row: What it holds.
    """

    message: Message
    row: BaseModel


def message_model(load: DeclaredLoad) -> type[BaseModel]:
    """Return the model of the messages, which leaves out what the server computes."""
    computed: dict[str, Any] = {
        name: (Any, None)
        for name, info in fields_of(load.model).items()
        if column_name(name, info) in load.computed
    }
    if not computed:
        return load.model
    return create_model(load.model.__name__, __base__=load.model, **computed)


def decoded(
    model: type[BaseModel], messages: Sequence[Message]
) -> tuple[list[Accepted], list[Rejected]]:
    """Return the messages that are a *model*, and those that are not."""
    accepted = list[Accepted]()
    rejected = list[Rejected]()
    validate = model.model_validate_json
    for message in messages:
        if message.value is None:
            rejected.append(Rejected(message, "ValueError", "the message holds nothing."))
            continue
        try:
            accepted.append(Accepted(message, validate(message.value)))
        except ValidationError as error:
            rejected.append(Rejected(message, "ValidationError", _in_words(error)))
        # A validator of the model may raise anything.
        except Exception as error:  # noqa: BLE001
            rejected.append(Rejected(message, type(error).__name__, str(error)))
    return accepted, rejected


def _in_words(error: ValidationError) -> str:
    # Without the input: it is stored data.
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    words = [
        f"{'.'.join(map(str, fault['loc'])) or 'message'}: {fault['msg']}"
        for fault in faults[:_MOST_ERRORS]
    ]
    more = len(faults) - len(words)
    return "; ".join(words) + (f"; and {more} more" if more else "")
