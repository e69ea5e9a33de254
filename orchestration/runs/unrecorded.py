"""What could not be logged, because the warehouse was gone, waits here for the next run."""

import dataclasses
import json
from contextlib import suppress
from pathlib import Path

from orchestration.aws.data_api import UNREACHABLE
from orchestration.errors import RunError
from orchestration.runs.run_log import Entry, RunLog
from orchestration.settings import Settings

_SECONDS = 10.0


def log_or_keep(log: RunLog, settings: Settings, entry: Entry) -> None:
    """Log how a date ended, or keep it for the next run where the warehouse does not answer."""
    try:
        log.add(entry, timeout=_SECONDS)
    except (*UNREACHABLE, RunError):
        kept = _kept(settings)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("a") as lines:
            lines.write(json.dumps(dataclasses.asdict(entry)) + "\n")


def log_kept(log: RunLog, settings: Settings) -> None:
    """Log what was kept; a line that a crash cut short is left out.

    Raises:
        StatementError: the warehouse refuses.
    """
    kept = _kept(settings)
    try:
        lines = kept.read_text().splitlines()
    except FileNotFoundError:  # nothing was kept, or another command has just logged it
        return
    for line in lines:
        with suppress(ValueError, TypeError):
            log.add(Entry(**json.loads(line)))
    kept.unlink(missing_ok=True)


def _kept(settings: Settings) -> Path:
    """Of one warehouse and schema."""
    name = f"unrecorded_{settings.target}_{settings.ops_schema}.jsonl"
    return settings.state_dir.resolve() / name
