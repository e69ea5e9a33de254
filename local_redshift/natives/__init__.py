"""Functions that neither DuckDB has nor SQL can say, in Python; DuckDB knows them by these names.

Their arguments are never NULL: such a call is NULL.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import duckdb
from duckdb.func import FunctionNullHandling

from local_redshift.natives import datetimes, documents, hashes, numbers, patterns

_TEXT, _INT, _BIG, _BOOL, _TIMESTAMP = "VARCHAR", "INTEGER", "BIGINT", "BOOLEAN", "TIMESTAMP"

_FUNCTIONS: dict[str, tuple[Callable[..., Any], list[str], str]] = {
    "native_at_zone": (datetimes.at_zone, [_TEXT, _TIMESTAMP], _TIMESTAMP),
    "native_convert_timezone": (
        datetimes.convert_timezone,
        [_TEXT, _TEXT, _TIMESTAMP],
        _TIMESTAMP,
    ),
    "native_crc32": (hashes.crc32, [_TEXT], _TEXT),
    "native_difference": (hashes.difference, [_TEXT, _TEXT], _INT),
    "native_divide": (numbers.divide, [_TEXT, _TEXT, _INT], _TEXT),
    "native_murmur3_integer": (hashes.murmur3_integer, [_BIG], _INT),
    "native_murmur3_text": (hashes.murmur3_text, [_TEXT], _INT),
    "native_number_to_char": (numbers.to_char, [_TEXT, _TEXT], _TEXT),
    "native_parse_datetime": (datetimes.parse, [_TEXT, _TEXT, _BOOL], _TIMESTAMP),
    "native_regexp_count": (patterns.count, [_TEXT, _TEXT, _INT, _TEXT], _INT),
    "native_regexp_instr": (patterns.instr, [_TEXT, _TEXT, _INT, _INT, _INT, _TEXT], _INT),
    "native_regexp_replace": (patterns.replace, [_TEXT, _TEXT, _TEXT, _INT, _TEXT], _TEXT),
    "native_regexp_substr": (patterns.substr, [_TEXT, _TEXT, _INT, _INT, _TEXT], _TEXT),
    "native_sha2": (hashes.sha2, [_TEXT, _INT], _TEXT),
    "native_soundex": (hashes.soundex, [_TEXT], _TEXT),
    "native_to_number": (numbers.to_number, [_TEXT, _TEXT], _TEXT),
    **{
        f"native_{name}": (function, [_TEXT] * count, result)
        for name, (function, count, result) in documents.FUNCTIONS.items()
    },
}


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions known to a database, for all of its connections."""
    for name, (function, arguments, result) in _FUNCTIONS.items():
        kinds: list[Any] = list(arguments)
        connection.create_function(
            name, _strict(function), kinds, result, null_handling=FunctionNullHandling.SPECIAL
        )


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """NULL for a NULL. DuckDB's own way to say so forbids that values make a NULL."""

    @wraps(function)  # DuckDB counts the parameters
    def called(*arguments: Any) -> Any:
        return None if None in arguments else function(*arguments)

    return called
