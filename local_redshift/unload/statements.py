"""What an UNLOAD says, as data."""

from dataclasses import dataclass
from enum import Enum

GIGABYTE = 1024**3
MEGABYTE = 1024**2


class UnloadFormat(Enum):
    """File formats; the value is what SYS_UNLOAD_HISTORY calls them."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@dataclass(frozen=True)
class UnloadOptions:
    """The options of an UNLOAD, with Redshift's defaults.

    Attributes:
        compression: ``gzip``, ``bzip2`` or ``zstd`` of text files; None when nothing is named.
        null_as: Text that stands for NULL in delimited files.
        partition_by: Columns whose values become folders.
        include_partitions: PARTITION BY ... INCLUDE keeps these columns in the files too.
        max_file_bytes: A file that has grown this long is followed by another one.
    """

    format: UnloadFormat = UnloadFormat.TEXT
    compression: str | None = None
    delimiter: str = "|"
    header: bool = False
    add_quotes: bool = False
    escape: bool = False
    null_as: str = ""
    partition_by: tuple[str, ...] = ()
    include_partitions: bool = False
    manifest: bool = False
    verbose_manifest: bool = False
    allow_overwrite: bool = False
    clean_path: bool = False
    parallel: bool = True
    max_file_bytes: int = int(6.2 * GIGABYTE)
    extension: str | None = None


@dataclass(frozen=True)
class UnloadStatement:
    """An UNLOAD to S3; ``key`` is what the name of every object starts with."""

    query: str
    bucket: str
    key: str
    options: UnloadOptions

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"
