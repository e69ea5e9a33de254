"""kill -9, again and again: nothing is lost, doubled or half-committed.

Several clients load, build and send batches while the server is killed at random moments and
started again. Each remembers what it was told: what was acknowledged must be there, what failed
may be, and nothing may be there in part. LOCAL_REDSHIFT_TEST_SEED repeats a run.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import redshift_connector
from botocore.exceptions import BotoCoreError, ClientError
from conftest import LocalRedshift
from copy_helpers import Bucket

KILLS = 50
ROWS = 50  # of each file
DISTURBED = (
    redshift_connector.Error,
    BotoCoreError,
    ClientError,
    OSError,
    # The driver's parser meets a stream that ends in the middle of a message.
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
)
SETUP = (
    "create table copied (file int, line int)",
    "create table arrived (file int, line int)",
    "create table built (generation int, line int)",
    "create table batch_one (batch int)",
    "create table batch_two (batch int)",
    "insert into built values " + ", ".join(f"(0, {line})" for line in range(ROWS)),
)


class Work:
    """What the clients were told, and a server that comes and goes."""

    def __init__(self, server: LocalRedshift) -> None:
        self.server = server
        self.bucket = Bucket(server)
        self.bucket.integrate()
        for statement in SETUP:
            self.bucket.run(statement)
        self.bucket.copy("arrived", "arriving/", "DELIMITER ',' JOB CREATE arriving AUTO ON")
        self.up = threading.Event()
        self.up.set()
        self.over = threading.Event()
        self.tried = Counter[str]()
        self.acknowledged: dict[str, set[int]] = {"copied": set(), "batch": set(), "built": {0}}
        self.uploaded: set[int] = set()

    def repeat(self, work: Callable[[int], None]) -> Callable[[], None]:
        """Do something again and again with a number of its own, whatever becomes of the server."""

        def run() -> None:
            number = 0
            while not self.over.is_set():
                if not self.up.wait(0.1):
                    continue
                number += 1
                self.tried[work.__name__] += 1
                try:
                    work(number)
                except DISTURBED:
                    time.sleep(0.02)

        return run

    def put(self, key: str, file: int) -> None:
        body = "".join(f"{file},{line}\n" for line in range(ROWS))
        self.server.client("s3").put_object(Bucket=self.bucket.name, Key=key, Body=body.encode())

    def upload(self, number: int) -> None:
        """An object that a copy job loads."""
        self.put(f"arriving/{number}", number)
        self.uploaded.add(number)

    def copy(self, number: int) -> None:
        self.put(f"copied/{number}.csv", number)
        with connected(self.server) as cursor:
            cursor.execute(self.bucket.copy_text("copied", f"copied/{number}.csv", "CSV"))
        self.acknowledged["copied"].add(number)

    def build(self, number: int) -> None:
        """What dbt does for a table: make it beside the old one, swap their names, one commit."""
        with connected(self.server) as cursor:
            for statement in (
                "begin",
                f"create table built__new as select {number} as generation, line from built",
                "alter table built rename to built__old",
                "alter table built__new rename to built",
                "drop table built__old cascade",
                "commit",
            ):
                cursor.execute(statement)
        self.acknowledged["built"].add(number)

    def batch(self, number: int) -> None:
        api = self.server.client("redshift-data")
        sent = api.batch_execute_statement(
            Sqls=[f"insert into batch_{each} values ({number})" for each in ("one", "two")],
            WorkgroupName="local",
            Database="dev",
        )
        while True:
            status = api.describe_statement(Id=sent["Id"])["Status"]
            if status == "FINISHED":
                self.acknowledged["batch"].add(number)
            if status in ("FINISHED", "FAILED", "ABORTED"):
                return
            time.sleep(0.01)

    # What must hold after every start

    def rows(self, sql: str) -> list[tuple[int, ...]]:
        with connected(self.server) as cursor:
            cursor.execute(sql)
            return [tuple(map(int, row)) for row in cursor.fetchall()]

    def check(self) -> None:
        copied = dict(self.rows("select file, count(*) from copied group by file"))
        assert set(copied.values()) <= {ROWS}, "a COPY is there in part or twice"
        assert self.acknowledged["copied"] <= set(copied), "a COPY is lost"
        arrived = dict(self.rows("select file, count(*) from arrived group by file"))
        assert set(arrived.values()) <= {ROWS}, "a job's file is there in part or twice"
        ((present, loaded),) = self.rows(
            "select (select count(*) from copied) + (select count(*) from arrived), "
            "(select coalesce(sum(loaded_rows), 0) from sys_load_history "
            "where status = 'completed')"
        )
        assert present == loaded, "rows and load history differ"
        generations = self.rows("select generation, count(*) from built group by generation")
        assert [count for _, count in generations] == [ROWS], "a build is there in part"
        assert generations[0][0] >= max(self.acknowledged["built"]), "a build is lost"
        batches = self.rows(
            "select 1 as side, batch from batch_one union all select 2, batch from batch_two "
            "order by batch"
        )
        one, two = ([number for side, number in batches if side == each] for each in (1, 2))
        assert one == two, "a batch is there in part"
        assert len(one) == len(set(one)), "a batch is there twice"
        assert self.acknowledged["batch"] <= set(one), "a batch is lost"


@contextmanager
def connected(server: LocalRedshift) -> Iterator[redshift_connector.Cursor]:
    connection = server.connect()
    try:
        yield connection.cursor()
    finally:
        with suppress(*DISTURBED):  # the server may have gone first
            connection.close()


@pytest.mark.timeout(600)
@pytest.mark.feature("Durability", "kill -9 at random moments of loads, builds and batches")
def test_nothing_is_lost_doubled_or_halved(
    new_local_redshift: Callable[[], LocalRedshift],
    wait_until: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = int(os.environ.get("LOCAL_REDSHIFT_TEST_SEED", "20001026"))
    moments = random.Random(seed)
    server = new_local_redshift()
    work = Work(server)
    clients = [
        threading.Thread(target=work.repeat(each), daemon=True)
        for each in (work.upload, work.copy, work.build, work.batch)
    ]
    for client in clients:
        client.start()
    try:
        for _ in range(KILLS):
            time.sleep(moments.uniform(0, 0.5))
            work.up.clear()
            server.kill()
            server.start()
            work.check()
            work.up.set()
    finally:
        work.over.set()
        work.up.set()
    for client in clients:
        client.join(30)
        assert not client.is_alive()
    arrived = "select count(distinct file) from arrived"
    wait_until(lambda: work.rows(arrived) >= [(len(work.uploaded),)], 30)
    work.check()
    assert all(work.acknowledged.values())
    acknowledged = {name: len(numbers) for name, numbers in work.acknowledged.items()}
    with capsys.disabled():
        print(
            f"\n{KILLS} kills (seed {seed}): tried {dict(work.tried)}, acknowledged "
            f"{acknowledged}, uploaded {len(work.uploaded)}"
        )
