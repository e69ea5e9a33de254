"""Auto-copy jobs: what they load, when, and what they say about it."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redshift_connector
from conftest import LocalRedshift
from copy_helpers import Bucket, table_name

WaitUntil = Callable[..., None]
VISIBLE_SECONDS = 2.0


class Jobs(Bucket):
    """A bucket whose events reach the warehouse, with tables and jobs of its own."""

    def table(self) -> str:
        name = table_name()
        self.run(
            f"create table {name} (id int, name varchar(10), loaded_at timestamp default sysdate)"
        )
        return name

    def create(self, table: str, name: str = "", prefix: str = "", auto: str = "") -> str:
        """Create a job, named like its table, on a prefix named like its table."""
        name = name or table
        clause = f"JOB CREATE {name} {auto}"
        self.copy(f"{table} (id, name)", prefix or f"{table}/", f"DELIMITER ',' {clause}")
        return name

    def ids(self, table: str) -> list[int]:
        return [int(row[0]) for row in self.run(f"select id from {table} order by id")]

    def states(self, job: str) -> dict[str, str]:
        """Status of each file of a job, by the last part of its key."""
        rows = self.run(
            f"select file_name, trim(status) from sys_copy_job_detail where job_name = '{job}'"
        )
        return {str(key).rpartition("/")[2]: str(status) for key, status in rows}

    def messages(self, job: str) -> list[str]:
        rows = self.run(f"select trim(message) from sys_copy_job_info where job_name = '{job}'")
        return [str(row[0]) for row in rows]


@pytest.fixture(scope="module")
def jobs(local_redshift: LocalRedshift) -> Iterator[Jobs]:
    jobs = Jobs(local_redshift)
    jobs.integrate()
    yield jobs
    jobs.connection.close()


@pytest.fixture
def table(jobs: Jobs) -> str:
    return jobs.table()


def refused(jobs: Jobs, sql: str) -> dict[str, str]:
    with pytest.raises(redshift_connector.ProgrammingError) as caught:
        jobs.run(sql)
    fields: dict[str, str] = caught.value.args[0]
    return fields


def test_a_new_object_is_loaded_within_two_seconds(
    jobs: Jobs, table: str, wait_until: WaitUntil
) -> None:
    job = jobs.create(table)
    jobs.put(f"{table}/a", "1,x\n2,y\n")
    wait_until(lambda: jobs.ids(table) == [1, 2], VISIBLE_SECONDS)
    assert jobs.states(job) == {"a": "I"}
    ((job_id, *described),) = jobs.run(
        "select job_id, user_id, database_name, file_location, file_size, file_etag, "
        "trim(job_text), modification_time <= enqueue_time from sys_copy_job_detail "
        f"where job_name = '{job}'"
    )
    etag = jobs.s3.head_object(Bucket=jobs.name, Key=f"{table}/a")["ETag"].strip('"')
    text = jobs.copy_text(f"{table} (id, name)", f"{table}/", "DELIMITER ','")
    assert described == [100, "dev", jobs.name, 8, etag, text[:256], True]
    assert jobs.run(
        "select status, loaded_rows, source_file_count, data_source, transaction_id > 0 "
        f"from sys_load_history where copy_job_id = {job_id}"
    ) == [("completed", 2, 1, f"s3://{jobs.name}/{table}/", True)]
    assert jobs.run(
        f"select trim(filename), lines_scanned from stl_load_commits where copy_job_id = {job_id}"
    ) == [(f"s3://{jobs.name}/{table}/a", 2)]


def test_copied_and_multipart_objects_are_seen(
    jobs: Jobs, table: str, wait_until: WaitUntil
) -> None:
    jobs.put(f"elsewhere/{table}", "1,x\n")
    jobs.create(table)
    source = {"Bucket": jobs.name, "Key": f"elsewhere/{table}"}
    jobs.s3.copy_object(Bucket=jobs.name, Key=f"{table}/copied", CopySource=source)
    upload = {"Bucket": jobs.name, "Key": f"{table}/parts"}
    upload["UploadId"] = jobs.s3.create_multipart_upload(**upload)["UploadId"]
    part = jobs.s3.upload_part(**upload, PartNumber=1, Body=b"2,y\n")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    jobs.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    wait_until(lambda: jobs.ids(table) == [1, 2], VISIBLE_SECONDS)


def test_objects_older_than_the_job_are_never_seen(
    jobs: Jobs, table: str, wait_until: WaitUntil
) -> None:
    """Without a pause: file times are coarse, and yet every object falls on its own side."""
    expected = []
    for number in range(20):
        prefix = f"{table}/{number}/"
        jobs.put(f"{prefix}old", f"{number},old\n")
        jobs.create(table, f"{table}_{number}", prefix)
        jobs.put(f"{prefix}new", f"{100 + number},new\n")
        expected.append(100 + number)
    wait_until(lambda: jobs.ids(table) == expected, 10)
    jobs.run(f"COPY JOB ALTER {table}_0 AUTO OFF")
    jobs.run(f"COPY JOB RUN {table}_0")
    assert jobs.ids(table) == expected


def test_each_key_is_loaded_once(jobs: Jobs, table: str, wait_until: WaitUntil) -> None:
    job = jobs.create(table)
    jobs.put(f"{table}/a", "1,x\n")
    wait_until(lambda: jobs.ids(table) == [1])
    jobs.put(f"{table}/a", "2,x\n")
    jobs.put(f"{table}/b", "3,x\n")
    wait_until(lambda: 3 in jobs.ids(table))
    jobs.run(f"COPY JOB ALTER {job} AUTO OFF")
    jobs.run(f"COPY JOB RUN {job}")
    assert jobs.ids(table) == [1, 3]


def test_a_bad_file_is_recorded_and_skipped(jobs: Jobs, table: str, wait_until: WaitUntil) -> None:
    job = jobs.create(table)
    jobs.put(f"{table}/1", "1,x\n")
    jobs.put(f"{table}/2", "2,x\noops,x\n")
    jobs.put(f"{table}/3", "3,x\n")
    wait_until(lambda: jobs.states(job) == {"1": "I", "2": "E", "3": "I"})
    assert jobs.ids(table) == [1, 3]
    assert jobs.run(
        "select e.line_number, trim(e.colname), e.err_code, trim(e.err_reason), trim(e.raw_line) "
        "from stl_load_errors e join sys_copy_job j on j.job_id = e.copy_job_id "
        f"where trim(j.job_name) = '{job}'"
    ) == [(2, "id", 1207, "Invalid digit, Value 'o', Pos 0, Type: Integer", "oops,x")]
    (message,) = jobs.messages(job)
    assert "failed to ingest 1 files from S3" in message
    assert f"s3://{jobs.name}/{table}/2 line 2, column id" in message
    jobs.put(f"{table}/4", "4,x\n")
    wait_until(lambda: jobs.ids(table) == [1, 3, 4])
    assert jobs.states(job)["2"] == "E"
    # The way back in: a plain COPY, which asks no job.
    jobs.put(f"{table}/2", "2,x\n")
    jobs.copy(f"{table} (id, name)", f"{table}/2", "DELIMITER ','")
    assert jobs.ids(table) == [1, 2, 3, 4]


def test_two_jobs_fill_one_table(jobs: Jobs, table: str, wait_until: WaitUntil) -> None:
    jobs.create(table, f"{table}_green", f"{table}/green")
    jobs.create(table, f"{table}_red", f"{table}/red")
    for number in range(10):
        jobs.put(f"{table}/{'green' if number % 2 else 'red'}/{number}", f"{number},x\n")
    wait_until(lambda: jobs.ids(table) == list(range(10)))
    assert len(jobs.states(f"{table}_green")) == len(jobs.states(f"{table}_red")) == 5


def test_overlapping_prefixes_load_a_file_once_per_job(
    jobs: Jobs, table: str, wait_until: WaitUntil
) -> None:
    jobs.create(table, f"{table}_all", f"{table}/")
    jobs.create(table, f"{table}_some", f"{table}/so")
    jobs.put(f"{table}/some", "1,x\n")
    wait_until(lambda: jobs.ids(table) == [1, 1])


def test_off_run_and_on(jobs: Jobs, table: str, wait_until: WaitUntil) -> None:
    job = jobs.create(table, auto="AUTO OFF")
    jobs.put(f"{table}/1", "1,x\n")
    jobs.put(f"{table}/2", "oops,x\n")
    assert jobs.run(f"select is_auto from sys_copy_job where job_name = '{job}'") == [(0,)]
    jobs.run(f"COPY JOB RUN {job}")
    assert jobs.ids(table) == [1]
    assert jobs.states(job) == {"1": "I", "2": "E"}
    jobs.run(f"COPY JOB RUN {job}")
    assert jobs.ids(table) == [1]
    jobs.put(f"{table}/3", "3,x\n")
    jobs.run(f"COPY JOB ALTER {job} AUTO ON")
    wait_until(lambda: jobs.ids(table) == [1, 3], VISIBLE_SECONDS)
    ((job_id, auto),) = jobs.run(
        f"select job_id, is_auto from sys_copy_job where job_name = '{job}'"
    )
    assert auto == 1
    assert refused(jobs, f"COPY JOB RUN {job}")["M"] == (
        f"Cannot run COPY job {job_id} manually while auto copy is enabled. "
        "Disable auto copy if you need to run this job manually."
    )


def test_drop_forgets_and_a_new_job_starts_anew(
    jobs: Jobs, table: str, wait_until: WaitUntil
) -> None:
    job = jobs.create(table)
    jobs.put(f"{table}/1", "1,x\n")
    wait_until(lambda: jobs.ids(table) == [1])
    jobs.run(f"COPY JOB DROP {job}")
    assert jobs.run(f"select 1 from sys_copy_job where job_name = '{job}'") == []
    assert jobs.states(job) == {}
    assert refused(jobs, f"COPY JOB DROP {job}")["C"] == "42704"
    jobs.create(table)
    jobs.put(f"{table}/2", "2,x\n")
    wait_until(lambda: jobs.ids(table) == [1, 2])
    assert jobs.states(job) == {"2": "I"}
    jobs.put(f"{table}/1", "3,x\n")
    wait_until(lambda: jobs.ids(table) == [1, 2, 3])


def test_list_and_show(jobs: Jobs, table: str) -> None:
    job = jobs.create(table, auto="AUTO OFF")
    ((job_id,),) = jobs.run(f"select job_id from sys_copy_job where job_name = '{job}'")
    (shown,) = jobs.run(f"COPY JOB SHOW {job}")
    assert shown[:3] == (job_id, job, 0)
    assert shown in jobs.run("COPY JOB LIST")
    assert refused(jobs, "COPY JOB SHOW no_such_job")["C"] == "42704"


def test_job_text_is_cut_in_the_views_only(jobs: Jobs, wait_until: WaitUntil) -> None:
    table = jobs.table()
    prefix = f"{table}/{'x' * 150}/{'y' * 150}/"
    job = jobs.create(table, prefix=prefix)
    ((text, role),) = jobs.run(
        f"select job_text, trim(iam_role) from sys_copy_job where job_name = '{job}'"
    )
    assert len(text) == 256
    assert role.startswith("arn:aws:iam::")
    jobs.put(f"{prefix}1", "1,x\n")
    wait_until(lambda: jobs.ids(table) == [1])


def test_refusals(jobs: Jobs, table: str) -> None:
    job = jobs.create(table, auto="AUTO OFF")
    create = jobs.copy_text(table, f"{table}/", f"JOB CREATE {job.upper()}")
    error = refused(jobs, create)
    assert error["C"] == "42710"
    assert error["M"] == f'COPY JOB "{job}" already exists'
    missing = refused(jobs, jobs.copy_text("no_such_table", "x", "JOB CREATE j"))
    assert missing["C"] == "42P01"
    jobs.run(f"create temp table {table}_temp (id int, name varchar(10))")
    assert refused(jobs, jobs.copy_text(f"{table}_temp", "x", "JOB CREATE j"))["C"] == "0A000"
    for sql in (
        create,
        f"COPY JOB ALTER {job} AUTO ON",
        f"COPY JOB RUN {job}",
        f"COPY JOB DROP {job}",
    ):
        jobs.run("begin")
        error = refused(jobs, sql)
        jobs.run("rollback")
        assert error["C"] == "25001"
        assert "cannot run inside a transaction block" in error["M"]


def test_target_dropped_and_made_again(jobs: Jobs, table: str, wait_until: WaitUntil) -> None:
    job = jobs.create(table)
    jobs.run(f"drop table {table}")
    jobs.put(f"{table}/1", "1,x\n")
    wait_until(lambda: jobs.states(job) == {"1": "E"})
    (message,) = jobs.messages(job)
    assert f"Cannot COPY into nonexistent table {table}" in message
    jobs.run(f"create table {table} (id int, name varchar(10))")
    jobs.put(f"{table}/2", "2,x\n")
    wait_until(lambda: jobs.ids(table) == [2])


def test_a_job_waits_for_a_transaction_in_its_way(
    jobs: Jobs, table: str, wait_until: WaitUntil
) -> None:
    job = jobs.create(table)
    other = jobs.server.connect()
    other.autocommit = False
    cursor = other.cursor()
    cursor.execute(f"alter table {table} add column more int")
    jobs.put(f"{table}/1", "1,x\n")
    wait_until(lambda: jobs.messages(job) != [])
    assert "waits for another transaction" in jobs.messages(job)[0]
    assert jobs.states(job) == {"1": "P"}
    other.commit()
    other.close()
    wait_until(lambda: jobs.ids(table) == [1])
    assert jobs.states(job) == {"1": "I"}


def test_readers_never_see_half_a_file(jobs: Jobs, table: str, wait_until: WaitUntil) -> None:
    jobs.create(table)
    seen: set[int] = set()
    done = threading.Event()
    reader = jobs.server.connect()

    def read() -> None:
        cursor = reader.cursor()
        while not done.is_set():
            cursor.execute(f"select count(*) from {table}")
            seen.add(int(cursor.fetchone()[0]))

    watcher = threading.Thread(target=read)
    watcher.start()
    for number in range(5):
        jobs.put(f"{table}/{number}", "1,x\n" * 20_000)
    try:
        wait_until(lambda: len(jobs.ids(table)) == 100_000)
    finally:
        done.set()
        watcher.join()
        reader.close()
    assert {count % 20_000 for count in seen} == {0}


# Integrations


def test_without_an_integration_nothing_is_loaded(
    local_redshift: LocalRedshift, wait_until: WaitUntil
) -> None:
    jobs = Jobs(local_redshift)
    table = jobs.table()
    job = jobs.create(table)
    jobs.put(f"{table}/1", "1,x\n")
    assert channel(jobs, job) == ("Pending", 1)
    with pytest.raises(pytest.fail.Exception):
        wait_until(lambda: jobs.ids(table), 0.5)
    arn = jobs.integrate()
    wait_until(lambda: jobs.ids(table) == [1], VISIBLE_SECONDS)
    assert channel(jobs, job) == ("Established", 0)
    redshift = local_redshift.client("redshift")
    redshift.delete_integration(IntegrationArn=arn)
    jobs.put(f"{table}/2", "2,x\n")
    with pytest.raises(pytest.fail.Exception):
        wait_until(lambda: len(jobs.ids(table)) > 1, 0.5)
    jobs.integrate()
    wait_until(lambda: jobs.ids(table) == [1, 2], VISIBLE_SECONDS)
    jobs.connection.close()


def channel(jobs: Jobs, job: str) -> tuple[Any, ...]:
    (row,) = jobs.run(
        "select trim(channel_state), job_state from svv_copy_job_integrations "
        f"where job_name = '{job}' and bucket = '{jobs.name}'"
    )
    return row


# Restarts


def test_a_restart_picks_up_what_came_before_it(
    new_local_redshift: Callable[[], LocalRedshift], wait_until: WaitUntil
) -> None:
    server = new_local_redshift()
    jobs = Jobs(server)
    jobs.integrate()
    table = jobs.table()
    jobs.put(f"{table}/old", "0,x\n")
    job = jobs.create(table)
    jobs.put(f"{table}/1", "1,x\n")
    wait_until(lambda: jobs.ids(table) == [1])
    jobs.run(f"COPY JOB ALTER {job} AUTO OFF")
    for number in range(2, 12):
        jobs.put(f"{table}/{number}", f"{number},x\n")
    jobs.run(f"COPY JOB ALTER {job} AUTO ON")
    server.kill()
    server.start()
    jobs.connection = server.connect()
    wait_until(lambda: jobs.ids(table) == list(range(1, 12)))
    server.stop()
    server.start()
    jobs.connection = server.connect()
    jobs.put(f"{table}/12", "12,x\n")
    wait_until(lambda: jobs.ids(table) == list(range(1, 13)))
    assert set(jobs.states(job).values()) == {"I"}
