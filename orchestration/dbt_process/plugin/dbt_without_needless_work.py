"""A plugin of dbt's: the ``dbt`` command, too, leaves out what the flow's process leaves out.

dbt imports what is named ``dbt_…`` on Python's path; ``make install`` puts this folder there.
"""

import functools
import sys

from dbt.plugins.manager import dbtPlugin


class WithoutNeedlessWork(dbtPlugin):
    """Made by dbt with every command that parses a project."""

    def initialize(self) -> None:
        """Leave it out where dbt-redshift is the adapter; other adapters are left as they are."""
        if "dbt.adapters.redshift" in sys.modules:
            _leave_out()


@functools.cache
def _leave_out() -> None:
    # Not above: it imports dbt-redshift's driver, which others need not wait for.
    from orchestration.dbt_process import needless  # noqa: PLC0415

    needless.leave_out_needless_work()
    needless.collect_garbage_seldom()


plugins = [WithoutNeedlessWork]
