"""Report: what a run did, for the terminal and for Prefect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from prefect.artifacts import create_markdown_artifact
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.aws.s3 import S3Object
from orchestration.run import Run
from orchestration.steps.dbt import Node
from orchestration.steps.validation import Outcome

NAME = "report"

_EXISTS = """
select count(*) as found from svv_tables
where table_schema = :schema_name and table_name = :table_name
"""
_ADDRESSES = "select count(*) as found from {relation} where address_key <> -1"
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
    addresses: int
    files: int


@dataclass(frozen=True)
class Done:
    """What the steps before said of themselves."""

    nodes: tuple[Node, ...]
    outcomes: tuple[Outcome, ...]
    loaded_by_manifest: tuple[S3Object, ...]


@dataclass(frozen=True)
class Report:
    """What one run did. Item versions and facts are those of the business date."""

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
    """Count what the run will add to, before it does."""
    now = run.aws.data_api.query("select cast(sysdate as varchar(26)) as now")[0]["now"]
    return Baseline(
        since=str(now),
        addresses=_count_if_there(run, _ADDRESSES, relations["dim_customer_address"]),
        files=_count_if_there(run, _FILES, relations["ops_load_files"]),
    )


def collect(run: Run, relations: Mapping[str, str], before: Baseline, done: Done) -> Report:
    """Read from the warehouse what the run has added to it."""
    data_api, day = run.aws.data_api, {"run_date": run.run_date.isoformat()}
    addresses, files, landed, versions, facts = data_api.batch(
        [
            _ADDRESSES.format(relation=relations["dim_customer_address"]),
            _FILES.format(relation=relations["ops_load_files"]),
            _ROWS_LANDED.format(relation=relations["stg_landing__loads"]),
            _VERSIONS.format(relation=relations["dim_item"]),
            _FACTS.format(relation=relations["fct_store_sales"]),
        ],
        {**day, "since": before.since},
        name=f"report-{run.run_date}",
    )
    inserted = _number(addresses.rows[0]["found"]) - before.addresses
    merged = sum(each.rows for each in done.nodes if each.name == "dim_customer_address")
    return Report(
        run_date=run.run_date,
        files=_number(files.rows[0]["found"]) - before.files,
        rows_landed=_number(landed.rows[0]["found"]),
        versions_opened=_number(versions.rows[0]["opened"]),
        versions_closed=_number(versions.rows[0]["closed"]),
        addresses_inserted=inserted,
        # The first build creates the table; there is nothing to update yet.
        addresses_updated=max(0, merged - inserted) if before.addresses else 0,
        fact_rows=_number(facts.rows[0]["found"]),
        net_paid=Decimal(str(facts.rows[0]["net_paid"])),
        done=done,
    )


def show(report: Report) -> RenderableType:
    """The report as a table and one line a check."""
    table = Table(title=f"{report.run_date}", title_justify="left", title_style="bold")
    for name in report.figures():
        table.add_column(name, justify="right", max_width=10)
    table.add_row(*report.figures().values())
    checks = map(show_outcome, report.done.outcomes)
    late = [
        Text(f"  loaded by manifest: {each.url}", "dim") for each in report.done.loaded_by_manifest
    ]
    return Group(table, *checks, *late)


def show_outcome(outcome: Outcome) -> Text:
    """A check as one line, with its numbers."""
    mark = ("  ✓ ", "green") if outcome.passed else ("  ✗ ", "red")
    return Text.assemble(mark, str(outcome))


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


def _count_if_there(run: Run, sql: str, relation: str) -> int:
    _, schema, table = relation.replace('"', "").split(".")
    names = {"schema_name": schema, "table_name": table}
    if not _number(run.aws.data_api.query(_EXISTS, names)[0]["found"]):
        return 0
    return _number(run.aws.data_api.query(sql.format(relation=relation))[0]["found"])


def _number(value: object) -> int:
    return int(str(value))
