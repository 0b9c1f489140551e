"""Read texts that are not valid UTF-8, which the client would turn into hexadecimal digits."""

_MARK = "\0no UTF-8 "


def readable(text: str) -> str:
    """Return SQL for the *text* of a query that may not be valid UTF-8."""
    mark = _MARK.replace(chr(0), chr(92) + "0")
    return f"if(isValidUTF8({text}), {text}, concat('{mark}', hex({text})))"


def is_text(answer: str) -> bool:
    """Tell whether *answer*, which was asked for as readable, is the text."""
    return not answer.startswith(_MARK)


def as_sql(answer: str) -> str:
    r"""Return the readable *answer* with every byte that is not valid UTF-8 as `\xff`.

    In quotes the server takes that for the byte, so that of SQL it is as good as the text.
    """
    return (
        answer
        if is_text(answer)
        else bytes.fromhex(answer.removeprefix(_MARK)).decode(errors="backslashreplace")
    )
