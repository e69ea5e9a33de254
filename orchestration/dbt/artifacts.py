"""What dbt knew when a run succeeded, kept for those who compare with it and defer to it."""

import os
import shutil
from pathlib import Path

from orchestration.settings import Settings

# The first decides what --defer reads and what state:modified finds.
_FILES = ("manifest.json", "run_results.json")


def keep_artifacts(settings: Settings) -> None:
    """Copy dbt's artifacts from where the run has written them to where they are kept.

    Each file is replaced at once: who reads it meanwhile finds the old one or the new one.

    Raises:
        OSError: a file is not there, or cannot be written.
    """
    settings.artifacts_path.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        _replace(settings.dbt_target_path / name, settings.artifacts_path / name)


def _replace(source: Path, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, unfinished)
    unfinished.replace(target)
