"""JSONPaths files: which element of a document each column takes.

Source: "JSONPaths file" and "COPY from JSON format" in the Amazon Redshift documentation.
"""

import json
import re
from collections.abc import Sequence

from local_redshift.errors import RedshiftError
from local_redshift.objects import ObjectStore

JsonPath = tuple[str | int, ...]

_INDEX = r"\[\s*\d+\s*\]"
_DOTS = re.compile(rf"\$(?:\.[^.\[\]']+|{_INDEX})+")
_BRACKETS = re.compile(rf"\$(?:\[\s*'[^']*'\s*\]|{_INDEX})+")
_STEP = re.compile(r"\.([^.\[\]']+)|\[\s*'([^']*)'\s*\]|\[\s*(\d+)\s*\]")


class NoElementError(Exception):
    """A path's array element is not there."""


def read_paths(objects: ObjectStore, url: str) -> tuple[JsonPath, ...] | None:
    """The paths of a file; None when its key is another one, which means mapping by name.

    Raises:
        RedshiftError: XX000 when there is no such object, or it is not of the documented form.
    """
    bucket, _, key = url.removeprefix("s3://").partition("/")
    found = objects.get(bucket, key) if objects.bucket_exists(bucket) else None
    if found is None:
        raise RedshiftError(f"The specified jsonpaths file '{url}' does not exist")
    try:
        content = json.loads(found.path.read_bytes())
    except ValueError as error:
        raise RedshiftError(f"Invalid JSONPath file '{url}': {error}") from error
    if not isinstance(content, dict) or len(content) != 1:
        raise RedshiftError(f"Invalid JSONPath file '{url}': it is not one object with one key")
    expressions = content.get("jsonpaths")
    if expressions is None:
        return None
    if not isinstance(expressions, list):
        raise RedshiftError(f"Invalid JSONPath file '{url}': jsonpaths is not an array")
    return parse_paths(expressions)


def parse_paths(expressions: Sequence[object]) -> tuple[JsonPath, ...]:
    """Paths in bracket notation, or all of them in dot notation.

    Raises:
        RedshiftError: XX000 for an expression that is in neither, or in the other one.
    """
    dotted = [text for text in expressions if isinstance(text, str) and _DOTS.fullmatch(text)]
    quoted = [text for text in expressions if isinstance(text, str) and _BRACKETS.fullmatch(text)]
    for text in expressions:
        if text not in dotted and text not in quoted:
            raise RedshiftError(f"Invalid JSONPath format: {json.dumps(text)}")
    # An index is written in the same way in both.
    if any(text not in quoted for text in dotted) and any(text not in dotted for text in quoted):
        raise RedshiftError("Invalid JSONPath format: bracket and dot notation cannot be mixed")
    return tuple(_steps(str(text)) for text in expressions)


def _steps(text: str) -> JsonPath:
    return tuple(
        int(match[3]) if match[3] else match[1] if match[1] is not None else match[2]
        for match in _STEP.finditer(text, 1)
    )


def element(document: object, path: JsonPath) -> object:
    """What a path leads to; None where an object has no such member.

    Raises:
        NoElementError: An array element is not found.
    """
    for step in path:
        if isinstance(step, int):
            if not isinstance(document, list) or step >= len(document):
                raise NoElementError
            document = document[step]
        elif isinstance(document, dict):
            document = document.get(step)
        else:
            return None
    return document
