"""What the dbt project declares, read from the manifest that dbt writes.

The copy jobs and the names of tables are declared once, in YAML and SQL; nothing here repeats them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, order=True)
class CopyJob:
    """An auto-copy job and the landing table it feeds; ``prefix`` is a key prefix."""

    name: str
    source: str
    table: str
    prefix: str


@dataclass(frozen=True)
class Project:
    """The declared jobs, and each model's or source's relation by name, quoted for SQL."""

    jobs: tuple[CopyJob, ...]
    relations: Mapping[str, str]

    @property
    def prefixes(self) -> list[str]:
        return [job.prefix for job in self.jobs]


def read_project(target_path: Path) -> Project:
    """Read ``manifest.json`` below dbt's target path.

    Raises:
        FileNotFoundError: dbt has not parsed the project yet.
    """
    manifest = json.loads((target_path / "manifest.json").read_text())
    sources = manifest["sources"].values()
    jobs = sorted(job for source in sources for job in _jobs(source))
    models = {
        node["name"]: node["relation_name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "snapshot"}
    }
    tables = {
        f"{source['source_name']}.{source['name']}": source["relation_name"] for source in sources
    }
    return Project(tuple(jobs), {**models, **tables})


def _jobs(source: Mapping[str, Any]) -> list[CopyJob]:
    declared = source["config"]["meta"].get("copy_jobs", [])
    return [
        CopyJob(job["name"], source["source_name"], source["name"], job["prefix"])
        for job in declared
        if job.get("auto", True)
    ]
