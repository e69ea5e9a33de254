"""JSON: one document after the other, whose keys are fields."""

import json
from collections.abc import Iterator
from typing import Any

from orchestration.drafts.files import NAME
from orchestration.drafts.table import MOST_ROWS, FileField, FileTable
from orchestration.drafts.values import Value
from orchestration.errors import StepError


class _Number(str):
    """A number as it is written: as a float it would lose digits."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number)


def read_json(text: str, name: str, *, is_whole: bool) -> FileTable:
    """The keys of the documents in ``text``, in the order in which they first appear.

    Args:
        is_whole: does ``text`` end where the file does? If not, its last document may be cut.

    Raises:
        StepError: a document cannot be read, or is no object.
    """
    values: dict[str, list[tuple[int, Any]]] = {}
    for number, document in enumerate(_documents(text, name, is_whole=is_whole), start=1):
        for key, value in document.items():
            values.setdefault(key, []).append((number, value))
    fields = [_field(key, found, name) for key, found in values.items()]
    return FileTable({"format": "json"}, tuple(fields), by_name=True)


def _documents(text: str, name: str, *, is_whole: bool) -> Iterator[dict[str, Any]]:
    position = number = 0
    while number < MOST_ROWS and (rest := text[position:].lstrip()[:1]):
        position = text.index(rest, position)
        try:
            document, position = _DECODER.raw_decode(text, position)
        except ValueError as error:
            if number and not is_whole:
                return
            raise _refusal(f"document {number + 1} of {name} cannot be read", str(error)) from error
        number += 1
        if not isinstance(document, dict):
            raise _refusal(
                f"document {number} of {name} is no object",
                "COPY reads one object after the other, with no array around them and no commas",
            )
        yield document


def _field(key: str, found: list[tuple[int, Any]], name: str) -> FileField:
    nested = [number for number, value in found if isinstance(value, dict | list)]
    if nested:
        note = f"is nested (record {nested[0]}): super, which keeps the structure"
        return FileField(key, (), "super", notes=(note,))
    values = [
        Value(_text(value), name, number) for number, value in found if value not in (None, "")
    ]
    numbers = [value for _, value in found if isinstance(value, _Number | bool)]
    return FileField(key, values, is_text=not numbers)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(cause: str, reason: str) -> StepError:
    return StepError(NAME, cause, "have the source write one JSON object a line", [reason])
