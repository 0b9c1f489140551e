"""Values that are read from the environment when a statement is sent."""

import os
from dataclasses import dataclass

from moose_dagster.errors import DeclarationError


@dataclass(frozen=True, slots=True)
class Secret:
    """The value of an environment variable: `Secret("S3_SECRET_KEY")`.

    What is planned, compared, logged and printed shows `[HIDDEN]` in its place, as the server does.

    Attributes:
        variable: The name of the environment variable; `read` raises `DeclarationError` if it is
            not set.
    """

    variable: str

    def __str__(self) -> str:
        # In the text of a dictionary: `f"... PASSWORD '{moose_runtime_env.get('NAME')}'"`.
        return f"{{env:{self.variable}}}"

    def read(self) -> str:
        """Return the value as the environment holds it now.

        Raises:
            DeclarationError: The environment does not hold it.
        """
        try:
            return os.environ[self.variable]
        except KeyError as error:
            message = (
                f"the environment variable {self.variable} is not set; "
                "the declarations name it as a Secret."
            )
            raise DeclarationError([message]) from error


class RuntimeEnvironment:
    """Moose's way to write a `Secret`: `moose_runtime_env.get("S3_SECRET_KEY")`."""

    @staticmethod
    def get(env_var_name: str) -> Secret:
        """Return the secret of that environment variable."""
        return Secret(env_var_name)


moose_runtime_env = RuntimeEnvironment()


def secret_of(value: object) -> Secret | None:
    """Return *value* as a secret if it is a `Secret` or Dagster's `EnvVar`, else None."""
    if isinstance(value, Secret):
        return value
    variable = getattr(value, "env_var_name", None)
    return Secret(variable) if isinstance(variable, str) else None
