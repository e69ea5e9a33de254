"""The Python code that Jinja makes of dbt's macros and models.

Every process would make it anew, some 300 times in a run, which takes as long as all the parsing.
It follows from a template's text, the kind of environment and the installed packages alone.
"""

import base64
import contextlib
import hashlib
import marshal
from collections.abc import Callable
from types import CodeType
from typing import Any, cast

import jinja2

from orchestration.dbt_process.kept import KeptValues

_compile = cast(Callable[..., CodeType], jinja2.Environment.compile)


def use_kept_templates(kept: KeptValues) -> None:
    """Have Jinja in this process take them from what is kept, and add those that are missing."""

    def compiled(
        environment: jinja2.Environment, source: Any, *names: object, **options: object
    ) -> Any:
        # Its other form is a tree of Jinja's, and its other outcome the code as text.
        if not isinstance(source, str) or options or any(names):
            return _compile(environment, source, *names, **options)
        kind = type(environment)
        text = f"{kind.__module__}.{kind.__qualname__}\n{source}"
        key = hashlib.sha256(text.encode()).hexdigest()
        with contextlib.suppress(KeyError, EOFError, TypeError, ValueError):
            # The file is this user's own, beside dbt's parse, which has the same texts in it.
            return marshal.loads(base64.b64decode(kept.values[key]))  # noqa: S302
        made = _compile(environment, source)
        kept.values[key] = base64.b64encode(marshal.dumps(made)).decode()
        return made

    jinja2.Environment.compile = compiled  # type: ignore[method-assign,assignment] # replaced
