"""Reads parts of an object in place: a Parquet file's footer, a text file's first line."""

import io
from typing import TYPE_CHECKING

from orchestration.aws.s3 import S3Object

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3 import S3Client

# One request fetches a header or a footer whole.
_BLOCK_BYTES = 64 * 1024


def open_object(s3: "S3Client", target: S3Object) -> io.BufferedReader:
    """The object as a seekable binary file; each block read is one ranged GET.

    Raises:
        botocore.exceptions.ClientError: on reading, if the object is gone or may not be read.
    """
    return io.BufferedReader(_Ranges(s3, target), _BLOCK_BYTES)


class _Ranges(io.RawIOBase):
    def __init__(self, s3: "S3Client", target: S3Object) -> None:
        self._s3 = s3
        self._target = target
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._target.size}
        self._position = max(0, base[whence] + offset)
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        end = min(self._position + len(view), self._target.size)
        if end <= self._position:
            return 0
        found = self._s3.get_object(
            Bucket=self._target.bucket,
            Key=self._target.key,
            Range=f"bytes={self._position}-{end - 1}",
        )["Body"].read()
        view[: len(found)] = found
        self._position += len(found)
        return len(found)
