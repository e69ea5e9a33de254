"""One process runs dbt many times: nothing of an adapter may be left for the next one."""

from types import SimpleNamespace

from dbt.adapters.base.impl import BaseAdapter

from orchestration.dbt_flags import keep_flags_apart


def flag(name: str) -> dict[str, object]:
    return {"name": name, "default": False, "docs_url": "https://example.com"}


def test_an_adapter_leaves_the_flags_of_all_adapters_alone() -> None:
    keep_flags_apart()
    of_all = [flag("everyones")]
    adapter = SimpleNamespace(_behavior_flags=[flag("its_own")], config=SimpleNamespace(flags={}))
    BaseAdapter.behavior.fset(adapter, of_all)
    assert of_all == [flag("everyones")]
    assert adapter._behavior.its_own.no_warn is False
