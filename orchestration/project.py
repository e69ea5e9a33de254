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
    """The declared jobs, and the relation of each model and source, quoted for SQL.

    Sources are called ``<source>.<table>``, models and snapshots by their names.
    """

    jobs: tuple[CopyJob, ...]
    relations: Mapping[str, str]


def read_project(description: Iterable[str], target_path: Path) -> Project:
    """Read the project from dbt's own words.

    Args:
        description: what ``dbt run-operation describe_landing`` prints.
        target_path: dbt's target path, which holds the manifest.
    """
    feeds = json.loads("".join(description))
    jobs = [
        CopyJob(job["job"], feed["source"], feed["table"], job["prefix"])
        for feed in feeds
        for job in feed["jobs"]
    ]
    manifest = json.loads((target_path / "manifest.json").read_text())
    models = {
        node["name"]: node["relation_name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "snapshot"}
    }
    tables = {f"{feed['source']}.{feed['table']}": feed["relation"] for feed in feeds}
    return Project(tuple(sorted(jobs)), {**models, **tables})
