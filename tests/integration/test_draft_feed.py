"""The six feeds of the project, drafted from the sample source's files and loaded as drafted."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import REPOSITORY, LocalRedshift
from dbt_helpers import BUCKET, Warehouse
from integrations import integrate
from typer.testing import CliRunner

from orchestration.aws.s3 import list_objects
from orchestration.cli import app
from orchestration.demo.calendar import DAYS
from orchestration.demo.extracts import write_day
from orchestration.demo.tpcds import generate
from orchestration.drafts.draft import Draft, draft_feed
from orchestration.drafts.page import landing_yaml, source_yaml

SCALE = "0.01"
SOURCES = "models/landing/_landing__sources.yml"
# Feed, and how its files are asked for.
FEEDS = {
    "tpcds.store_sales": "store_sales",
    "tpcds.item": "item/",
    "tpcds.customer": "customer/",
    "tpcds.customer_address": f"customer_address/{DAYS[0]}/",
    "tpcds.date_dim": "date_dim/",
    "cab.cab_sales_data": "Customer_1",
}
READ = {
    "tpcds.store_sales": "read_csv('{}/store_sales/**/*.gz', delim='|', header=false)",
    "tpcds.item": "read_csv('{}/item/**/*.gz')",
    "tpcds.customer": "'{}/customer/**/*.parquet'",
    "tpcds.customer_address": "read_csv('{}/customer_address/**/*.gz')",
    "tpcds.date_dim": "'{}/date_dim/*.parquet'",
    "cab.cab_sales_data": "read_csv('{}/Customer_1/*.csv')",
}
JOBS = {
    "tpcds.store_sales": {
        "prefix": "store_sales/",
        "format": "delimited",
        "gzip": True,
        "delimiter": "|",
        "emptyasnull": True,
    },
    "tpcds.item": {
        "prefix": "item/",
        "format": "csv",
        "gzip": True,
        "ignoreheader": 1,
        "emptyasnull": True,
    },
    "tpcds.customer": {"prefix": "customer/", "format": "parquet"},
    "tpcds.customer_address": {
        "prefix": "customer_address/",
        "format": "csv",
        "gzip": True,
        "ignoreheader": 1,
        "emptyasnull": True,
    },
    "tpcds.date_dim": {"prefix": "date_dim/", "format": "parquet"},
    "cab.cab_sales_data": {
        "prefix": "Customer_1/",
        "format": "csv",
        "ignoreheader": 1,
        "ignoreblanklines": True,
        "emptyasnull": True,
    },
}
# Where the project declares another kind of type than the files suggest, what they suggest: codes
# that are digits so far, a fee that nobody charges, tickets of larger scales.
OTHER_TYPES = {
    "tpcds.store_sales": {"ss_ticket_number": "int4"},
    "cab.cab_sales_data": {
        "vendorid": "int4",
        "trip_distance": "numeric(7,2)",
        "ehail_fee": "varchar(256)",
        "payment_type": "int4",
        "trip_type": "int4",
    },
}


@pytest.fixture(scope="module")
def sent(module_local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of files, in the bucket and in the folder that this returns."""
    tables = generate(SCALE, tmp_path_factory.mktemp("tpcds"))
    folder = tmp_path_factory.mktemp("sent")
    s3 = module_local_redshift.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    integrate(s3, module_local_redshift.client("redshift"), BUCKET)
    for day in DAYS[:2]:
        write_day(tables, day, SCALE, folder)
    for file in folder.rglob("*"):
        if file.is_file():
            s3.upload_file(str(file), BUCKET, str(file.relative_to(folder)))
    return folder


@pytest.fixture(scope="module")
def drafts(sent: Path, module_local_redshift: LocalRedshift) -> dict[str, Draft]:
    assert sent.is_dir()
    s3 = module_local_redshift.client("s3")
    return {name: draft_feed(f"s3://{BUCKET}/{prefix}", name, s3) for name, prefix in FEEDS.items()}


@pytest.fixture(scope="module")
def warehouse(
    module_local_redshift: LocalRedshift,
    drafts: dict[str, Draft],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Warehouse]:
    """A project whose feeds are the drafts, its tables and jobs made."""
    project = tmp_path_factory.mktemp("project")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(REPOSITORY / name, project)
    shutil.copytree(REPOSITORY / "macros", project / "macros")
    shutil.copytree(REPOSITORY / "tests/dbt/generic", project / "tests/dbt/generic")
    ops = ("models/ops/_ops__sources.yml", "models/ops/_ops__runs.yml")
    for name in ("models/_groups.yml", *ops):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, project / name)
    head, tables, _ = (REPOSITORY / SOURCES).read_text().partition("    tables:\n")
    blocks = [head, tables]
    blocks += [landing_yaml(each) for each in drafts.values() if each.source == "tpcds"]
    blocks += [source_yaml(each) for each in drafts.values() if each.source != "tpcds"]
    (project / SOURCES).parent.mkdir()
    (project / SOURCES).write_text("\n".join(blocks))
    with pytest.MonkeyPatch.context() as environment:
        for name, value in module_local_redshift.env.items():
            environment.setenv(name, value)
        yield Warehouse(module_local_redshift, tmp_path_factory.mktemp("target"), project)


@pytest.mark.parametrize("name", FEEDS)
def test_the_job_is_the_one_that_the_project_has(drafts: dict[str, Draft], name: str) -> None:
    job = dict(drafts[name].job)
    assert job.pop("name") == f"job_{name.partition('.')[2]}"
    assert job.pop("auto") is True
    assert job == JOBS[name]


@pytest.mark.parametrize("name", FEEDS)
def test_the_types_are_those_that_the_project_has(drafts: dict[str, Draft], name: str) -> None:
    declared = {
        f"{source['name']}.{table['name']}": table["columns"]
        for source in yaml.safe_load((REPOSITORY / SOURCES).read_text())["sources"]
        for table in source["tables"]
    }[name]
    drafted = drafts[name].columns
    if name != "tpcds.store_sales":
        assert [each.name for each in drafted] == [each["name"] for each in declared]
    pairs = zip(declared, drafted, strict=True)
    found = {
        column["name"]: each.data_type
        for column, each in pairs
        if kind(column["data_type"]) != kind(each.data_type)
    }
    assert found == OTHER_TYPES.get(name, {})


def kind(data_type: str) -> str:
    """The type without its width, which follows from the data; scale is kept."""
    name, _, width = data_type.rstrip(")").partition("(")
    return f"{name}({width.partition(',')[2]})"


def test_the_drafts_pass_the_checks_of_the_project(warehouse: Warehouse) -> None:
    assert warehouse.operate("validate_landing"), warehouse.said
    assert warehouse.operate("apply_copy_jobs"), warehouse.said


@pytest.mark.parametrize("name", FEEDS)
def test_every_row_of_the_files_is_loaded(
    warehouse: Warehouse,
    drafts: dict[str, Draft],
    sent: Path,
    name: str,
    wait_until: Callable[..., None],
) -> None:
    draft = drafts[name]
    s3 = warehouse.server.client("s3")
    for each in list_objects(s3, BUCKET, [str(draft.job["prefix"])]):
        # The job sees what comes after it.
        source = {"Bucket": BUCKET, "Key": each.key}
        s3.copy_object(Bucket=BUCKET, Key=each.key, CopySource=source, MetadataDirective="REPLACE")
    expected = duckdb.sql(f"select count(*) from {READ[name].format(sent)}").fetchall()
    assert expected[0][0] > 0
    rows = f"select count(*) from landing.{draft.table}"
    wait_until(lambda: warehouse.rows(rows) == [tuple(each) for each in expected])


def test_the_command_prints_the_draft(warehouse: Warehouse, drafts: dict[str, Draft]) -> None:
    address = f"s3://{BUCKET}/item/"
    shown = CliRunner().invoke(app, ["draft-feed", address, "--name", "tpcds.item"])
    assert shown.exit_code == 0, shown.output
    assert landing_yaml(drafts["tpcds.item"]) in shown.output
    nothing = CliRunner().invoke(app, ["draft-feed", f"s3://{BUCKET}/nothing/"])
    assert nothing.exit_code == 1
    assert f"there is no file at s3://{BUCKET}/nothing/" in nothing.output
    nowhere = CliRunner().invoke(app, ["draft-feed", "s3://no-such-bucket/x/"])
    assert nowhere.exit_code == 1
    assert "s3://no-such-bucket/x/ cannot be listed" in nowhere.output
