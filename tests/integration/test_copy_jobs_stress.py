"""Copy jobs under stress: whatever is done to them, each loads each of its files once."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle

import pytest
import redshift_connector
from conftest import LocalRedshift
from copy_helpers import Bucket

WaitUntil = Callable[..., None]
SEED = 20001027
FILES = 2000
UPLOADERS = 4

pytestmark = pytest.mark.feature("Copy jobs", "thousands of files, many jobs on one table")


def put_all(bucket: Bucket, keys: dict[str, int]) -> None:
    """Put one file of one row per key, in random order, from several clients at once."""
    order = list(keys.items())
    random.Random(SEED).shuffle(order)

    def put(share: list[tuple[str, int]]) -> None:
        s3 = bucket.server.client("s3")
        for key, row in share:
            s3.put_object(Bucket=bucket.name, Key=key, Body=f"{row},x\n".encode())

    with ThreadPoolExecutor(UPLOADERS) as pool:
        list(pool.map(put, [order[start::UPLOADERS] for start in range(UPLOADERS)]))


def make_table(bucket: Bucket, name: str) -> None:
    bucket.run(f"create table {name} (id int, name varchar(10), at timestamp default sysdate)")


def make_job(bucket: Bucket, job: str, table: str, prefix: str, auto: str = "AUTO ON") -> None:
    bucket.copy(f"{table} (id, name)", prefix, f"DELIMITER ',' JOB CREATE {job} {auto}")


def loaded(bucket: Bucket, table: str) -> Counter[int]:
    return Counter(int(row[0]) for row in bucket.run(f"select id from {table}"))


def ingested(bucket: Bucket, job: str) -> int:
    ((count,),) = bucket.run(
        f"select count(*) from sys_copy_job_detail where job_name = '{job}' and status = 'I'"
    )
    return int(count)


@pytest.fixture
def bucket(local_redshift: LocalRedshift) -> Bucket:
    bucket = Bucket(local_redshift)
    bucket.integrate()
    return bucket


def test_thousands_of_files_while_jobs_are_paused_run_and_resumed(
    bucket: Bucket, wait_until: WaitUntil
) -> None:
    """Three jobs fill one table; the prefix of `whole` holds that of `half`."""
    make_table(bucket, "busy")
    keys = {f"busy/{'half' if row % 2 else 'rest'}/{row}": row for row in range(FILES)}
    jobs = {"busy_whole": "busy/", "busy_half": "busy/half", "busy_rest": "busy/rest/"}
    for job, prefix in jobs.items():
        make_job(bucket, job, "busy", prefix)
    done = threading.Event()
    runs = Counter[str]()

    def disturb() -> None:
        """Pause, run and resume jobs for as long as files arrive."""
        other = bucket.server.connect()
        for job in cycle(jobs):
            if done.wait(0.02):
                break
            for command in (f"ALTER {job} AUTO OFF", f"RUN {job}", f"ALTER {job} AUTO ON"):
                other.cursor().execute(f"COPY JOB {command}")
            runs[job] += 1
        other.close()

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        put_all(bucket, keys)
    finally:
        done.set()
        disturber.join()
    wait_until(lambda: [ingested(bucket, job) for job in jobs] == [FILES, FILES // 2, FILES // 2])
    assert loaded(bucket, "busy") == dict.fromkeys(range(FILES), 2)
    assert set(runs) == set(jobs)


def test_a_job_dropped_and_made_again_while_files_arrive(
    bucket: Bucket, wait_until: WaitUntil
) -> None:
    """A job loads nothing older than itself and nothing twice; a lasting one misses nothing."""
    make_table(bucket, "lasting")
    make_table(bucket, "fickle")
    make_job(bucket, "lasting", "lasting", "dropped/")
    done = threading.Event()
    lives = 0

    def recreate() -> None:
        nonlocal lives
        other = Bucket(bucket.server)
        other.name = bucket.name
        while not done.wait(0.02):
            make_job(other, "fickle", "fickle", "dropped/")
            done.wait(0.05)
            other.run("COPY JOB DROP fickle")
            lives += 1

    creator = threading.Thread(target=recreate)
    creator.start()
    try:
        put_all(bucket, {f"dropped/{row}": row for row in range(FILES // 4)})
    finally:
        done.set()
        creator.join()
    wait_until(lambda: ingested(bucket, "lasting") == FILES // 4)
    assert loaded(bucket, "lasting") == dict.fromkeys(range(FILES // 4), 1)
    assert lives > 1
    assert set(loaded(bucket, "fickle").values()) == {1}


def test_the_target_is_altered_dropped_and_made_again(
    bucket: Bucket, wait_until: WaitUntil
) -> None:
    """Every file is in a table or an error, whatever becomes of the table meanwhile."""
    make_table(bucket, "moving")
    make_job(bucket, "moving", "moving", "moving/")
    keys = {f"moving/{row}": row for row in range(FILES // 4)}
    done = threading.Event()

    def alter() -> None:
        other = bucket.server.connect()
        number = 0
        while not done.wait(0.02):
            number += 1
            for sql in (
                f"alter table moving add column more_{number} int",
                f"alter table moving rename to moved_{number}",
                "create table moving (id int, name varchar(10))",
            ):
                with suppress(redshift_connector.ProgrammingError):  # a load is in the way
                    other.cursor().execute(sql)
        other.close()

    alterer = threading.Thread(target=alter)
    alterer.start()
    try:
        put_all(bucket, keys)
    finally:
        done.set()
        alterer.join()

    def settled() -> dict[str, int]:
        return {
            str(status).strip(): int(count)
            for status, count in bucket.run(
                "select status, count(*) from sys_copy_job_detail where job_name = 'moving' "
                "group by status"
            )
        }

    wait_until(lambda: sum(settled().values()) == len(keys) and "P" not in settled(), 60)
    tables = bucket.run(
        "select table_name from svv_tables where table_schema = 'public' "
        "and (table_name = 'moving' or table_name like 'moved\\\\_%')"
    )
    assert len(tables) > 1
    rows = sum((loaded(bucket, str(name)) for (name,) in tables), Counter[int]())
    assert set(rows.values()) == {1}
    assert len(rows) == settled()["I"]
    failed = bucket.run(
        "select file_name from sys_copy_job_detail where job_name = 'moving' and status = 'E'"
    )
    assert {keys[str(key).strip()] for (key,) in failed} == set(keys.values()) - set(rows)


def test_an_integration_that_comes_and_goes(bucket: Bucket, wait_until: WaitUntil) -> None:
    make_table(bucket, "patchy")
    make_job(bucket, "patchy", "patchy", "patchy/")
    redshift = bucket.server.client("redshift")
    done = threading.Event()

    def toggle() -> None:
        while not done.wait(0.05):
            (integration,) = (
                each
                for each in redshift.describe_integrations()["Integrations"]
                if each["IntegrationName"] == bucket.name
            )
            redshift.delete_integration(IntegrationArn=integration["IntegrationArn"])
            done.wait(0.05)
            bucket.integrate()

    toggler = threading.Thread(target=toggle)
    toggler.start()
    try:
        put_all(bucket, {f"patchy/{row}": row for row in range(FILES // 4)})
    finally:
        done.set()
        toggler.join()
    wait_until(lambda: ingested(bucket, "patchy") == FILES // 4)
    assert loaded(bucket, "patchy") == dict.fromkeys(range(FILES // 4), 1)


def test_objects_that_came_while_the_server_was_down(
    new_local_redshift: Callable[[], LocalRedshift], wait_until: WaitUntil
) -> None:
    """S3 does not stop when a warehouse does: its files are written straight into the folder."""
    server = new_local_redshift()
    bucket = Bucket(server)
    bucket.integrate()
    make_table(bucket, "away")
    make_job(bucket, "away", "away", "away/")
    make_job(bucket, "paused", "away", "paused/", "AUTO OFF")
    put_all(bucket, {f"away/{row}": row for row in range(200)})
    server.kill()
    folder = server.data_dir / "s3" / bucket.name
    for prefix, first in (("away", 200), ("paused", 400)):
        (folder / prefix).mkdir(exist_ok=True)
        for row in range(first, first + 200):
            (folder / prefix / str(row)).write_text(f"{row},x\n")
    server.start()
    bucket.connection = server.connect()
    wait_until(lambda: ingested(bucket, "away") == 400)
    assert loaded(bucket, "away") == dict.fromkeys(range(400), 1)
    bucket.run("COPY JOB RUN paused")
    assert loaded(bucket, "away") == dict.fromkeys(range(600), 1)
