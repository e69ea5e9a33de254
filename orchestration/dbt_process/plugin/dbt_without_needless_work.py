"""A plugin of dbt's: the ``dbt`` command, too, leaves out what the flow's process leaves out.

dbt imports what is named ``dbt_…`` on Python's path; ``make install`` puts this folder there.
"""

import atexit
import functools
import os
import sys
from pathlib import Path

from dbt.plugins.manager import dbtPlugin

_FLOWS_OWN = "orchestration.dbt_process.commands"
_STATE = Path(__file__).parents[3] / ".local"


class WithoutNeedlessWork(dbtPlugin):
    """Made by dbt with every command that parses a project."""

    def initialize(self) -> None:
        """Leave it out where dbt-redshift is the adapter; other adapters are left as they are."""
        # The flow's process has seen to it before.
        if "dbt.adapters.redshift" in sys.modules and _FLOWS_OWN not in sys.modules:
            _leave_out()


@functools.cache
def _leave_out() -> None:
    # Not above: they import dbt-redshift's driver, which others need not wait for.
    from orchestration.dbt_process import needless  # noqa: PLC0415
    from orchestration.dbt_process.kept import KeptValues  # noqa: PLC0415
    from orchestration.dbt_process.templates import use_kept_templates  # noqa: PLC0415

    needless.leave_out_needless_work()
    # With the flow's: what is kept is code, and another project's target/ may come from anybody.
    state = Path(os.environ.get("ELT_STATE_DIR", _STATE))
    templates = KeptValues(state / "dbt" / "templates.json")
    use_kept_templates(templates)
    atexit.register(templates.keep)
    needless.collect_garbage_seldom()


plugins = [WithoutNeedlessWork]
