"""Report: what a run did, read from the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from orchestration.aws.data_api import Row
from orchestration.dbt_process.events import NodeResult
from orchestration.relations import exists
from orchestration.run import Run
from orchestration.standings import Standing
from orchestration.steps.validation import Outcome

NAME = "report"

_ADDRESSES = """
select
    coalesce(sum(case when inserted_date = cast(:run_date as date) then 1 else 0 end), 0)
        as inserted,
    coalesce(sum(case
        when updated_date = cast(:run_date as date) and inserted_date < updated_date
            then 1 else 0 end), 0) as updated
from {dim_customer_address}
where address_key <> -1
"""
_FILES = """
select table_name as feed, count(distinct object_url) as files
from {ops_load_files}
where status = 'ingested'
group by table_name
"""
_ROWS_LANDED = """
select feed, sum(row_count) as landed from {landing_loads}
where batch_at >= cast(:since as timestamp)
group by feed
"""
_VERSIONS = """
select
    coalesce(sum(case when valid_from = cast(:run_date as date) then 1 else 0 end), 0) as opened,
    coalesce(sum(case when valid_to = cast(:run_date as date) then 1 else 0 end), 0) as closed
from {dim_item}
where item_key <> -1
"""
# The run's own date, and those of the sales that it took in.
_FACTS = """
select cast(sold_date as varchar(10)) as day, count(*) as sales,
    coalesce(sum(ss_net_paid), 0) as net_paid
from {fct_store_sales}
where sold_date = cast(:run_date as date)
    or ss_sold_date_sk in (
        select ss_sold_date_sk from {stg_tpcds__store_sales}
        where _batch_at >= cast(:since as timestamp)
    )
group by sold_date
order by sold_date
"""
_OPEN_FILES = """
select distinct object_url, status
from {ops_load_files}
where status in ('error', 'pending')
    and object_url not in (select object_url from {ops_load_files} where status = 'ingested')
order by object_url
"""


@dataclass(frozen=True)
class Baseline:
    """How things stood before the run.

    Args:
        since: the warehouse's clock.
        files: files ever loaded, by feed.
    """

    since: str
    files: Mapping[str, int]


@dataclass(frozen=True)
class Done:
    """What the steps before said of themselves."""

    nodes: tuple[NodeResult, ...]
    outcomes: tuple[Outcome, ...]
    loaded_by_manifest: tuple[Standing, ...]


@dataclass(frozen=True)
class Feed:
    """What a run took in of a feed."""

    name: str
    files: int
    rows: int


@dataclass(frozen=True)
class FactDay:
    """What the sales fact holds of a date that the run touched; ``day`` is empty where unknown."""

    day: str
    rows: int
    net_paid: Decimal


@dataclass(frozen=True)
class Report:
    """What one run did.

    Files and rows landed are what this run took in; versions, addresses and facts are what the
    marts hold of the business date, so that a rerun reports the same.
    """

    run_date: date
    feeds: tuple[Feed, ...]
    versions_opened: int
    versions_closed: int
    addresses_inserted: int
    addresses_updated: int
    fact_days: tuple[FactDay, ...]
    open_files: tuple[str, ...]
    done: Done

    def figures(self) -> dict[str, str]:
        """The numbers with their names, as people read them."""
        held = sum(each.passed for each in self.done.outcomes)
        (today,) = [each for each in self.fact_days if each.day == str(self.run_date)] or [
            FactDay(str(self.run_date), 0, Decimal(0))
        ]
        return {
            "files": f"{sum(each.files for each in self.feeds):,}",
            "rows landed": f"{sum(each.rows for each in self.feeds):,}",
            "item versions opened": f"{self.versions_opened:,}",
            "closed": f"{self.versions_closed:,}",
            "addresses inserted": f"{self.addresses_inserted:,}",
            "updated": f"{self.addresses_updated:,}",
            "fact rows": f"{today.rows:,}",
            "net paid": f"{today.net_paid:,}",
            "validation": f"{held} of {len(self.done.outcomes)} hold",
        }


def baseline(run: Run, relations: Mapping[str, str]) -> Baseline:
    """What has to be known before the run changes it."""
    data_api, ledger = run.aws.data_api, relations["ops_load_files"]
    now = data_api.query("select cast(sysdate as varchar(26)) as now")[0]["now"]
    known = data_api.query(_FILES.format(**relations)) if exists(data_api, ledger) else ()
    return Baseline(str(now), _by_feed(known, "files"))


def collect(run: Run, relations: Mapping[str, str], before: Baseline, done: Done) -> Report:
    """Read from the warehouse what the run has added to it."""
    queries = (_ADDRESSES, _FILES, _ROWS_LANDED, _VERSIONS, _FACTS, _OPEN_FILES)
    results = run.aws.data_api.batch(
        [query.format(**relations) for query in queries],
        {"run_date": run.run_date.isoformat(), "since": before.since},
        name=f"report-{run.run_date}",
    )
    (addresses,), files, landed, (versions,), facts, open_files = (each.rows for each in results)
    return Report(
        run_date=run.run_date,
        feeds=_feeds(before.files, _by_feed(files, "files"), _by_feed(landed, "landed")),
        versions_opened=_number(versions["opened"]),
        versions_closed=_number(versions["closed"]),
        addresses_inserted=_number(addresses["inserted"]),
        addresses_updated=_number(addresses["updated"]),
        fact_days=tuple(_fact_day(row) for row in facts),
        open_files=tuple(f"{row['object_url']}: {row['status']}" for row in open_files),
        done=done,
    )


def _feeds(
    before: Mapping[str, int], after: Mapping[str, int], rows: Mapping[str, int]
) -> tuple[Feed, ...]:
    return tuple(
        Feed(name, after.get(name, 0) - before.get(name, 0), rows.get(name, 0))
        for name in sorted({*after, *rows})
    )


def _by_feed(rows: Sequence[Row], column: str) -> dict[str, int]:
    return {str(row["feed"]): _number(row[column]) for row in rows}


def _fact_day(row: Row) -> FactDay:
    day = "" if row["day"] is None else str(row["day"])
    return FactDay(day, _number(row["sales"]), Decimal(str(row["net_paid"])))


def _number(value: object) -> int:
    return int(str(value))
