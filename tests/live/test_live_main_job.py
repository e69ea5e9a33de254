"""The main job as target ``dev``: IAM, verified TLS, schemas and a prefix of the test's own.

It runs on the local Redshift in CI, and on an account through the same code once LIVE_REDSHIFT_*
name one. Everything it makes is removed again.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from conftest import REPOSITORY, LocalRedshift
from integration.dbt_projects import Tables, copied_project
from integrations import integrate
from live.settings import data_api_target, live_settings, live_warehouse, remove_objects
from warehouse import run as run_sql

from local_redshift.settings import NAMESPACE_ARN
from orchestration.demo.calendar import DAYS
from orchestration.demo.tpcds import cut, generate

SCALE = "0.01"
DAY = DAYS[0]
COPY_ROLE = "arn:aws:iam::123456789012:role/retail-copy"
TIMEOUT = 3600


@dataclass(frozen=True)
class Place:
    """Where the main job runs: a warehouse and a bucket whose events reach it."""

    connect: Callable[[], Any]
    client: Callable[[str], Any]
    bucket: str
    environment: dict[str, str]


def account() -> Place | None:
    """The account that LIVE_REDSHIFT_* name, if they do."""
    settings = live_settings()
    if settings is None:
        return None
    if not settings.namespace_arn:
        pytest.skip("no LIVE_REDSHIFT_NAMESPACE_ARN: the main job does not run on the account")
    target = data_api_target(settings)
    return Place(
        live_warehouse(settings, "main_job").connect,
        lambda service: boto3.client(service, region_name=settings.region),
        settings.bucket,
        {
            "AWS_REGION": settings.region,
            "REDSHIFT_HOST": settings.host,
            "REDSHIFT_PORT": str(settings.port),
            "REDSHIFT_DATABASE": settings.database,
            "REDSHIFT_WORKGROUP": target.get("WorkgroupName", ""),
            "REDSHIFT_CLUSTER_ID": target.get("ClusterIdentifier", ""),
            "REDSHIFT_NAMESPACE_ARN": settings.namespace_arn,
            "COPY_ROLE_ARN": settings.copy_role,
        },
    )


def laptop(server: LocalRedshift) -> Place:
    bucket = "main-job"
    server.client("s3").create_bucket(Bucket=bucket)
    integrate(server.client("s3"), server.client("redshift"), bucket)
    return Place(
        server.connect,
        server.client,
        bucket,
        {
            **server.env,
            "AWS_REGION": "us-east-1",
            "REDSHIFT_HOST": "127.0.0.1",
            "REDSHIFT_PORT": str(server.sql_port),
            "REDSHIFT_WORKGROUP": "local",
            "REDSHIFT_NAMESPACE_ARN": NAMESPACE_ARN,
            "COPY_ROLE_ARN": COPY_ROLE,
            "SSL_CERT_FILE": str(server.certificate),
            "ELT_EVENT_GRACE": "5",
        },
    )


class MainJob:
    """The project under a name of its own: schemas, jobs and keys all start with it."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.name = f"live_{uuid.uuid4().hex[:8]}"
        project = copied_project(folder / "project", self._move)
        self.environment = {
            **place.environment,
            "DBT_TARGET": "dev",
            "DBT_SCHEMA": self.name,
            "LANDING_BUCKET": place.bucket,
            "ELT_PROJECT_DIR": str(project),
            "ELT_STATE_DIR": str(folder / "state"),
        }
        self.tables = generate(SCALE, folder / "tpcds")
        self.files = folder / "files"
        cut(self.tables, SCALE, self.files, [DAY])

    def _move(self, tables: Tables) -> None:
        """Have the feeds arrive below a prefix of their own."""
        for table in tables.values():
            for job in table["config"]["meta"]["copy_jobs"]:
                job["prefix"] = f"{self.name}/{job['prefix']}"

    def __call__(self, *words: str) -> str:
        """A command of ours; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "orchestration", *words],
            cwd=REPOSITORY,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def send(self) -> None:
        s3 = self.place.client("s3")
        for file in sorted(self.files.rglob("*.*")):
            if file.is_file():
                key = f"{self.name}/{file.relative_to(self.files)}"
                s3.upload_file(str(file), self.place.bucket, key)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(self.place.connect()) as connection:
            return run_sql(connection, sql)

    def remove(self) -> None:
        """Everything that bears the name: jobs, schemas, objects."""
        for (job,) in self.rows("select trim(job_name) from sys_copy_job"):
            if job.startswith(self.name):
                self.rows(f"copy job drop {job}")
        for schema in self.schemas():
            self.rows(f"drop schema {schema} cascade")
        s3 = self.place.client("s3")
        for prefix in (f"{self.name}/", f"_inventory/{self.name}", f"_manifests/{self.name}"):
            remove_objects(s3, self.place.bucket, prefix)

    def schemas(self) -> list[str]:
        found = self.rows("select nspname from pg_namespace")
        return [str(name) for (name,) in found if str(name).startswith(self.name)]


@pytest.fixture
def main_job(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MainJob]:
    place = account() or laptop(request.getfixturevalue("module_local_redshift"))
    job = MainJob(place, tmp_path)
    try:
        yield job
    finally:
        job.remove()
    assert job.schemas() == []
    left = place.client("s3").list_objects_v2(Bucket=place.bucket)
    assert not [each for each in left.get("Contents", []) if job.name in each["Key"]]


@pytest.mark.timeout(2 * TIMEOUT)
def test_a_day_from_files_to_facts(main_job: MainJob) -> None:
    main_job("prepare")
    main_job.send()
    main_job("run", "--date", str(DAY))
    assert "✗" not in main_job("doctor")
    facts = f"select count(*), sum(ss_net_paid) from {main_job.name}_marts.fct_store_sales"
    (sales,) = main_job.tables.glob("store_sales*.parquet")
    (dates,) = main_job.tables.glob("date_dim*.parquet")
    expected = duckdb.sql(
        f"select count(*), sum(ss_net_paid) from '{sales}' join '{dates}' "
        f"on ss_sold_date_sk = d_date_sk where d_date = date '{DAY}'"
    ).fetchall()
    assert expected[0][0] > 0
    assert main_job.rows(facts) == expected
