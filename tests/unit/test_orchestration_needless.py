"""What dbt's process leaves out changes nothing but the time that it takes."""

import gc
from typing import Any

import pytest
import redshift_connector.cursor
import sqlparse
from dbt.plugins.manager import PluginManager
from dbt.task import runnable
from dbt_common.clients import agate_helper
from dbt_common.events import functions
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Note, SystemExecutingCmd, SystemStdOut
from dbt_common.exceptions import base
from redshift_connector.metadataAPIPostProcessor import MetadataAPIPostProcessor
from redshift_connector.metadataServerProxy import MetadataServerProxy
from sqlparse.engine import FilterStack

from orchestration.dbt_process.needless import (
    collect_garbage_seldom,
    leave_out_needless_work,
    leave_out_what_nobody_reads,
)

TEXTS = (
    "select 1",
    "  select 'a', \"b\"\nfrom t -- the end\n",
    "select 1;",
    ";",
    "select 1; select 2",
    "create table t as (\n  select 1\n);\n",
    "/* app */ create table t as (select ';' as a);",
    "select 1 -- a; b\n",
    "",
    "  \n",
    "-- nothing but a remark",
)


@pytest.mark.parametrize("sql", TEXTS)
def test_statements_are_those_that_sqlparse_finds(
    sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What sqlparse.split does; other tests of this process may have replaced it already.
    expected = [str(statement).strip() for statement in FilterStack().run(sql)]
    with monkeypatch.context() as patched:
        patched.setattr(sqlparse, "split", sqlparse.split)
        leave_out_needless_work()
        found = sqlparse.split(sql)
    assert found == expected


@pytest.mark.parametrize("kind", [MetadataAPIPostProcessor, MetadataServerProxy])
def test_a_cursor_has_what_the_driver_gives_it(
    monkeypatch: pytest.MonkeyPatch, kind: type[Any]
) -> None:
    with monkeypatch.context() as patched:
        for each in (MetadataAPIPostProcessor, MetadataServerProxy):
            patched.setattr(redshift_connector.cursor, each.__name__, None)
        leave_out_needless_work()
        make = getattr(redshift_connector.cursor, kind.__name__)
        first, second = make("first"), make("second")
    assert (first._cursor, second._cursor) == ("first", "second")
    assert isinstance(first, kind)
    assert _told(first) == _told(kind("first"))


def test_an_error_without_its_secrets_has_them_looked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(base, "env_secrets", lambda: looked.append("once") or ["hush"])
        patched.setattr(functions, "env_secrets", None)
        leave_out_needless_work()
        said = [str(base.DbtRuntimeError(f"{word} hush")) for word in ("first", "second")]
        event = functions.env_scrubber("an event hush")
    assert [text.split()[-2:] for text in said] == [["first", "*****"], ["second", "*****"]]
    assert event == "an event *****"
    assert looked == ["once"]


def test_a_statement_without_rows_has_an_empty_table(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(agate_helper, "empty_table", agate_helper.empty_table)
        leave_out_needless_work()
        first, second = agate_helper.empty_table(), agate_helper.empty_table()
    assert (len(first.rows), len(first.columns)) == (0, 0)
    assert first is second


def test_garbage_is_collected_seldom_but_is() -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)  # Python's own; dbt's plugin may have changed them
        collect_garbage_seldom()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert all(own > 10 for own in gc.get_threshold())
        assert gc.get_threshold()[0] > 700
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_plugins_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(PluginManager, "get_prefixed_modules", lambda: looked.append("once") or {})
        leave_out_needless_work()
        found = [PluginManager.get_prefixed_modules() for _ in range(2)]
    assert found == [{}, {}]
    assert looked == ["once"]


def _told(processor: object) -> dict[str, object]:
    return {name: getattr(each, "__dict__", each) for name, each in vars(processor).items()}


def test_of_debug_events_only_those_are_made_that_are_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manager, heard = EventManager(), list[str]()
    manager.callbacks.append(lambda event: heard.append(event.info.msg))
    with monkeypatch.context() as patched:
        patched.setattr(EventManager, "fire_event", EventManager.fire_event)
        patched.setattr(runnable, "write_manifest", None)
        leave_out_what_nobody_reads({"SystemExecutingCmd"})
        manager.fire_event(SystemExecutingCmd(cmd=["heard"]))
        manager.fire_event(SystemStdOut(bmsg="not heard"))
        manager.fire_event(SystemStdOut(bmsg="raised"), level=EventLevel.WARN)
        manager.fire_event(Note(msg="told"))
        manager.fire_event(Note(msg="whispered"), level=EventLevel.DEBUG)
    command, raised, told = heard
    assert "heard" in command
    assert "raised" in raised
    assert told == "told"
