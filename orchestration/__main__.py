"""``python -m orchestration``."""

import importlib
import os
from pathlib import Path

from orchestration.settings import export_environment

if __name__ == "__main__":
    # Prefect reads its settings when it is imported, so the environment is completed before.
    export_environment(os.environ)
    # Prefect makes its home itself, but not the folder that it is in, and warns of that.
    Path(os.environ["PREFECT_HOME"]).mkdir(parents=True, exist_ok=True)
    importlib.import_module("orchestration.cli").app()
