"""How a copy job loads files: many in one COPY, and one by one when any of them is bad."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import duckdb
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_when_event_set,
    wait_random_exponential,
)

from local_redshift import engine_errors
from local_redshift.access.rules import needs_of_load
from local_redshift.copy.load import Also, Outcome, load_at_once, load_objects
from local_redshift.copy_jobs.registry import INGESTED, CopyJob, JobRegistry, mark
from local_redshift.errors import RedshiftError
from local_redshift.objects import S3Object
from local_redshift.query_log import utc_now

if TYPE_CHECKING:
    from local_redshift.engine import Engine
    from local_redshift.session import Session

# A batch is short enough for a change of the job not to wait long for it.
_BATCH_FILES = 100
_BATCH_BYTES = 16 * 1024**2
_LONGEST_WAIT = 2  # seconds between attempts at a load that meets a conflict
_POLL = 0.05  # seconds between questions whether a wait is still wanted
_UNWANTED = frozenset({"57014", "57P01"})  # cancelled, or ended by an administrator


def batches(objects: Iterable[S3Object]) -> Iterator[list[S3Object]]:
    """Objects in the order given, as many together as one COPY of a job loads."""
    batch: list[S3Object] = []
    size = 0
    for each in objects:
        if batch and (len(batch) == _BATCH_FILES or size + each.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each.size
    if batch:
        yield batch


def failure(job: CopyJob, files: int) -> str:
    """What SYS_COPY_JOB_INFO and RUN say of bad files."""
    return f"Job {job.id} failed to ingest {files} files from S3"


class JobLoader:
    """Loads files for copy jobs, and records in the same transaction that it did.

    Args:
        stopping: Once set, what could not be loaded yet stays pending.
    """

    def __init__(self, engine: "Engine", registry: JobRegistry, stopping: threading.Event) -> None:
        self._engine = engine
        self._registry = registry
        self._stopping = stopping

    def load(self, session: "Session", job: CopyJob, batch: Sequence[S3Object]) -> int:
        """Load those files of a batch that are still pending; returns how many are bad.

        The caller holds the job's lock.
        """
        present = self._present(job, self._registry.pending(job, batch))
        if len(present) > 1 and self._loads_at_once(session, job, present):
            return 0
        failed = 0
        for each in present:
            if self._stopping.is_set():
                break
            failed += not self._load_one(session, job, each)
        return failed

    def _present(self, job: CopyJob, pending: Iterable[S3Object]) -> list[S3Object]:
        """Files as they are now, without those that have been deleted from their bucket."""
        present = []
        for each in pending:
            current = self._engine.objects.get(each.bucket, each.key)
            if current is None:
                self._registry.forget(job, each)
            else:
                present.append(current)
        return present

    def _loads_at_once(self, session: "Session", job: CopyJob, files: Sequence[S3Object]) -> bool:
        """Load all files, or none: which of them is bad is found out by loading each alone."""
        try:
            outcome = self._patiently(
                session,
                job,
                files,
                lambda also: load_at_once(session, job.statement, files, job.id, also),
            )
        except RedshiftError as error:
            if error.sqlstate in _UNWANTED:
                raise
            return False
        return outcome is not None

    def _load_one(self, session: "Session", job: CopyJob, file: S3Object) -> bool:
        """Load one file and record how that went; False when it is bad."""
        try:
            self._patiently(
                session,
                job,
                [file],
                lambda also: load_objects(session, job.statement, [file], job.id, also),
            )
        except RedshiftError as error:
            if self._stopping.is_set():
                return True  # still pending, for the next start
            if error.sqlstate in _UNWANTED:
                raise  # still pending, for the next RUN
            message = f"{failure(job, 1)}. {file.url}: {error.message}"
            if error.detail:
                message += f" {error.detail}"
            self._registry.fail(job, file, message)
            return False
        return True

    def _patiently(
        self,
        session: "Session",
        job: CopyJob,
        files: Sequence[S3Object],
        load: Callable[[Also], Outcome | None],
    ) -> Outcome | None:
        """Load files, again and again while other transactions are in the way."""

        def mention(state: RetryCallState) -> None:
            if state.attempt_number == 1:
                waits = f"Job {job.id} waits for another transaction to load {files[0].url}"
                self._registry.say(job, waits)

        def attempt() -> Outcome | None:
            session.last_query_id = session.transaction.id = self._engine.next_query_id()
            started, outcome = utc_now(), None
            session.lock(needs_of_load(job.statement))
            try:
                outcome = load(lambda connection: mark(connection, job, files, INGESTED))
            except duckdb.Error as error:
                raise engine_errors.from_duckdb(error) from error
            finally:
                session.transaction_ended(outcome is not None, started, utc_now())
            return outcome

        retrying = Retrying(
            retry=retry_if_exception(_is_conflict),
            wait=wait_random_exponential(multiplier=0.05, max=_LONGEST_WAIT),
            stop=stop_when_event_set(self._stopping),
            sleep=lambda seconds: self._pause(session, seconds),
            before_sleep=mention,
            reraise=True,
        )
        return retrying(attempt)

    def _pause(self, session: "Session", seconds: float) -> None:
        """Wait between two attempts, as long as somebody wants the next one."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._stopping.is_set():
            self._stopping.wait(min(left, _POLL))
            session.still_wanted()


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, RedshiftError) and error.sqlstate == engine_errors.SERIALIZABLE
