"""A real Redshift is what the tests of behaviour run against once its variables are set.

    LIVE_REDSHIFT_HOST=… LIVE_REDSHIFT_USER=… LIVE_REDSHIFT_PASSWORD=… \\
    LIVE_REDSHIFT_BUCKET=… LIVE_REDSHIFT_COPY_ROLE=… LIVE_REDSHIFT_NAMESPACE_ARN=… \\
    python -m pytest -o faulthandler_timeout=7200 -o session_timeout=14400 \\
    tests/live tests/behaviour

The two options give it time: S3 events may take minutes, and locally nothing takes that long.
"""

import pytest
from live.settings import LiveSettings, data_api_target, live_settings
from pydantic import SecretStr
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


@pytest.mark.parametrize(
    ("host", "target"),
    [
        (
            "shop.123456789012.eu-central-1.redshift-serverless.amazonaws.com",
            {"WorkgroupName": "shop", "Database": "dev"},
        ),
        (
            "shop.abcdefgh.eu-central-1.redshift.amazonaws.com",
            {"ClusterIdentifier": "shop", "DbUser": "admin", "Database": "dev"},
        ),
    ],
)
def test_the_host_says_how_the_data_api_gets_there(host: str, target: dict[str, str]) -> None:
    settings = LiveSettings(
        host=host, user="admin", password=SecretStr("x"), bucket="b", copy_role="r"
    )
    assert data_api_target(settings) == target
