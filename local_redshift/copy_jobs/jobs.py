"""COPY JOB commands, and who looks at what arrives."""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from local_redshift.copy.columns import find_table
from local_redshift.copy.statements import CopyJobCommand, CopyStatement, JobVerb
from local_redshift.copy_jobs.loading import JobLoader, batches, failure
from local_redshift.copy_jobs.registry import CopyJob, JobRegistry
from local_redshift.errors import RedshiftError
from local_redshift.integrations import active_bucket
from local_redshift.objects import S3Object
from local_redshift.results import Column, Result
from local_redshift.settings import USER
from local_redshift.sql import types

if TYPE_CHECKING:
    from local_redshift.engine import Engine
    from local_redshift.session import Session

logger = logging.getLogger(__name__)

MAX_JOBS = 200
_WORKERS = 4  # jobs that load at the same time
_POLL = 0.05  # seconds between questions whether a wait is still wanted
LIST_COLUMNS = (
    Column("job_id", types.INT8),
    Column("job_name", types.VARCHAR),
    Column("is_auto", types.INT4),
    Column("job_text", types.VARCHAR),
)


@dataclass
class _Running:
    """A job at work.

    Attributes:
        lock: Held while one batch of files is loaded, and while the job changes.
        keys: Objects that have been announced and not looked at.
        reconcile: Whether the bucket is to be listed.
        scheduled: Whether a worker is at it or will be.
    """

    job: CopyJob
    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: dict[str, None] = field(default_factory=dict)
    reconcile: bool = False
    scheduled: bool = False
    dropped: bool = False


class CopyJobs:
    """All copy jobs of the warehouse. Nothing is loaded before ``start``."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._registry = JobRegistry(engine.connect)
        self._lock = threading.Lock()
        self._running = {job.name: _Running(job) for job in self._registry.all()}
        self._stopping = threading.Event()
        self._loader = JobLoader(engine, self._registry, self._stopping)
        self._loading: set[Session] = set()
        self._workers: ThreadPoolExecutor | None = None

    # Life cycle and events

    def start(self) -> None:
        """Look for what arrived while nothing ran, and load from now on."""
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="copy-job")
        self.integrations_changed()

    def stop(self) -> None:
        """Stop loading. A load under way is rolled back and done again at the next start."""
        self._stopping.set()
        with self._lock:
            for session in self._loading:
                session.cancel()
        if self._workers:
            self._workers.shutdown()

    def object_created(self, bucket: str, key: str) -> None:
        """An object has been written. Returns at once."""
        for running in list(self._running.values()):
            if running.job.auto and running.job.covers(bucket, key):
                self._schedule(running, key)

    def integrations_changed(self) -> None:
        """An event integration has come or gone: look for objects that no event told of."""
        for running in list(self._running.values()):
            self._schedule(running)

    # Commands

    def create(self, session: "Session", statement: CopyStatement) -> Result:
        """COPY ... JOB CREATE.

        Raises:
            RedshiftError: 25001 inside a transaction block, 42710 for a name in use, 42P01 for a
                table that does not exist, 54000 when there are too many jobs.
        """
        if statement.job is None:
            raise ValueError("the statement creates no job")
        _refuse_in_transaction(session, "COPY JOB CREATE")
        name = statement.job.name
        relation = find_table(session.connection, statement.table)
        if not relation.schema:
            raise RedshiftError("a COPY JOB cannot load a temporary table", "0A000")
        with self._lock:
            if name in self._running:
                raise RedshiftError(f'COPY JOB "{name}" already exists', "42710")
            if len(self._running) >= MAX_JOBS:
                raise RedshiftError(f"there are {MAX_JOBS} COPY JOBs already", "54000")
            created_ns = _now_for_files(self._engine.spool)
            owner_id = session.guard.user_id
            job = self._registry.add(statement, relation.schema, created_ns, owner_id)
            running = self._running[name] = _Running(job)
        # An object may have been put since the job's creation time and before it was listed here.
        self._schedule(running)
        return Result("COPY JOB CREATE")

    def execute(self, session: "Session", command: CopyJobCommand) -> Result:
        """COPY JOB ALTER, RUN, DROP, LIST and SHOW.

        Raises:
            RedshiftError: 25001 inside a transaction block, 42704 for an unknown job, 55000 for
                RUN of an automatic job.
        """
        if command.verb is JobVerb.LIST:
            return _listed([running.job for running in self._running.values()])
        if command.verb is JobVerb.SHOW:
            return _listed([self._find(command.name).job])
        _refuse_in_transaction(session, f"COPY JOB {command.verb.value}")
        running = self._find(command.name)
        match command.verb:
            case JobVerb.ALTER:
                self._alter(session, running, command.auto)
            case JobVerb.DROP:
                self._drop(session, running)
            case JobVerb.RUN:
                return self._run(session, running)
        return Result(f"COPY JOB {command.verb.value}")

    def _find(self, name: str) -> _Running:
        running = self._running.get(name)
        if running is None:
            raise RedshiftError(f'COPY JOB "{name}" does not exist', "42704")
        return running

    def _alter(self, session: "Session", running: _Running, auto: bool) -> None:
        with _held(running, session):
            running.job = self._registry.set_auto(running.job, auto)
        self._schedule(running)

    def _drop(self, session: "Session", running: _Running) -> None:
        running.dropped = True  # so that no further batch is begun
        try:
            with _held(running, session), self._lock:
                self._registry.remove(running.job)
                self._running.pop(running.job.name, None)
        except RedshiftError:  # cancelled
            running.dropped = False
            self._schedule(running)
            raise

    def _run(self, session: "Session", running: _Running) -> Result:
        """Load what is not loaded yet, and wait for it."""
        job = running.job
        if job.auto:
            raise RedshiftError(
                f"Cannot run COPY job {job.id} manually while auto copy is enabled. "
                "Disable auto copy if you need to run this job manually.",
                "55000",
            )
        failed = self._ingest(session, running, self._listed_objects(job))
        notices = (failure(job, failed),) if failed else ()
        return Result("COPY JOB RUN", notices=notices)

    # Loading

    def _schedule(self, running: _Running, key: str | None = None) -> None:
        """Have a worker look at one object, or at the whole prefix."""
        with self._lock:
            if key is None:
                running.reconcile = True
            else:
                running.keys[key] = None
            if running.scheduled or self._workers is None or self._stopping.is_set():
                return
            running.scheduled = True
            self._workers.submit(self._work, running)

    def _work(self, running: _Running) -> None:
        """Load what a job has been told of, until there is nothing left."""
        session = self._engine.session(USER)
        session.guard.become(running.job.owner_id)
        try:
            while True:
                with self._lock:
                    keys, running.keys = list(running.keys), {}
                    listed, running.reconcile = running.reconcile, False
                    if self._stopping.is_set() or not (keys or listed):
                        running.scheduled = False
                        return
                    self._loading.add(session)
                self._look(session, running, keys, listed)
        except Exception:  # a worker's last resort: the next event has the job look again
            running.scheduled, running.reconcile = False, True
            logger.exception("Copy job %s stopped", running.job.name)
        finally:
            with self._lock:
                self._loading.discard(session)
            session.close()

    def _look(self, session: "Session", running: _Running, keys: list[str], listed: bool) -> None:
        job = running.job
        if not job.auto or not active_bucket(session.connection.duckdb, job.statement.bucket):
            return
        objects: Iterable[S3Object | None] = (
            self._listed_objects(job)
            if listed
            else (self._engine.objects.get(job.statement.bucket, key) for key in keys)
        )
        self._ingest(session, running, [each for each in objects if each is not None])

    def _listed_objects(self, job: CopyJob) -> list[S3Object]:
        return list(self._engine.objects.list(job.statement.bucket, job.statement.key))

    def _ingest(self, session: "Session", running: _Running, objects: Iterable[S3Object]) -> int:
        """Load what the job has not loaded yet; returns how many files are bad."""
        auto = running.job.auto
        failed = 0
        with _held(running, session):
            waiting = [] if running.dropped else self._registry.enqueue(running.job, objects)
        for batch in batches(waiting):
            with _held(running, session):
                if running.dropped or running.job.auto is not auto or self._stopping.is_set():
                    break
                failed += self._loader.load(session, running.job, batch)
        return failed


@contextmanager
def _held(running: _Running, session: "Session") -> Iterator[None]:
    """Hold a job's lock; the wait for a batch that is being loaded can be cancelled."""
    while not running.lock.acquire(timeout=_POLL):
        session.still_wanted()
    try:
        yield
    finally:
        running.lock.release()


def _refuse_in_transaction(session: "Session", command: str) -> None:
    if session.in_transaction:
        raise RedshiftError(f"{command} cannot run inside a transaction block", "25001")


def _listed(jobs: Iterable[CopyJob]) -> Result:
    rows = [(job.id, job.name, int(job.auto), job.statement.text) for job in jobs]
    return Result("SELECT", LIST_COLUMNS, iter(sorted(rows)))


def _now_for_files(folder: Path) -> int:
    """A moment (ns) that parts files written before this call from those written after it.

    File systems take their time from a clock that stands still between ticks (up to 4 ms on
    Linux). Every file written so far bears the current tick or an earlier one, so the next tick is
    later than all of them, and no later than any file to come.

    Args:
        folder: On the file system of the objects, whose clock is read by touching a file there.
    """
    with tempfile.NamedTemporaryFile(dir=folder) as probe:
        tick = os.fstat(probe.fileno()).st_mtime_ns
        while True:
            os.utime(probe.fileno())
            now = os.fstat(probe.fileno()).st_mtime_ns
            if now > tick:
                return now
            time.sleep(0.0005)
