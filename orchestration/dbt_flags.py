"""dbt's behaviour flags, kept from piling up in a process that runs dbt again and again."""

from typing import Any

from dbt.adapters.base.impl import BaseAdapter


def keep_flags_apart() -> None:
    """Have every adapter add its own flags to a list of its own.

    dbt-adapters 1.24 adds them to the module's list of flags for all adapters, so it grows with
    each dbt command, and for each flag on it the constructor walks the whole stack and all
    modules: after a few hundred commands in one process an adapter takes longer to make than a
    build to run.
    """
    declared: Any = vars(BaseAdapter)["behavior"]

    def add_to_copy(adapter: BaseAdapter, flags: list[Any]) -> None:
        declared.fset(adapter, list(flags))

    # mypy takes the property for a method.
    BaseAdapter.behavior = declared.setter(add_to_copy)  # type: ignore[method-assign] # a property
