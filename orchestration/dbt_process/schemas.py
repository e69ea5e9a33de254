"""The JSON schemas against which dbt checks its settings.

dbt makes them of its classes anew in every process, which is a third of a parse that finds nothing
changed. They follow from the installed packages alone; the checks themselves are always made.
"""

import functools
from typing import Any

from dbt_common.dataclass_schema import dbtClassMixin

from orchestration.dbt_process.kept import KeptValues


def use_kept_schemas(kept: KeptValues) -> None:
    """Have dbt in this process take them from what is kept, and add those that are missing."""
    make = dbtClassMixin.json_schema.__func__  # type: ignore[attr-defined] # a class method

    def json_schema(cls: type[dbtClassMixin]) -> Any:
        name = f"{cls.__module__}.{cls.__qualname__}"
        if name not in kept.values:
            kept.values[name] = make(cls)
        return kept.values[name]

    cached = functools.lru_cache(json_schema)
    dbtClassMixin.json_schema = classmethod(cached)  # type: ignore[assignment,method-assign,arg-type] # replaced
