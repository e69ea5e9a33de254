"""The records of a file of any format that is not columnar."""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from local_redshift.copy.columns import TargetColumn
from local_redshift.copy.compression import open_content
from local_redshift.copy.encoding import WrongEncodingError, recoded
from local_redshift.copy.records.delimited import Delimited
from local_redshift.copy.records.documents import json_records
from local_redshift.copy.records.fixed_width import fixed_width_records
from local_redshift.copy.records.record import Problem, Record, UnreadableFileError
from local_redshift.copy.statements import CopyOptions, Format

_WRONG_ENCODING = Problem(1221, "The file is not in the encoding that ENCODING names")


def read_records(
    path: Path, columns: Sequence[TargetColumn], options: CopyOptions
) -> Iterator[Record]:
    """The records of a file, in order. One of another encoding is a single bad record.

    Raises:
        UnreadableFileError: The file cannot be read, or not to its end.
    """
    line = 0
    try:
        with open_content(path, options.compression) as packed:
            content = recoded(packed, options.encoding)
            match options.format:
                case Format.AVRO:
                    from local_redshift.copy.records.avro import (  # noqa: PLC0415
                        avro_records,  # fastavro takes time that most sessions never need
                    )

                    records = avro_records(content, columns, options)
                case Format.JSON:
                    records = json_records(content, columns, options)
                case Format.FIXEDWIDTH:
                    records = fixed_width_records(content, columns, options)
                case _:
                    records = Delimited(columns, options).records(content)
            for record in records:
                line = record.line
                yield record
    except WrongEncodingError:
        yield Record(line + 1, "", None, _WRONG_ENCODING)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(f"The file cannot be decompressed: {error}") from error
