"""Files in UTF-16, read as UTF-8.

Source: ENCODING under "Data conversion parameters" in the Amazon Redshift documentation.
"""

import codecs
import io
from collections.abc import Iterator

from local_redshift.copy.compression import as_stream

_CHUNK = 1 << 20  # bytes
_MARK_BYTES = 2
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECODERS = {"utf16le": "utf-16-le", "utf16be": "utf-16-be"}


class WrongEncodingError(Exception):
    """A file is not in the encoding that COPY names."""


def recoded(content: io.BufferedReader, encoding: str) -> io.BufferedReader:
    """A file's content as UTF-8.

    Args:
        encoding: ``utf8``, ``utf16``, which needs a byte order mark, ``utf16le`` or ``utf16be``,
            which may have one.

    Raises:
        WrongEncodingError: The byte order mark is missing or of another encoding. Reading raises
            it where the content is not of the encoding.
    """
    start = content.peek(_MARK_BYTES)[:_MARK_BYTES]
    marked = _BYTE_ORDER_MARKS.get(start)
    if not start or (encoding == "utf8" and not marked):
        return content
    expected = _DECODERS.get(encoding, marked if encoding == "utf16" else None)
    if expected is None or marked not in (None, expected):
        raise WrongEncodingError
    if marked:
        content.read(_MARK_BYTES)
    return as_stream(_decoded(content, expected))


def _decoded(content: io.BufferedReader, codec: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        while chunk := content.read(_CHUNK):
            yield decoder.decode(chunk).encode()
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise WrongEncodingError from error
