"""A real Redshift is what the tests of behaviour run against once its variables are set.

    LIVE_REDSHIFT_HOST=… LIVE_REDSHIFT_USER=… LIVE_REDSHIFT_PASSWORD=… \\
    LIVE_REDSHIFT_BUCKET=… LIVE_REDSHIFT_COPY_ROLE=… python -m pytest tests/live tests/behaviour
"""

import pytest
from live.settings import live_settings
from warehouse import Warehouse


@pytest.mark.skipif(
    live_settings() is None, reason="no LIVE_REDSHIFT_HOST: the tests use the local Redshift"
)
def test_the_product_is_reached(warehouse: Warehouse) -> None:
    assert "Redshift" in warehouse.value("select version()")
    location = warehouse.put("reached", "1\n")
    warehouse.run("create table reached (id int)")
    warehouse.run(warehouse.copy("reached", "reached"))
    assert warehouse.value("select id from reached") == 1, location


def test_half_a_configuration_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_REDSHIFT_HOST", "cluster.example.com")
    monkeypatch.delenv("LIVE_REDSHIFT_BUCKET", raising=False)
    with pytest.raises(SystemExit, match="LIVE_REDSHIFT_BUCKET"):
        live_settings()
