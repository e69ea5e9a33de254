"""The manifest that lists what an UNLOAD wrote, for a COPY to read."""

import json
from collections.abc import Sequence

from local_redshift.results import Column, DataType
from local_redshift.sql import types
from local_redshift.unload.files import UnloadedFile
from local_redshift.unload.statements import UnloadStatement


def manifest(
    statement: UnloadStatement, columns: Sequence[Column], files: Sequence[UnloadedFile]
) -> bytes:
    """The manifest as JSON; VERBOSE adds sizes, row counts and the columns."""
    verbose = statement.options.verbose_manifest
    entries: list[dict[str, object]] = [
        {"url": statement.url + each.name, **(_meta([each]) if verbose else {})} for each in files
    ]
    document: dict[str, object] = {"entries": entries}
    if verbose:
        elements = [{"name": column.name, "type": _type(column.type)} for column in columns]
        document |= {
            "schema": {"elements": elements},
            **_meta(files),
            "author": {"name": "Amazon Redshift", "version": "1.0.0"},
        }
    return json.dumps(document, indent=2).encode()


def _meta(files: Sequence[UnloadedFile]) -> dict[str, object]:
    return {
        "meta": {
            "content_length": sum(each.size for each in files),
            "record_count": sum(each.rows for each in files),
        }
    }


def _type(kind: DataType) -> dict[str, object]:
    described: dict[str, object] = {"base": types.LONG_NAMES.get(kind.name, kind.name)}
    if kind.oid == types.NUMERIC.oid:
        packed = kind.modifier - 4
        described |= {"precision": packed >> 16, "scale": packed & 0xFFFF}
    elif kind.oid in (types.VARCHAR.oid, types.BPCHAR.oid) and kind.modifier > 0:
        described["max_length"] = kind.modifier - 4
    return described
