"""Write numbers of things as people do."""


def counted(number: int, noun: str) -> str:
    """Return *number* with *noun* in its singular or plural: `1 row`, `0 rows`, `1,200 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
