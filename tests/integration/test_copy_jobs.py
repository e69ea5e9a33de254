"""Copy jobs, where Redshift's behaviour is not documented or a server is needed to stop.

What holds on Redshift too is in tests/behaviour/test_copy_job_life.py.
"""

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


def test_list_and_show(jobs: Jobs, table: str) -> None:
    job = jobs.create(table, auto="AUTO OFF")
    ((job_id,),) = jobs.run(f"select job_id from sys_copy_job where job_name = '{job}'")
    (shown,) = jobs.run(f"COPY JOB SHOW {job}")
    assert shown[:3] == (job_id, job, 0)
    assert shown in jobs.run("COPY JOB LIST")
    assert refused(jobs, "COPY JOB SHOW no_such_job")["C"] == "42704"


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
