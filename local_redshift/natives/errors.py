"""How a native function tells the client what is wrong, through DuckDB."""

import re

from local_redshift.errors import RedshiftError

_MARK = re.compile(r"NativeError: \[(?P<state>\w{5})\] (?P<message>.*)", re.DOTALL)


class NativeError(ValueError):
    """A value that a function does not take.

    DuckDB passes on no more than the text of an exception, so the SQLSTATE is part of it.
    """

    def __init__(self, message: str, sqlstate: str) -> None:
        super().__init__(f"[{sqlstate}] {message}")


def raised_by_native(message: str) -> RedshiftError | None:
    """The client's error for a message of DuckDB's that a native function caused, if one did."""
    found = _MARK.search(message)
    return RedshiftError(found["message"].strip(), found["state"]) if found else None
