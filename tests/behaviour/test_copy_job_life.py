"""Auto-copy jobs: what they load, when, and what they say about it."""

import threading
from collections.abc import Iterator

import pytest
from warehouse import Warehouse, run


class Jobs:
    """A warehouse's copy jobs, with tables of their own."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.run = warehouse.run
        self.wait_until = warehouse.wait_until

    def table(self) -> str:
        name = self.warehouse.name()
        self.run(
            f"create table {name} (id int, name varchar(10), loaded_at timestamp default sysdate)"
        )
        return name

    def create(self, table: str, prefix: str = "", auto: str = "", job: str = "") -> str:
        """Create a job on a prefix, which is the table's name unless given; returns its name."""
        job = job or self.warehouse.job()
        clause = f"delimiter ',' job create {job} {auto}"
        self.run(self.warehouse.copy(f"{table} (id, name)", prefix or f"{table}/", clause))
        return job

    def put(self, key: str, body: str) -> None:
        self.warehouse.put(key, body)

    def ids(self, table: str) -> list[int]:
        return [int(row[0]) for row in self.run(f"select id from {table} order by id")]

    def states(self, job: str) -> dict[str, str]:
        """Status of each file of a job, by the last part of its key."""
        rows = self.run(
            "select trim(file_name), left(trim(status), 1) from sys_copy_job_detail "
            f"where trim(job_name) = '{job}'"
        )
        return {str(key).rpartition("/")[2]: str(status) for key, status in rows}

    def job_id(self, job: str) -> int:
        return int(
            self.warehouse.value(f"select job_id from sys_copy_job where trim(job_name) = '{job}'")
        )


@pytest.fixture(scope="module")
def jobs(warehouse: Warehouse) -> Iterator[Jobs]:
    return Jobs(warehouse)


@pytest.fixture
def table(jobs: Jobs) -> str:
    return jobs.table()


@pytest.mark.feature("Copy jobs", "JOB CREATE … AUTO ON, load history and SYS_COPY_JOB_DETAIL")
def test_a_new_object_is_loaded(jobs: Jobs, table: str) -> None:
    warehouse = jobs.warehouse
    job = jobs.create(table)
    location = warehouse.put(f"{table}/a", "1,x\n2,y\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1, 2])
    assert jobs.states(job) == {"a": "I"}
    ((bucket, key, size, etag),) = jobs.run(
        "select trim(file_location), trim(file_name), file_size, trim(file_etag) "
        f"from sys_copy_job_detail where trim(job_name) = '{job}'"
    )
    head = warehouse.client("s3").head_object(Bucket=bucket, Key=key)
    assert (f"s3://{bucket}/{key}", size, f'"{etag}"') == (location, 8, head["ETag"])
    assert jobs.run(
        "select trim(status), loaded_rows, source_file_count, trim(data_source) "
        f"from sys_load_history where copy_job_id = {jobs.job_id(job)}"
    ) == [("completed", 2, 1, warehouse.location(f"{table}/"))]


@pytest.mark.feature("Copy jobs", "objects made by copying and by multipart upload")
def test_copied_and_multipart_objects_are_seen(jobs: Jobs, table: str) -> None:
    jobs.put(f"elsewhere/{table}", "1,x\n")
    jobs.create(table)
    s3, bucket, prefix = jobs.warehouse.client("s3"), jobs.warehouse.bucket, jobs.warehouse.prefix
    source = {"Bucket": bucket, "Key": f"{prefix}elsewhere/{table}"}
    s3.copy_object(Bucket=bucket, Key=f"{prefix}{table}/copied", CopySource=source)
    upload = {"Bucket": bucket, "Key": f"{prefix}{table}/parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"2,y\n")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    jobs.wait_until(lambda: jobs.ids(table) == [1, 2])
    found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}{table}/")["Contents"]
    listed = {each["Key"]: each["ETag"].strip('"') for each in found}
    for etags in (
        "select trim(file_name), trim(file_etag) from sys_copy_job_detail "
        f"where file_name like '%{table}/%'",
        f"select substring(file_name, {len(f's3://{bucket}/') + 1}), trim(file_etag) "
        f"from sys_load_detail where file_name like '%{table}/%'",
    ):
        assert {key.strip(): etag for key, etag in jobs.run(etags)} == listed


@pytest.mark.feature("Copy jobs", "objects older than the job are not its own")
def test_objects_older_than_the_job_are_never_seen(jobs: Jobs, table: str) -> None:
    """Without a pause: file times are coarse, and yet every object falls on its own side."""
    created = []
    for number in range(20):
        prefix = f"{table}/{number}/"
        jobs.put(f"{prefix}old", f"{number},old\n")
        created.append(jobs.create(table, prefix))
        jobs.put(f"{prefix}new", f"{100 + number},new\n")
    expected = list(range(100, 120))
    jobs.wait_until(lambda: jobs.ids(table) == expected)
    jobs.run(f"copy job alter {created[0]} auto off")
    jobs.run(f"copy job run {created[0]}")
    assert jobs.ids(table) == expected


@pytest.mark.feature("Copy jobs", "a key is loaded once per job, overwritten or not")
def test_each_key_is_loaded_once(jobs: Jobs, table: str) -> None:
    job = jobs.create(table)
    jobs.put(f"{table}/a", "1,x\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1])
    jobs.put(f"{table}/a", "2,x\n")
    jobs.put(f"{table}/b", "3,x\n")
    jobs.wait_until(lambda: 3 in jobs.ids(table))
    jobs.run(f"copy job alter {job} auto off")
    jobs.run(f"copy job run {job}")
    assert jobs.ids(table) == [1, 3]


@pytest.mark.feature("Copy jobs", "a bad file is recorded (E), skipped, and keeps no other")
def test_a_bad_file_is_recorded_and_skipped(jobs: Jobs, table: str) -> None:
    job = jobs.create(table)
    jobs.put(f"{table}/1", "1,x\n")
    jobs.put(f"{table}/2", "2,x\noops,x\n")
    jobs.put(f"{table}/3", "3,x\n")
    jobs.wait_until(lambda: jobs.states(job) == {"1": "I", "2": "E", "3": "I"})
    assert jobs.ids(table) == [1, 3]
    assert jobs.run(
        "select e.line_number, trim(e.colname), e.err_code, trim(e.err_reason), trim(e.raw_line) "
        f"from stl_load_errors e where e.copy_job_id = {jobs.job_id(job)}"
    ) == [(2, "id", 1207, "Invalid digit, Value 'o', Pos 0, Type: Integer", "oops,x")]
    assert "failed to ingest" in jobs.warehouse.value(
        f"select message from sys_copy_job_info where trim(job_name) = '{job}'"
    )
    jobs.put(f"{table}/4", "4,x\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1, 3, 4])
    assert jobs.states(job)["2"] == "E"
    # The way back in: a plain COPY, which asks no job.
    jobs.put(f"{table}/2", "2,x\n")
    jobs.run(jobs.warehouse.copy(f"{table} (id, name)", f"{table}/2", "delimiter ','"))
    assert jobs.ids(table) == [1, 2, 3, 4]


@pytest.mark.feature("Copy jobs", "several jobs on one table, overlapping prefixes")
def test_two_jobs_fill_one_table(jobs: Jobs, table: str) -> None:
    green = jobs.create(table, f"{table}/green")
    red = jobs.create(table, f"{table}/red")
    for number in range(10):
        jobs.put(f"{table}/{'green' if number % 2 else 'red'}/{number}", f"{number},x\n")
    jobs.wait_until(lambda: jobs.ids(table) == list(range(10)))
    assert len(jobs.states(green)) == len(jobs.states(red)) == 5


def test_overlapping_prefixes_load_a_file_once_per_job(jobs: Jobs, table: str) -> None:
    jobs.create(table, f"{table}/")
    jobs.create(table, f"{table}/so")
    jobs.put(f"{table}/some", "1,x\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1, 1])


@pytest.mark.feature("Copy jobs", "ALTER … AUTO OFF, RUN")
def test_off_and_run(jobs: Jobs, table: str) -> None:
    job = jobs.create(table, auto="auto off")
    jobs.put(f"{table}/1", "1,x\n")
    jobs.put(f"{table}/2", "2,x\n")
    assert (
        jobs.warehouse.value(f"select is_auto from sys_copy_job where trim(job_name) = '{job}'")
        == 0
    )
    jobs.run(f"copy job run {job}")
    jobs.wait_until(lambda: jobs.ids(table) == [1, 2])
    jobs.run(f"copy job run {job}")
    jobs.run(f"copy job alter {job} auto on")
    assert jobs.warehouse.fails(f"copy job run {job}").message == (
        f"Cannot run COPY job {jobs.job_id(job)} manually while auto copy is enabled. "
        "Disable auto copy if you need to run this job manually."
    )
    assert jobs.ids(table) == [1, 2]


@pytest.mark.feature("Copy jobs", "what JOB CREATE refuses: transactions, hyphens, default role …")
def test_what_is_refused(jobs: Jobs, table: str) -> None:
    job = jobs.create(table, auto="auto off")
    place = jobs.warehouse.location(f"{table}/")
    role = f"iam_role '{jobs.warehouse.copy_role}'"
    create = f"copy {table} from '{place}' {role} delimiter ',' job create"
    refused = {
        f"{create} {job}": "already exists",
        f"{create} a-b": "hyphen",
        f"copy {table} from '{place}' iam_role default job create {job}_2": "IAM_ROLE",
        f"copy {table} from '{place}' {role} maxerror 5 job create {job}_2": "MAXERROR",
        f"copy {table} from '{place}' {role} manifest job create {job}_2": "MANIFEST",
        "copy job drop no_such_job_of_ours": "no_such_job_of_ours",
    }
    for sql, words in refused.items():
        assert words.lower() in jobs.warehouse.fails(sql).message.lower()
    for sql in (f"{create} {job}_2", f"copy job drop {job}"):
        jobs.run("begin")
        failure = jobs.warehouse.fails(sql)
        jobs.run("rollback")
        assert "transaction block" in failure.message


@pytest.mark.feature("Copy jobs", "DROP, and a new job of the same name")
def test_drop_forgets_and_a_new_job_starts_anew(jobs: Jobs, table: str) -> None:
    job = jobs.create(table)
    jobs.put(f"{table}/1", "1,x\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1])
    jobs.run(f"copy job drop {job}")
    assert jobs.run(f"select 1 from sys_copy_job where trim(job_name) = '{job}'") == []
    jobs.create(table, job=job)
    jobs.put(f"{table}/2", "2,x\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1, 2])
    jobs.put(f"{table}/1", "3,x\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1, 2, 3])


@pytest.mark.feature("Copy jobs", "SYS_COPY_JOB, job_text cut at 256 characters")
def test_job_text_is_cut_in_the_views_only(jobs: Jobs) -> None:
    table = jobs.table()
    prefix = f"{table}/{'x' * 150}/{'y' * 150}/"
    job = jobs.create(table, prefix=prefix)
    ((text, role),) = jobs.run(
        f"select job_text, trim(iam_role) from sys_copy_job where trim(job_name) = '{job}'"
    )
    assert len(text) == 256
    assert role.startswith("arn:aws:iam::")
    jobs.put(f"{prefix}1", "1,x\n")
    jobs.wait_until(lambda: jobs.ids(table) == [1])


@pytest.mark.feature("Copy jobs", "a file appears whole or not at all")
def test_readers_never_see_half_a_file(jobs: Jobs, table: str) -> None:
    jobs.create(table)
    seen: set[int] = set()
    done = threading.Event()
    reader = jobs.warehouse.open()

    def read() -> None:
        while not done.is_set():
            ((count,),) = run(reader, f"select count(*) from {table}")
            seen.add(int(count))

    watcher = threading.Thread(target=read)
    watcher.start()
    for number in range(5):
        jobs.put(f"{table}/{number}", "1,x\n" * 20_000)
    try:
        jobs.wait_until(lambda: len(jobs.ids(table)) == 100_000)
    finally:
        done.set()
        watcher.join()
    assert {count % 20_000 for count in seen} == {0}
