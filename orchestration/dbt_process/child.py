"""The process itself: ``python -m orchestration.dbt_process.child``."""

import contextlib
import gc
import importlib

from mashumaro.config import BaseConfig

if __name__ == "__main__":
    # dbt's classes and the project as it is parsed are made once and stay: looking through them for
    # garbage again and again is an eighth of what it takes to make them. From then on it is done.
    gc.disable()
    # Nor are most of its classes ever read or written as JSON: the code for it is made when needed.
    BaseConfig.lazy_compilation = True
    commands = importlib.import_module("orchestration.dbt_process.commands")
    # The parent stops this process by killing it; an interrupt of the terminal is the parent's.
    with contextlib.suppress(KeyboardInterrupt):
        commands.carry_out()
