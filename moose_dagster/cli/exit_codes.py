"""The exit codes of all commands."""

from typing import Final

NOTHING_TO_DO: Final = 0
FAILED: Final = 1
PENDING: Final = 2
DIFFERENT: Final = 3

HELP: Final = """Exit codes:

- 0: nothing is left to do
- 1: an error, or a change that failed
- 2: there are changes to apply (plan)
- 3: something is blocked or has drifted, nothing is left to apply; for check, something differs"""
