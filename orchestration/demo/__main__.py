"""``python -m orchestration.demo``, which ``make run`` calls."""

import importlib
import os

from orchestration.settings import export_environment

if __name__ == "__main__":
    # Prefect reads its settings when it is imported, so the environment is completed before.
    export_environment(os.environ)
    importlib.import_module("orchestration.demo.play").app()
