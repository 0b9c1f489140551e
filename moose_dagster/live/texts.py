"""Texts of a server that are no UTF-8: the client would give their hexadecimal digits as if those were the text."""

_MARK = "\0no UTF-8 "


def readable(text: str) -> str:
    """Return SQL for the *text* of a query that may be no UTF-8, for the other functions here to look at."""
    return f"if(isValidUTF8({text}), {text}, concat('{_MARK.replace(chr(0), chr(92) + '0')}', hex({text})))"


def is_text(answer: str) -> bool:
    """Tell whether *answer*, which was asked for as readable, is the text."""
    return not answer.startswith(_MARK)


def as_sql(answer: str) -> str:
    r"""Return *answer*, which was asked for as readable, with every byte that is no UTF-8 as `\xff`.

    In quotes the server takes that for the byte, so that of SQL it is as good as the text.
    """
    return (
        answer
        if is_text(answer)
        else bytes.fromhex(answer.removeprefix(_MARK)).decode(errors="backslashreplace")
    )
