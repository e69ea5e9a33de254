"""The records of a file of any format that is not columnar."""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.compression import open_content
from local_redshift.copy.records.delimited import Delimited
from local_redshift.copy.records.documents import json_records
from local_redshift.copy.records.record import Record, UnreadableFileError
from local_redshift.copy.statements import CopyOptions, Format


def read_records(
    path: Path, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    """The records of a file, in order.

    Raises:
        UnreadableFileError: The file cannot be decompressed.
    """
    try:
        with open_content(path, options.compression) as content:
            if options.format is Format.JSON:
                yield from json_records(content, columns, options)
            else:
                yield from Delimited(columns, options).records(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(str(error)) from error
