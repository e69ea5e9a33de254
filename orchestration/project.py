"""What the dbt project declares: its copy jobs, and where its tables are.

Both are declared once, in YAML and SQL; nothing here repeats them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class CopyJob:
    """An auto-copy job and the landing table it feeds; ``prefix`` is a key prefix."""

    name: str
    source: str
    table: str
    prefix: str


@dataclass(frozen=True)
class Project:
    """The declared jobs, and the relation of each model by name, quoted for SQL."""

    jobs: tuple[CopyJob, ...]
    relations: Mapping[str, str]


def read_jobs(description: Iterable[str]) -> tuple[CopyJob, ...]:
    """The jobs in what ``dbt run-operation describe_landing`` prints, by name.

    A job declared with ``auto: false`` is run by hand; nothing waits for its files.
    """
    jobs = [
        CopyJob(job["job"], feed["source"], feed["table"], job["prefix"])
        for feed in json.loads("".join(description))["feeds"]
        for job in feed["jobs"]
        if job["auto"]
    ]
    return tuple(sorted(jobs))


def read_relations(target_path: Path) -> dict[str, str]:
    """The relations in the manifest below dbt's target path.

    Raises:
        FileNotFoundError: dbt has not parsed the project yet.
    """
    manifest = json.loads((target_path / "manifest.json").read_text())
    return {
        node["name"]: node["relation_name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "snapshot"}
    }
