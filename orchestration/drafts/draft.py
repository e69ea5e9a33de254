"""Drafts a feed: the columns of its landing table and the options of its copy job."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestration.drafts.files import NAME, find_samples
from orchestration.drafts.reading import read_samples
from orchestration.drafts.table import FileField, FileTable
from orchestration.drafts.values import PLAIN_DATE, PLAIN_TIME, Typed, text_type, type_of
from orchestration.errors import StepError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]{0,126}")
OWN_COLUMN = "_loaded_at"
_UNKNOWN_SOURCE = "new_source"


@dataclass(frozen=True)
class Column:
    """A column of the landing table; ``notes`` are for its comment."""

    name: str
    data_type: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A feed as the project declares it.

    Args:
        job: keys of the copy job, in order.
        columns: in the order of the file's fields.
        notes: what people should know before they use it.
    """

    source: str
    table: str
    job: Mapping[str, object]
    columns: tuple[Column, ...]
    notes: tuple[str, ...]

    @property
    def model(self) -> str:
        """The name of the staging model."""
        return f"stg_{self.source}__{self.table}"


def draft_feed(address: str, name: str, s3: "S3Client") -> Draft:
    """Draft the feed whose files are at ``address``.

    Args:
        address: ``s3://bucket/prefix``, or a file or folder of this machine.
        name: ``source.table``, or ``table``; the folder's name if empty.

    Raises:
        StepError: the name is not one of Redshift's, there are no files, or they cannot be read.
    """
    samples = find_samples(address, s3)
    source, _, table = name.rpartition(".")
    table = table or plain_name(samples.prefix.rstrip("/").rpartition("/")[2]) or "new_table"
    for part in (source or _UNKNOWN_SOURCE, table):
        if not _PLAIN_NAME.fullmatch(part):
            raise StepError(
                NAME,
                f"--name {name}: '{part}' must be lower case letters, digits and underscores",
                "give it as source.table",
            )
    found = read_samples(samples.files)
    columns, options, notes = _columns(found)
    job = {"name": f"job_{table}", "prefix": samples.prefix, "auto": True, **found.options}
    if not source:
        notes = [
            *notes,
            f"{_UNKNOWN_SOURCE}: put in the source system's name, or give --name source.table",
        ]
    return Draft(
        source or _UNKNOWN_SOURCE,
        table,
        {**job, **options},
        tuple(columns),
        (*samples.notes, *found.notes, *notes),
    )


def plain_name(name: str) -> str:
    """``name`` in lower case letters, digits and underscores; may come out empty."""
    ascii_only = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore")
    words = re.sub(r"[^a-z0-9]+", "_", ascii_only.decode().lower())
    plain = words if name.startswith("_") else words.strip("_")
    return f"_{plain}"[:127] if plain[:1].isdigit() else plain[:127]


def _columns(table: FileTable) -> tuple[list[Column], dict[str, object], list[str]]:
    """The columns, the options that their values need, and what is to be said of all of them."""
    names = _plain_names([field.name for field in table.fields])
    typed = [_typed(name, field) for name, field in zip(names, table.fields, strict=True)]
    options: dict[str, object] = {}
    typed, date_format = _one_format(typed, "date_format", PLAIN_DATE)
    typed, time_format = _one_format(typed, "time_format", PLAIN_TIME)
    words = {each.null_as for each in typed if each.null_as}
    if len(words) > 1:
        typed = [_as_text(each, field) for each, field in zip(typed, table.fields, strict=True)]
    elif words:
        options["null_as"] = words.pop()
    if date_format:
        options["dateformat"] = date_format
    if time_format:
        options["timeformat"] = time_format
    if any(each.rounds for each in typed):
        options["roundec"] = True
    columns = [
        Column(name, each.data_type, (*_renamed(name, field.name), *each.notes))
        for name, each, field in zip(names, typed, table.fields, strict=True)
    ]
    return columns, {**options, **_mapping(table, names)}, _by_name_notes(table, names)


def _typed(name: str, field: FileField) -> Typed:
    if field.data_type:
        return Typed(field.data_type, field.notes)
    found = type_of(name, field.values, quoted=field.is_text)
    return replace(found, notes=(*field.notes, *found.notes))


def _as_text(typed: Typed, field: FileField) -> Typed:
    """A column whose word for NULL is not the only one of the feed, for COPY knows one."""
    if not typed.null_as:
        return typed
    note = f"text, because it holds '{typed.null_as}' for NULL and COPY knows one such word"
    return Typed(text_type([each.text for each in field.values]), (*typed.notes, note))


def _one_format(typed: list[Typed], kind: str, plain: str) -> tuple[list[Typed], str]:
    """The one DATEFORMAT or TIMEFORMAT of the columns, if COPY needs any.

    Columns in several formats are read by 'auto', which knows day before month from no other way
    than by position; where it does not, they would be wrong without a word, so they stay text.
    """
    formats = {getattr(each, kind) for each in typed} - {""}
    if formats <= {plain}:
        return typed, ""
    if len(formats) == 1:
        return typed, formats.pop()
    known = {plain, "auto", "MM/DD/YYYY", "YYYY/MM/DD"}
    note = "text, because other columns are in another format and COPY reads all in one"
    kept = [
        each if getattr(each, kind) in {"", *known} else Typed("varchar(32)", (*each.notes, note))
        for each in typed
    ]
    left = {getattr(each, kind) for each in kept} - {""}
    return kept, "" if left <= {plain} else "auto"


def _plain_names(names: Sequence[str]) -> list[str]:
    """A name of its own for each field; one without is named by its position."""
    plain: list[str] = []
    for position, name in enumerate(names, start=1):
        wanted = name if _PLAIN_NAME.fullmatch(name) else plain_name(name)
        wanted = wanted.strip("_") if wanted == OWN_COLUMN else wanted
        wanted = wanted or f"column_{position}"
        plain.append(wanted if wanted not in plain else f"{wanted}_{position}"[:127])
    return plain


def _renamed(name: str, original: str) -> tuple[str, ...]:
    return () if name == original or not original else (f"is called {original!r} in the file",)


def _mapping(table: FileTable, names: Sequence[str]) -> dict[str, object]:
    """Keys that differ from the columns in their case alone are found all the same."""
    originals = [field.name for field in table.fields]
    if not table.by_name or originals == list(names):
        return {}
    same = [original.lower() == name for original, name in zip(originals, names, strict=True)]
    return {"mapping": "auto ignorecase"} if all(same) else {}


def _by_name_notes(table: FileTable, names: Sequence[str]) -> list[str]:
    originals = [field.name for field in table.fields]
    if not table.by_name or originals == list(names) or _mapping(table, names):
        return []
    paths = json.dumps({"jsonpaths": [f"$[{original!r}]" for original in originals]})
    return [
        f"COPY finds the fields of {table.options['format']} by name, and some are not called as "
        f"their columns: have the source rename them, or put {paths} into S3 outside of the prefix "
        "and name it as mapping: s3://…"
    ]
