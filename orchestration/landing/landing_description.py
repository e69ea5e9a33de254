"""What the dbt project declares of landing: copy jobs, tables, how it decides about objects.

All of it is declared once, in YAML, SQL and macros; nothing here repeats it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.runs.run import Run


@dataclass(frozen=True, order=True)
class CopyJob:
    """An auto-copy job, the landing table it feeds, and how it reads a file.

    ``prefix`` is a key prefix; ``auto`` is false for a job that is run by hand, whose files
    nothing waits for.
    """

    name: str
    source: str
    table: str
    prefix: str
    auto: bool
    is_daily: bool
    format: str
    delimiter: str
    has_header: bool
    compression: str | None


@dataclass(frozen=True)
class Handover:
    """How an inventory of the bucket reaches the warehouse.

    ``keys`` and ``columns`` are by table: where its rows are put as gzip CSV, and in which order.
    The statements of ``create`` are needed once, those of ``load`` every time, as one transaction.
    """

    keys: Mapping[str, str]
    columns: Mapping[str, tuple[str, ...]]
    create: tuple[str, ...]
    load: tuple[str, ...]


@dataclass(frozen=True)
class LandingDescription:
    """The declared jobs, how an inventory reaches the warehouse, and the relation of each model
    by name, quoted for SQL.

    ``views_hash`` changes with what the ops views are built from.
    """

    jobs: tuple[CopyJob, ...]
    handover: Handover
    views_hash: str
    relations: Mapping[str, str]


def read_description(run: Run) -> LandingDescription:
    """Have dbt describe landing.

    Raises:
        StepError: the YAML is wrong.
    """
    return parse_description(run.dbt.run_operation("describe_landing"))


def parse_description(printed: Iterable[str]) -> LandingDescription:
    """The description in what ``dbt run-operation describe_landing`` prints."""
    landing = json.loads("".join(printed))
    return LandingDescription(
        jobs=tuple(sorted(map(_job, landing["jobs"]))),
        handover=_handover(landing["inventory"]),
        views_hash=landing["ops_views_hash"],
        relations=landing["relations"],
    )


def _job(job: Mapping[str, Any]) -> CopyJob:
    return CopyJob(
        name=job["job"],
        source=job["source"],
        table=job["table"],
        prefix=job["prefix"],
        auto=job["auto"],
        is_daily=job["daily"],
        format=job["format"],
        delimiter=job["delimiter"],
        has_header=job["header"],
        compression=job["compression"],
    )


def _handover(inventory: Mapping[str, Any]) -> Handover:
    files: dict[str, dict[str, Any]] = inventory["files"]
    return Handover(
        keys={table: file["key"] for table, file in files.items()},
        columns={table: tuple(file["columns"]) for table, file in files.items()},
        create=tuple(inventory["create"]),
        load=tuple(inventory["load"]),
    )
