"""UNLOAD: write the rows of a query to S3."""

import tempfile
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from local_redshift.errors import RedshiftError
from local_redshift.query_log import utc_now
from local_redshift.results import Column, Result
from local_redshift.unload.files import PartWriter, UnloadedFile
from local_redshift.unload.history import Unload, record
from local_redshift.unload.manifest import manifest
from local_redshift.unload.statements import UnloadStatement
from local_redshift.values import text_renderer

if TYPE_CHECKING:
    from local_redshift.session import Session

_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_MANIFEST = "manifest"


def run_unload(session: "Session", statement: UnloadStatement, query: Result) -> Result:
    """Write the rows of a query that has been started. Objects appear when all are complete.

    Raises:
        RedshiftError: XX000 when the bucket does not exist, or the place is not empty and neither
            ALLOWOVERWRITE nor CLEANPATH is given.
    """
    started = utc_now()
    engine = session.engine
    _check_destination(session, statement)
    with tempfile.TemporaryDirectory(dir=engine.spool) as spool:
        files = _write(statement, query, Path(spool))
        _publish(session, statement, query.columns or (), files, Path(spool))
    unload = Unload(
        statement=statement,
        user_id=session.guard.user_id,
        query_id=session.last_query_id,
        transaction_id=session.transaction_id,
        session_id=session.pid,
        started=started,
        ended=utc_now(),
        files=files,
    )
    with engine.connect() as connection:
        record(connection, unload)
    session.remember_unload(unload.rows)
    notice = f"UNLOAD completed, {unload.rows} record(s) unloaded successfully."
    return Result("UNLOAD", row_count=unload.rows, notices=(notice,))


def _check_destination(session: "Session", statement: UnloadStatement) -> None:
    objects, options = session.engine.objects, statement.options
    if not objects.bucket_exists(statement.bucket):
        raise RedshiftError(
            "S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket",
            detail=f"Bucket: {statement.bucket}",
        )
    if options.allow_overwrite or options.clean_path:
        return
    if next(objects.list(statement.bucket, statement.key), None) is not None:
        raise RedshiftError(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / "
            "prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE option.",
            detail=f"Location: {statement.url}",
        )


def _write(statement: UnloadStatement, query: Result, spool: Path) -> list[UnloadedFile]:
    """Write every row to the file of its partition."""
    columns, options = query.columns or (), statement.options
    folder_of = _folder_namer(columns, options.partition_by)
    kept = _kept(columns, options.partition_by if not options.include_partitions else ())
    pick = _picker(kept)
    written = [columns[place] for place in kept]
    writers: dict[str, PartWriter] = {}
    if not options.partition_by:
        writers[""] = PartWriter(written, options, spool, "")
    for row in query.rows:
        folder = folder_of(row)
        writer = writers.get(folder)
        if writer is None:
            writer = writers[folder] = PartWriter(written, options, spool, folder)
        writer.write(pick(row))
    return [each for writer in writers.values() for each in writer.close()]


def _kept(columns: Sequence[Column], left_out: Sequence[str]) -> list[int]:
    kept = [place for place, column in enumerate(columns) if column.name not in left_out]
    if not kept:
        raise RedshiftError("UNLOAD needs at least one column that it is not partitioned by")
    return kept


def _picker(places: Sequence[int]) -> Callable[[Sequence[object]], Sequence[object]]:
    if len(places) == 1:
        (place,) = places
        return lambda row: (row[place],)
    return itemgetter(*places)


def _folder_namer(
    columns: Sequence[Column], partition_by: Sequence[str]
) -> Callable[[Sequence[object]], str]:
    """The function that tells the folder of a row: ``year=2000/month=10/``, in Hive's manner."""
    places = {column.name: place for place, column in enumerate(columns)}
    missing = [name for name in partition_by if name not in places]
    if missing:
        raise RedshiftError(f'partition column "{missing[0]}" is not in the select list', "42703")
    parts = [
        (name, places[name], text_renderer(columns[places[name]].type.oid)) for name in partition_by
    ]

    def folder(row: Sequence[object]) -> str:
        names = []
        for name, place, text in parts:
            value = row[place]
            shown = _NULL_PARTITION if value is None else quote(text(value), safe=" ,+-_.@()")
            names.append(f"/{name}={shown}")
        return "".join(names).lstrip("/") + ("/" if names else "")

    return folder


def _publish(
    session: "Session",
    statement: UnloadStatement,
    columns: Sequence[Column],
    files: Sequence[UnloadedFile],
    spool: Path,
) -> None:
    """Make objects of complete files, after the old ones have gone if that is wanted."""
    objects, options = session.engine.objects, statement.options
    if options.clean_path:
        for prefix in _cleaned(statement, files):
            for old in list(objects.list(statement.bucket, prefix)):
                objects.remove(old)
    published = [(each.name, each.path) for each in files]
    if options.manifest:
        listed = spool / _MANIFEST
        listed.write_bytes(manifest(statement, columns, files))
        published.append((_MANIFEST, listed))
    for name, path in published:
        key = statement.key + name
        objects.put(statement.bucket, key, path)
        session.engine.copy_jobs.object_created(statement.bucket, key)


def _cleaned(statement: UnloadStatement, files: Sequence[UnloadedFile]) -> list[str]:
    """What CLEANPATH empties: the place itself, or only the partitions that are written to."""
    if not statement.options.partition_by:
        return [statement.key]
    return sorted({statement.key + each.name.rpartition("/")[0] + "/" for each in files})
