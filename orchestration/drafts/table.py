"""What the files of a feed have in common: their format, and the values of each field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.drafts.values import Value

MOST_ROWS = 3000


@dataclass(frozen=True)
class FileField:
    """A field of a file.

    Args:
        name: as the file has it; empty where it has none.
        values: those that are not empty, of the first rows.
        data_type: the type that the file itself declares, if it does.
        is_text: does the file mark its values as text?
        notes: what people should know of it.
    """

    name: str
    values: Sequence[Value]
    data_type: str = ""
    is_text: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileTable:
    """What a file holds, or several of a feed together.

    Args:
        options: COPY's options by name, as a copy job declares them; ``format`` is the first.
        by_name: does COPY find fields by their names, and not by their positions?
        notes: what people should know of the files.
    """

    options: Mapping[str, object]
    fields: tuple[FileField, ...]
    by_name: bool = False
    notes: tuple[str, ...] = field(default=())
