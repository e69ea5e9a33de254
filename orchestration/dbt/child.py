"""The process itself: ``python -m orchestration.dbt.child``."""

import contextlib

from orchestration.dbt.child_commands import carry_out

if __name__ == "__main__":
    # The parent stops this process by killing it; an interrupt of the terminal is the parent's.
    with contextlib.suppress(KeyboardInterrupt):
        carry_out()
