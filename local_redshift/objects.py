"""S3 objects as plain files: ``<data dir>/s3/<bucket>/<key>``.

The AWS endpoint writes them, COPY reads them in place.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localbucket import object_etag

from local_redshift.errors import RedshiftError

# localbucket writes an object under a name with this prefix, then renames it.
_UNFINISHED = ".localbucket-"


@dataclass(frozen=True)
class S3Object:
    """One object; ``modified`` is when its content was written (UTC, from the file's mtime)."""

    bucket: str
    key: str
    size: int
    modified: datetime
    path: Path

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def etag(self) -> str:
        """The ETag that the S3 endpoint answers with: kept since the object was put, if it was."""
        return str(object_etag(self.path))


class ObjectStore:
    """The buckets below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def bucket_exists(self, bucket: str) -> bool:
        return self._bucket_dir(bucket).is_dir()

    def get(self, bucket: str, key: str) -> S3Object | None:
        """The object at a key, or None."""
        path = self._path(bucket, key)
        return self._describe(bucket, key, path) if path.is_file() else None

    def put(self, bucket: str, key: str, source: Path) -> None:
        """Make a complete file the object at a key: it is there whole, or not at all.

        Args:
            source: A file below the same state folder, which is moved.
        """
        target = self._path(bucket, key)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)

    def remove(self, old: S3Object) -> None:
        """Delete an object, if it is still there, and the folders that this leaves empty."""
        unlink_object(old.path, self._bucket_dir(old.bucket))

    def list(self, bucket: str, prefix: str = "") -> Iterator[S3Object]:
        """Objects whose key starts with the prefix, a string and not a folder, in key order."""
        top = self._bucket_dir(bucket)
        # Only the folder part of the prefix narrows the walk: `cust` matches `customers/x`.
        start = self._path(bucket, prefix.rpartition("/")[0]) if "/" in prefix else top
        found = []
        for folder, _, names in os.walk(start):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(top).as_posix()
                if key.startswith(prefix) and not name.startswith(_UNFINISHED):
                    found.append((key, path))
        for key, path in sorted(found):
            try:
                yield self._describe(bucket, key, path)
            except FileNotFoundError:  # deleted since the walk
                continue

    def _bucket_dir(self, bucket: str) -> Path:
        return self._inside(self.root / bucket, self.root)

    def _path(self, bucket: str, key: str) -> Path:
        top = self._bucket_dir(bucket)
        return self._inside(top / key, top)

    @staticmethod
    def _inside(path: Path, top: Path) -> Path:
        if not Path(os.path.normpath(path)).is_relative_to(top):
            raise RedshiftError(f"The S3 location {path.name} is outside its bucket", "42501")
        return path

    @staticmethod
    def _describe(bucket: str, key: str, path: Path) -> S3Object:
        stat = path.stat()
        modified = datetime.fromtimestamp(stat.st_mtime, UTC)
        return S3Object(bucket, key, stat.st_size, modified, path)


def unlink_object(path: Path, top: Path) -> None:
    """Delete an object's file, and the folders below its bucket's that this leaves empty."""
    path.unlink(missing_ok=True)
    folder = path.parent
    while folder != top:
        try:
            folder.rmdir()
        except OSError:  # not empty, or gone already
            return
        folder = folder.parent
