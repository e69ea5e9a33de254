"""Reads the sample files of a feed, whatever they are, and finds what they have in common."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace

from orchestration.drafts.columnar import MARKS, read_columnar
from orchestration.drafts.delimited import read_delimited
from orchestration.drafts.files import NAME, Content, SampleFile, read_head
from orchestration.drafts.json_text import read_json
from orchestration.drafts.table import FileField, FileTable
from orchestration.errors import StepError

_HEAD_BYTES = 4 * 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile(r"[\x00\x02-\x08\x0b\x0c\x0e-\x1f]")
# Options without which COPY would read the files of a feed differently.
_DECISIVE = ("compression", "encoding", "delimiter", "quote", "ignoreheader")
_WIDTH = re.compile(r"varchar\((\d+)\)")


def read_samples(samples: Sequence[SampleFile]) -> FileTable:
    """What the files have in common, with the values of all of them.

    Raises:
        StepError: a file cannot be read, or one differs from the others in a way for which one copy
            job has no options.
    """
    tables = [_read(sample) for sample in samples]
    if len({_names(table) for table in tables}) > 1 and all(
        "ignoreheader" in table.options for table in tables
    ):
        # What looked like a header differs from file to file: it was data.
        tables = [_read(sample, has_header=False) for sample in samples]
    first = tables[0]
    for sample, table in zip(samples[1:], tables[1:], strict=True):
        _check_alike(samples[0].name, first, sample.name, table)
    merge = _by_name if first.by_name else _by_position
    options = {name: value for table in tables for name, value in table.options.items()}
    if any(table.options["format"] == "csv" for table in tables):
        options["format"] = "csv"
    notes = tuple(dict.fromkeys(note for table in tables for note in table.notes))
    return FileTable({**first.options, **options}, merge(tables), first.by_name, notes)


def _read(sample: SampleFile, *, has_header: bool | None = None) -> FileTable:
    content = read_head(sample, _HEAD_BYTES)
    kind = next((kind for mark, kind in MARKS.items() if content.head.startswith(mark)), None)
    if kind and content.compression:
        raise StepError(
            NAME,
            f"{sample.name} is {kind} within {content.compression}, which COPY does not unpack",
            f"have the source send {kind} as it is: it is compressed inside",
        )
    if kind:
        return read_columnar(sample, kind)
    text, encoding, notes = _decoded(sample.name, content)
    name, is_whole = sample.short_name, content.is_whole
    if text[:1] in {"{", "["}:
        table = read_json(text, name, is_whole=is_whole)
    else:
        table = read_delimited(
            text, sample.short_name, is_whole=content.is_whole, has_header=has_header
        )
    given = {content.compression: True} if content.compression else {}
    encoded = {"encoding": encoding} if encoding else {}
    form = {"format": table.options["format"]}
    return replace(
        table, options={**form, **given, **encoded, **table.options}, notes=(*notes, *table.notes)
    )


def _decoded(name: str, content: Content) -> tuple[str, str, list[str]]:
    """The text, COPY's ENCODING for it, and what is to be said of it."""
    head = content.head
    encoding = "utf16" if head.startswith(_UTF16) else ""
    notes = []
    if head.startswith(codecs.BOM_UTF8):
        head = head.removeprefix(codecs.BOM_UTF8)
        notes = ["begins with a byte order mark, which is no part of the first field"]
    decoder = codecs.getincrementaldecoder(encoding.replace("f1", "f-1") or "utf-8")()
    try:
        text = decoder.decode(head, final=content.is_whole)
    except UnicodeDecodeError as error:
        raise _refusal(
            name, f"byte {error.object[error.start]:#04x} at offset {error.start}"
        ) from error
    found = _CONTROL.search(text)
    if found:
        raise _refusal(name, f"character {ord(found[0]):#04x} at offset {found.start()}")
    if not text.strip():
        raise StepError(
            NAME, f"{name} holds nothing but blanks", "draft the feed from a file with content"
        )
    if text.lstrip().startswith("<"):
        raise StepError(
            NAME, f"{name} looks like XML or HTML", "have the source send CSV, JSON or Parquet"
        )
    return text.lstrip("\r\n"), encoding, notes


def _refusal(name: str, where: str) -> StepError:
    return StepError(
        NAME,
        f"{name} is neither Parquet, ORC, Avro nor text in UTF-8: {where}",
        "have the source write UTF-8, or UTF-16 with a byte order mark",
    )


def _names(table: FileTable) -> tuple[str, ...]:
    return tuple(each.name for each in table.fields)


def _check_alike(first: str, one: FileTable, second: str, other: FileTable) -> None:
    """Refuse what no job can load: one job has one set of options, and files of one width."""
    pairs = [(_described(one), _described(other))]
    if not one.by_name:
        pairs.append((f"{len(one.fields)} fields", f"{len(other.fields)} fields"))
    for had, has in pairs:
        if had != has:
            raise StepError(
                NAME,
                "the files are not alike, and a copy job reads all of its files in one way",
                "give the prefix of one kind of file, or have the source send one",
                [f"{first}: {had}", f"{second}: {has}"],
            )


def _described(table: FileTable) -> str:
    kind = "text" if table.options["format"] in {"csv", "delimited"} else table.options["format"]
    compressions = [name for name in ("gzip", "bzip2", "zstd") if name in table.options]
    given = [f"{name} {table.options[name]!r}" for name in _DECISIVE if name in table.options]
    return ", ".join([str(kind), *compressions, *given])


def _by_position(tables: Sequence[FileTable]) -> tuple[FileField, ...]:
    return tuple(_merged(fields) for fields in zip(*(each.fields for each in tables), strict=True))


def _by_name(tables: Sequence[FileTable]) -> tuple[FileField, ...]:
    fields: dict[str, list[FileField]] = {}
    for each in (field for table in tables for field in table.fields):
        fields.setdefault(each.name, []).append(each)
    return tuple(_merged(found) for found in fields.values())


def _merged(fields: Sequence[FileField]) -> FileField:
    """One field of several files: all their values, and the widest of their types."""
    names = list(dict.fromkeys(each.name for each in fields))
    types = list(dict.fromkeys(each.data_type for each in fields if each.data_type))
    notes = list(dict.fromkeys(note for each in fields for note in each.notes))
    if len(names) > 1:
        notes.append(f"is called {' and '.join(map(repr, names))} in different files")
    data_type = types[0] if types else ""
    widths = [match for each in types if (match := _WIDTH.fullmatch(each))]
    if len(types) > 1 and len(widths) == len(types):
        data_type = max(widths, key=lambda match: int(match[1])).string
    elif len(types) > 1:
        notes.append(f"is {' and '.join(types)} in different files, of which COPY takes one")
    return FileField(
        names[0],
        [value for each in fields for value in each.values],
        data_type,
        is_text=all(each.is_text for each in fields),
        notes=tuple(notes),
    )
