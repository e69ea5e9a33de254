"""COPY: rows and the record of the load go in together, or not at all.

Each file is one INSERT ... SELECT of the load's transaction, straight from the file. Only when a
file turns out not to be readable that way are its records looked at one by one.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from local_redshift.copy.columnar import (
    COLUMNAR_ERROR,
    UnfitFileError,
    check_columns,
    parquet_schema,
    parquet_select,
)
from local_redshift.copy.columns import Target, find_target
from local_redshift.copy.history import (
    Load,
    LoadedFile,
    LoadError,
    record_aborted,
    record_completed,
)
from local_redshift.copy.mapping import resolved
from local_redshift.copy.readers import reads_as_is, reads_typed, values_select
from local_redshift.copy.records.record import Problem
from local_redshift.copy.spool import Spool, field_errors, load_error, write_spool
from local_redshift.copy.statements import CopyStatement, Format
from local_redshift.errors import RedshiftError
from local_redshift.objects import S3Object
from local_redshift.query_log import utc_now
from local_redshift.sql.plan import identifier, literal

if TYPE_CHECKING:
    from local_redshift.session import Session

# What is raised on account of a file's content.
_DATA_ERRORS = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.ConstraintException,
    duckdb.OutOfRangeException,
    duckdb.IOException,
    duckdb.SerializationException,
    UnfitFileError,
)

Also = Callable[[duckdb.DuckDBPyConnection], None]


@dataclass(frozen=True)
class Outcome:
    """What a load did."""

    rows: int
    errors: int


@dataclass(frozen=True)
class _Reading:
    """How one object is read: as it stands, or from what the spool folder holds of it.

    Attributes:
        typed: Straight into typed columns, together with the load's other objects.
        spool: Its records.
        parquet: What it holds, as Parquet.
    """

    object: S3Object
    typed: bool = False
    spool: Spool | None = None
    errors: tuple[LoadError, ...] = ()
    parquet: Path | None = None


def load_objects(
    session: "Session",
    statement: CopyStatement,
    objects: Sequence[S3Object],
    job_id: int = 0,
    also: Also = lambda _: None,
) -> Outcome:
    """Load objects as one COPY.

    Args:
        job_id: The copy job that loads them; 0 for none.
        also: Runs in the load's transaction, after its rows went in.
    """
    loader = _Loader(session, statement, objects, job_id, also)
    engine = session.engine
    with engine.activity.running(), engine.running_loads.running(loader.load()):
        return loader.run()


def load_at_once(
    session: "Session",
    statement: CopyStatement,
    objects: Sequence[S3Object],
    job_id: int,
    also: Also,
) -> Outcome | None:
    """Load objects as one COPY if all of them are good; None, and no trace of it, if one is not.

    The session is in no transaction; the arguments are those of ``load_objects``.
    """
    loader = _Loader(session, statement, objects, job_id, also)
    engine = session.engine
    with engine.activity.running(), engine.running_loads.running(loader.load()):
        return loader.run_at_once()


class _Loader:
    def __init__(
        self,
        session: "Session",
        statement: CopyStatement,
        objects: Sequence[S3Object],
        job_id: int,
        also: Also,
    ) -> None:
        self._session = session
        self._connection = session.connection.duckdb
        self._statement = statement
        self._objects = objects
        self._job_id = job_id
        self._also = also
        self._started = utc_now()
        self._target: Target = find_target(session.connection, statement)
        store = session.engine.objects
        self._options = resolved(statement.options, store, self._target.loaded)

    def run(self) -> Outcome:
        # A failed statement ends a transaction: in an open one, files are read elsewhere before.
        if not self._session.in_transaction and not self._options.no_load:
            outcome = self.run_at_once()
            if outcome is not None:
                return outcome
        with tempfile.TemporaryDirectory(dir=self._session.engine.spool) as folder:
            readings = self._examine(Path(folder))
            if self._options.no_load:
                return Outcome(0, sum(len(reading.errors) for reading in readings))
            if self._session.in_transaction:
                return self._insert(readings)
            with self._own_transaction():
                return self._insert(readings)

    def run_at_once(self) -> Outcome | None:
        """Insert straight from the files; None when one of them cannot be read that way."""
        if self._reads_typed():
            outcome = self._try([_Reading(each, typed=True) for each in self._objects])
            if outcome is not None:
                return outcome
        as_is = all(self._reads_as_is(each) for each in self._objects)
        return self._try([_Reading(each) for each in self._objects]) if as_is else None

    def _try(self, readings: Sequence[_Reading]) -> Outcome | None:
        try:
            with self._own_transaction():
                return self._insert(readings)
        except _DATA_ERRORS:
            return None  # which record, and whether it may be left out, is found out otherwise

    def _reads_typed(self) -> bool:
        return reads_typed(self._target.loaded, self._options)

    def _reads_as_is(self, each: S3Object) -> bool:
        if self._options.format.columnar:
            return self._options.format is Format.PARQUET
        return reads_as_is(each.path, self._target.loaded, self._options)

    @contextmanager
    def _own_transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # Loading

    def _insert(self, readings: Sequence[_Reading]) -> Outcome:
        """Write rows and history; the caller holds the transaction."""
        target = self._target
        names = [column.name for column in (*target.loaded, *target.defaulted)]
        columns = ", ".join(map(identifier, names))
        insert = f"INSERT INTO {target.sql_name} ({columns}) SELECT *{self._defaults()} FROM "
        if all(reading.typed for reading in readings):
            files = self._insert_typed(insert, readings)
        else:
            files = [self._insert_file(insert, reading) for reading in readings]
        total = sum(file.lines - file.errors for file in files)
        errors = [error for reading in readings for error in reading.errors]
        record_completed(self._connection, self.load(), total, files, errors)
        self._also(self._connection)
        return Outcome(total, len(errors))

    def _insert_typed(self, insert: str, readings: Sequence[_Reading]) -> list[LoadedFile]:
        started = utc_now()
        rows = self._run_typed(self._connection, lambda select: f"{insert} ({select})")
        return [_loaded_file(*each, started) for each in zip(readings, rows, strict=True)]

    def _insert_file(self, insert: str, reading: _Reading) -> LoadedFile:
        started = utc_now()
        rows = self._connection.execute(f"{insert} ({self._select(reading)})").fetchall()
        return _loaded_file(reading, int(rows[0][0]), started)

    def _run_typed(
        self, connection: duckdb.DuckDBPyConnection, statement: Callable[[str], str]
    ) -> list[int]:
        from local_redshift.copy.typed import (  # noqa: PLC0415
            run_typed,  # pyarrow takes time and memory that a warehouse without loads never needs
        )

        paths = [each.path for each in self._objects]
        return run_typed(connection, paths, self._target.loaded, self._options, statement)

    def _select(self, reading: _Reading) -> str:
        if reading.spool is not None:
            return reading.spool.select()
        return self._select_as_is(reading.object, reading.parquet)

    def _select_as_is(self, each: S3Object, parquet: Path | None = None) -> str:
        columns, path = self._target.loaded, parquet or each.path
        if self._options.format.columnar:
            schema = parquet_schema(self._connection, path)
            check_columns(schema, columns, self._options, each.url)
            return parquet_select(path, schema, columns)
        return values_select(path, columns, self._options)

    def _defaults(self) -> str:
        """DEFAULTs of the columns left out, evaluated once for the whole load."""
        columns = self._target.defaulted
        if not columns:
            return ""
        expressions = ", ".join(f"CAST({c.default} AS {c.duckdb_type})" for c in columns)
        row = self._connection.execute(f"SELECT {expressions}").fetchone()
        values = zip(row or (), columns, strict=True)
        return "".join(f", CAST({literal(value)} AS {c.duckdb_type})" for value, c in values)

    def load(self) -> Load:
        """The load as far as it has come."""
        return Load(
            user_id=self._session.guard.user_id,
            query_id=self._session.last_query_id,
            transaction_id=self._session.transaction_id,
            session_id=self._session.pid,
            table=self._target.table,
            table_id=self._target.table_id,
            started=self._started,
            ended=utc_now(),
            data_source=self._statement.url,
            format=self._options.format,
            job_id=self._job_id,
            file_count=len(self._objects),
            file_bytes=sum(each.size for each in self._objects),
        )

    # Examining

    def _examine(self, folder: Path) -> list[_Reading]:
        """How to read each object.

        Raises:
            RedshiftError: XX000 once there are too many bad records; they are recorded then.
        """
        with self._examining() as connection:
            if self._reads_typed() and _succeeds(lambda: self._run_typed(connection, _forced)):
                return [_Reading(each, typed=True) for each in self._objects]
            readings: list[_Reading] = []
            errors: list[LoadError] = []
            for number, each in enumerate(self._objects):
                reading = self._examine_one(connection, each, folder / f"{number}.csv")
                readings.append(reading)
                errors += reading.errors
                broken = reading.spool is not None and reading.spool.broken
                limit = self._options.max_errors
                if errors and (broken or (limit is not None and len(errors) >= limit)):
                    self._abort(connection, errors[:limit])
            return readings

    @contextmanager
    def _examining(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection on which statements may fail.

        Outside a transaction it is the session's own, so that the client can cancel.
        """
        if not self._session.in_transaction:
            yield self._connection
            return
        connection = self._session.engine.connect()
        try:
            yield connection
        finally:
            connection.close()

    def _examine_one(
        self, connection: duckdb.DuckDBPyConnection, each: S3Object, path: Path
    ) -> _Reading:
        columns, options = self._target.loaded, self._options
        if options.format.columnar:
            return self._examine_columnar(connection, each, path)
        if self._reads_as_is(each) and _succeeds(
            lambda: connection.execute(_forced(self._select_as_is(each)))
        ):
            return _Reading(each)
        spool = write_spool(path, each, columns, options)
        found = field_errors(connection, spool, each.url)
        errors = sorted([*spool.errors, *found], key=lambda error: error.line)
        return _Reading(each, spool=spool, errors=tuple(errors[: options.max_errors]))

    def _examine_columnar(
        self, connection: duckdb.DuckDBPyConnection, each: S3Object, path: Path
    ) -> _Reading:
        parquet = None
        try:
            if self._options.format is Format.ORC:
                from local_redshift.copy.orc import (  # noqa: PLC0415
                    orc_as_parquet,  # pyarrow takes time and memory that most loads never need
                )

                parquet = orc_as_parquet(each.path, path)
            connection.execute(_forced(self._select_as_is(each, parquet)))
        except _DATA_ERRORS as error:
            reason = error.message if isinstance(error, RedshiftError) else str(error)
            code = error.code if isinstance(error, UnfitFileError) else COLUMNAR_ERROR
            problem = Problem(code, reason.removeprefix("Spectrum Scan Error: "))
            self._abort(connection, [load_error(each.url, 0, "", problem, ())])
        return _Reading(each, parquet=parquet)

    def _abort(self, connection: duckdb.DuckDBPyConnection, errors: Sequence[LoadError]) -> None:
        record_aborted(connection, self.load(), errors)
        first = errors[0]
        place = f" line {first.line}" if first.line else ""
        column = f", column {first.column}" if first.column else ""
        raise RedshiftError(
            f"Load into table '{self._target.table}' failed.  "
            "Check 'stl_load_errors' system table for details.",
            detail=f"{first.url}{place}{column}: {first.reason}",
        )


def _succeeds(work: Callable[[], object]) -> bool:
    with suppress(*_DATA_ERRORS):
        work()
        return True
    return False


def _forced(select: str) -> str:
    """A query that evaluates every value of another and returns one row."""
    return f"SELECT count(COLUMNS(*)) FROM ({select})"


def _loaded_file(reading: _Reading, rows: int, started: datetime) -> LoadedFile:
    each = reading.object
    return LoadedFile(
        url=each.url,
        size=each.size,
        lines=rows + len(reading.errors),
        errors=len(reading.errors),
        started=started,
        ended=utc_now(),
        etag=each.etag(),
        modified=each.modified.astimezone(UTC).replace(tzinfo=None),
    )
