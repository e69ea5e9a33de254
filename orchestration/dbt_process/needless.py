"""What dbt's libraries do for every node or statement without need, and have no setting against."""

import copy
import functools
import gc
from collections.abc import Callable, Collection
from typing import Any

import redshift_connector
import redshift_connector.cursor
import sqlparse
from dbt.plugins.manager import PluginManager
from dbt.task import runnable
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients import agate_helper
from dbt_common.events import functions
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.exceptions import base
from redshift_connector.metadataAPIPostProcessor import MetadataAPIPostProcessor
from redshift_connector.metadataServerProxy import MetadataServerProxy

_split = sqlparse.split
# Objects, and rounds of the next smaller kind of collection; Python's own are 700, 10 and 10.
_SELDOM = (50_000, 20, 50)


def leave_out_needless_work() -> None:
    """Have this process connect and send statements with less processor time."""
    # Without a name the driver derives one at every connect by reading the source of each frame
    # on the stack, which is more than most nodes need; dbt connects once a node. Named, the
    # project's connections are also told apart in SYS_CONNECTION_LOG.
    redshift_connector.connect = functools.partial(
        redshift_connector.connect, application_name="retail_elt"
    )
    # Each cursor, and dbt makes one a statement, comes with lists of what the driver's metadata
    # calls send and return. dbt makes no such calls, and the lists are the same for all.
    for kind in (MetadataAPIPostProcessor, MetadataServerProxy):
        setattr(redshift_connector.cursor, kind.__name__, _made_once(kind))
    # Each look for a macro in a package without it, and dbt looks into three for each macro of an
    # adapter, is an exception, whose text is searched for the secrets of the environment, as that
    # of each event is.
    secrets = functools.cache(base.env_secrets)
    base.env_secrets = secrets
    functions.env_secrets = secrets  # type: ignore[attr-defined] # imported there
    # Each statement without rows has an empty table for a result, whose types are made ready first
    # and which cannot be changed.
    agate_helper.empty_table = functools.cache(agate_helper.empty_table)
    # dbt-redshift looks for the statements in all that it sends, because the driver takes one at a
    # time: a sixth of a build's processor time.
    sqlparse.split = _statements
    # With each command dbt looks for plugins in every folder that Python imports from.
    PluginManager.get_prefixed_modules = staticmethod(  # type: ignore[method-assign] # replaced
        functools.cache(PluginManager.get_prefixed_modules)
    )
    # For each flag of behaviour an adapter has, with each command, dbt looks up the module of every
    # frame on the stack, for a warning that is hardly ever given.
    BehaviorFlagRendered._default_source = staticmethod(  # type: ignore[method-assign] # replaced
        lambda: "dbt.adapters"
    )


def collect_garbage_seldom() -> None:
    """Have what there is now never looked through for garbage, and what is to come seldom.

    dbt's classes and the project as it is parsed stay until the end. What a node leaves behind in
    cycles is little, and looking for it as often as Python does is a tenth of a build.
    """
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def _made_once(kind: type[Any]) -> Callable[[object], Any]:
    """Makes the helpers of a cursor as copies of one."""
    model = kind(None)

    def of_cursor(cursor: object) -> Any:
        own = copy.copy(model)
        own._cursor = cursor
        return own

    return of_cursor


def _statements(sql: str, encoding: str | None = None, strip_semicolon: bool = False) -> list[str]:
    """``sqlparse.split``, which need not read a text with no semicolon but at its end."""
    statement = sql.strip()
    if strip_semicolon or ";" in statement[:-1]:
        return list(_split(sql, encoding, strip_semicolon))
    return [statement] if statement else []


def leave_out_what_nobody_reads(events: Collection[str]) -> None:
    """Have this process write no manifest.json, and make no events of level debug, for which dbt's
    log is not set up.

    Args:
        events: the names of those debug events that something listens to.
    """
    # With each command, after its last node: though the project is parsed once.
    runnable.write_manifest = lambda *_, **__: None  # type: ignore[attr-defined] # imported there
    fire = EventManager.fire_event

    def fire_if_heard(
        manager: EventManager, event: BaseEvent, level: EventLevel | None = None, **others: Any
    ) -> None:
        if (level or event.level_tag()) != EventLevel.DEBUG or type(event).__name__ in events:
            fire(manager, event, level, **others)

    EventManager.fire_event = fire_if_heard  # type: ignore[method-assign,assignment] # replaced
