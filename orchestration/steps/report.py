"""Report: what a run did, for the terminal and for Prefect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from prefect.artifacts import create_markdown_artifact
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.aws.s3 import S3Object
from orchestration.relations import exists
from orchestration.run import Run
from orchestration.steps.dbt import Node
from orchestration.steps.validation import Outcome

NAME = "report"

_ADDRESSES = """
select
    coalesce(sum(case when inserted_date = cast(:run_date as date) then 1 else 0 end), 0)
        as inserted,
    coalesce(sum(case
        when updated_date = cast(:run_date as date) and inserted_date < updated_date
            then 1 else 0 end), 0) as updated
from {relation}
where address_key <> -1
"""
_FILES = "select count(distinct object_url) as found from {relation} where status = 'ingested'"
_ROWS_LANDED = """
select coalesce(sum(row_count), 0) as found from {relation}
where batch_at >= cast(:since as timestamp)
"""
_VERSIONS = """
select
    coalesce(sum(case when valid_from = cast(:run_date as date) then 1 else 0 end), 0) as opened,
    coalesce(sum(case when valid_to = cast(:run_date as date) then 1 else 0 end), 0) as closed
from {relation}
where item_key <> -1
"""
_FACTS = """
select count(*) as found, coalesce(sum(ss_net_paid), 0) as net_paid
from {relation}
where sold_date = cast(:run_date as date)
"""


@dataclass(frozen=True)
class Baseline:
    """How things stood before the run; ``since`` is the warehouse's clock."""

    since: str
    files: int


@dataclass(frozen=True)
class Done:
    """What the steps before said of themselves."""

    nodes: tuple[Node, ...]
    outcomes: tuple[Outcome, ...]
    loaded_by_manifest: tuple[S3Object, ...]


@dataclass(frozen=True)
class Report:
    """What one run did.

    Files and rows landed are what this run took in; the rest is what the marts hold of the
    business date, so that a rerun reports the same.
    """

    run_date: date
    files: int
    rows_landed: int
    versions_opened: int
    versions_closed: int
    addresses_inserted: int
    addresses_updated: int
    fact_rows: int
    net_paid: Decimal
    done: Done

    def figures(self) -> dict[str, str]:
        """The numbers with their names, as people read them."""
        held = sum(each.passed for each in self.done.outcomes)
        return {
            "files": f"{self.files:,}",
            "rows landed": f"{self.rows_landed:,}",
            "item versions opened": f"{self.versions_opened:,}",
            "closed": f"{self.versions_closed:,}",
            "addresses inserted": f"{self.addresses_inserted:,}",
            "updated": f"{self.addresses_updated:,}",
            "fact rows": f"{self.fact_rows:,}",
            "net paid": f"{self.net_paid:,}",
            "validation": f"{held} of {len(self.done.outcomes)} hold",
        }


def baseline(run: Run, relations: Mapping[str, str]) -> Baseline:
    """What has to be known before the run changes it."""
    data_api, ledger = run.aws.data_api, relations["ops_load_files"]
    now = data_api.query("select cast(sysdate as varchar(26)) as now")[0]["now"]
    known = exists(data_api, ledger)
    files = data_api.query(_FILES.format(relation=ledger))[0]["found"] if known else 0
    return Baseline(str(now), _number(files))


def collect(run: Run, relations: Mapping[str, str], before: Baseline, done: Done) -> Report:
    """Read from the warehouse what the run has added to it."""
    results = run.aws.data_api.batch(
        [
            _ADDRESSES.format(relation=relations["dim_customer_address"]),
            _FILES.format(relation=relations["ops_load_files"]),
            _ROWS_LANDED.format(relation=relations["stg_landing__loads"]),
            _VERSIONS.format(relation=relations["dim_item"]),
            _FACTS.format(relation=relations["fct_store_sales"]),
        ],
        {"run_date": run.run_date.isoformat(), "since": before.since},
        name=f"report-{run.run_date}",
    )
    addresses, files, landed, versions, facts = (result.rows[0] for result in results)
    return Report(
        run_date=run.run_date,
        files=_number(files["found"]) - before.files,
        rows_landed=_number(landed["found"]),
        versions_opened=_number(versions["opened"]),
        versions_closed=_number(versions["closed"]),
        addresses_inserted=_number(addresses["inserted"]),
        addresses_updated=_number(addresses["updated"]),
        fact_rows=_number(facts["found"]),
        net_paid=Decimal(str(facts["net_paid"])),
        done=done,
    )


def show(report: Report) -> RenderableType:
    """The report as a table that fits a narrow terminal."""
    figures = report.figures()
    columns = {
        "files": figures["files"],
        "rows\nlanded": figures["rows landed"],
        "item versions\nopened / closed": (
            f"{figures['item versions opened']} / {figures['closed']}"
        ),
        "addresses\ninserted / updated": f"{figures['addresses inserted']} / {figures['updated']}",
        "fact rows": figures["fact rows"],
        "validation": figures["validation"],
    }
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right")
    table.add_row(*columns.values())
    late = [
        Text(f"  loaded by manifest: {each.url}", "dim") for each in report.done.loaded_by_manifest
    ]
    return Group(table, *late)


def publish(report: Report) -> Report:
    """Keep the report as an artifact of the flow run, and return it."""
    slowest = sorted(report.done.nodes, key=lambda node: node.seconds, reverse=True)[:5]
    lines = [
        f"# {report.run_date}",
        *_markdown(["", ""], list(report.figures().items())),
        "## Checks",
        *_markdown(
            ["check", "rows wrong"],
            [(each.check, f"{each.wrong:,}") for each in report.done.outcomes],
        ),
        "## Slowest nodes",
        *_markdown(
            ["node", "seconds", "rows"],
            [(each.name, f"{each.seconds:.2f}", str(each.rows)) for each in slowest],
        ),
    ]
    create_markdown_artifact(
        "\n".join(lines), key=f"run-{report.run_date}", description="What the run did"
    )
    return report


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [header, ["---"] * len(header), *rows]
    return ["", *(f"| {' | '.join(each)} |" for each in cells), ""]


def _number(value: object) -> int:
    return int(str(value))
