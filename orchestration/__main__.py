"""``python -m orchestration``."""

import importlib
import os
import sys
from pathlib import Path

from orchestration.dbt.process import start_ahead

_WITH_DBT = {
    *("prepare", "inventory", "files", "jobs", "run", "backfill", "gate", "validate"),
    *("replay", "dev"),
}

if __name__ == "__main__":
    # dbt takes as long to import as all else together: beside it, and not after it.
    if set(sys.argv[1:2]) & _WITH_DBT and "--help" not in sys.argv:
        start_ahead()
    # Prefect reads its settings when it is imported, so the environment is completed before.
    importlib.import_module("orchestration.settings").export_environment(os.environ)
    # Prefect makes its home itself, but not the folder that it is in, and warns of that.
    Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    importlib.import_module("orchestration.cli").app()
