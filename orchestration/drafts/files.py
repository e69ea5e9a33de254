"""Sample files below an address: in S3 or on this machine, opened and unpacked alike."""

import bz2
import gzip
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import zstandard
from botocore.exceptions import BotoCoreError, ClientError

from orchestration.aws.s3 import S3Object, first_objects
from orchestration.aws.s3_reader import open_object
from orchestration.errors import StepError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NAME = "draft-feed"
_MOST_FILES = 3
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|=")


@dataclass(frozen=True)
class SampleFile:
    """A file with its name for people, and how to open it: seekable, as bytes."""

    name: str
    open: Callable[[], BinaryIO]

    @property
    def short_name(self) -> str:
        """Without the folders."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Samples:
    """Some files of a feed.

    Args:
        files: three of them at most, none empty.
        prefix: what the keys of all files of the feed start with.
        notes: what people should know about the files that there are.
    """

    files: tuple[SampleFile, ...]
    prefix: str
    notes: tuple[str, ...]


def find_samples(address: str, s3: "S3Client") -> Samples:
    """Some of the files at ``address``.

    Args:
        address: ``s3://bucket/prefix``, or a file or folder of this machine.

    Raises:
        StepError: there is no file, every file is empty, or the bucket may not be read.
    """
    if address.startswith("s3://"):
        return _in_s3(address, s3)
    return _on_this_machine(Path(address), address)


def _in_s3(address: str, s3: "S3Client") -> Samples:
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not prefix:
        raise StepError(
            NAME,
            f"{address} names no prefix, and a copy job has one",
            "give it as s3://bucket/prefix",
        )
    try:
        found = first_objects(s3, bucket, prefix)
    except (ClientError, BotoCoreError) as error:
        raise StepError(
            NAME,
            f"{address} cannot be listed",
            "correct the bucket's name, or AWS_* in .env",
            [str(error)],
        ) from error

    def opener(target: S3Object) -> Callable[[], BinaryIO]:
        return lambda: cast(BinaryIO, open_object(s3, target))

    files = [(SampleFile(each.url, opener(each)), each.size) for each in found]
    return _samples(address, files, _prefix(prefix, [each.key for each in found]))


def _on_this_machine(path: Path, address: str) -> Samples:
    folder = path if path.is_dir() else path.parent
    paths = sorted(each for each in folder.rglob("*") if each.is_file())
    if not path.is_dir():
        paths = [path] if path.is_file() else []

    def opener(target: Path) -> Callable[[], BinaryIO]:
        return lambda: target.open("rb")

    files = [(SampleFile(str(each), opener(each)), each.stat().st_size) for each in paths]
    name = path.resolve().name if path.is_dir() else path.name.partition(".")[0]
    return _samples(address, files, _until_date(f"{name}/"))


def _samples(address: str, files: Sequence[tuple[SampleFile, int]], prefix: str) -> Samples:
    """The first, a middle and the last file: formats change over time."""
    full = [each for each, size in files if size]
    if not files:
        raise StepError(NAME, f"there is no file at {address}", "correct the address")
    if not full:
        raise StepError(
            NAME,
            f"every file at {address} is empty ({len(files)} of them)",
            "draft the feed when a file with content is there",
        )
    chosen = sorted({0, len(full) // 2, len(full) - 1})[:_MOST_FILES]
    notes = [f"looked at {full[number].name}" for number in chosen]
    if len(full) < len(files):
        notes.append(f"{len(files) - len(full)} of {len(files)} files are empty")
    return Samples(tuple(full[number] for number in chosen), prefix, tuple(notes))


def _prefix(asked: str, keys: Sequence[str]) -> str:
    """``asked``, ended at a folder, and before the first folder that differs from day to day."""
    if asked in keys:
        asked = asked.rpartition("/")[0] or asked.partition(".")[0]
    if not asked.endswith("/") and all(key.startswith(f"{asked}/") for key in keys):
        asked = f"{asked}/"
    return _until_date(asked)


def _until_date(prefix: str) -> str:
    folders = prefix.split("/")
    dated = [number for number, folder in enumerate(folders) if number and _DATE.search(folder)]
    return "/".join([*folders[: dated[0]], ""]) if dated else prefix


@dataclass(frozen=True)
class Content:
    """The beginning of a file.

    Args:
        compression: COPY's option for it, or an empty text.
        head: the first bytes, unpacked.
        is_whole: is there no more than ``head``?
    """

    compression: str
    head: bytes
    is_whole: bool


_PACKED: dict[bytes, tuple[str, Callable[[BinaryIO], BinaryIO]]] = {
    b"\x1f\x8b": ("gzip", lambda file: cast(BinaryIO, gzip.GzipFile(fileobj=file))),
    b"BZh": ("bzip2", lambda file: cast(BinaryIO, bz2.BZ2File(file))),
    b"\x28\xb5\x2f\xfd": (
        "zstd",
        lambda file: cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(file)),
    ),
}
_UNREADABLE = {
    b"\x89LZO": ("packed with lzop", "have it unpacked once to draft the feed; COPY has lzop"),
    b"PK\x03\x04": ("a ZIP archive or a workbook", "have the source send gzip"),
    b"\xfd7zXZ": ("packed with xz", "have the source send gzip, bzip2 or zstd"),
    b"%PDF": ("a PDF", "have the source send text, Parquet or ORC"),
}


def read_head(sample: SampleFile, size: int) -> Content:
    """The first ``size`` bytes of a file, unpacked.

    Raises:
        StepError: what packs it is not one of COPY's, or the archive is broken.
    """
    with sample.open() as file:
        start = file.read(8)
        file.seek(0)
        for mark, (what, remedy) in _UNREADABLE.items():
            if start.startswith(mark):
                raise StepError(NAME, f"{sample.name} is {what}", remedy)
        packed = [each for mark, each in _PACKED.items() if start.startswith(mark)]
        compression, unpack = packed[0] if packed else ("", lambda plain: plain)
        try:
            head = _read(unpack(file), size + 1)
        except (OSError, EOFError, zstandard.ZstdError) as error:
            raise StepError(
                NAME,
                f"{sample.name} begins like {compression or 'a file'} and cannot be read",
                "have it delivered again",
                [str(error)],
            ) from error
    return Content(compression, head[:size], len(head) <= size)


def _read(file: BinaryIO, size: int) -> bytes:
    """As many bytes as there are: one call of a stream may return fewer."""
    parts = io.BytesIO()
    while parts.tell() < size and (part := file.read(size - parts.tell())):
        parts.write(part)
    return parts.getvalue()
