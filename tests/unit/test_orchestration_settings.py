"""Settings: what the environment says, completed and checked."""

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from local_server import FLOW_SETTINGS
from pydantic import ValidationError

from orchestration.aws.data_api import target_of
from orchestration.settings import (
    PROJECT_DIR,
    Settings,
    SettingsError,
    export_environment,
    load_settings,
)

CLUSTER = {
    "DBT_TARGET": "prod",
    "REDSHIFT_CLUSTER_ID": "retail",
    "REDSHIFT_USER": "elt",
    "REDSHIFT_NAMESPACE_ARN": "arn:aws:redshift:eu-west-1:123456789012:namespace:abc",
    "AWS_REGION": "eu-west-1",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from the repository's own .env."""
    monkeypatch.chdir(tmp_path)


def settings_in(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> Settings:
    # Flows that tests ran in this process have completed its environment.
    for name in [each for each in os.environ if each.startswith(FLOW_SETTINGS)]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_the_local_target_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    environ: dict[str, str] = {}
    export_environment(environ)
    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5440"
    settings = settings_in(monkeypatch, environ)
    assert target_of(settings) == {"Database": "dev", "WorkgroupName": "local"}
    assert settings.bucket == "retail-landing"
    assert settings.create_aws
    assert not settings.catch_up_empty_dates


def test_two_instances_run_side_by_side() -> None:
    environ = {"LOCAL_REDSHIFT_AWS_PORT": "6440", "LOCAL_REDSHIFT_DATA_DIR": "/data/b"}
    export_environment(environ)
    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:6440"
    assert environ["ELT_STATE_DIR"] == "/data/b"
    assert environ["PREFECT_HOME"] == "/data/b/prefect"


def test_what_is_set_wins_over_env_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AWS_ENDPOINT_URL=http://file\nLANDING_BUCKET=from-file\n")
    environ = {"AWS_ENDPOINT_URL": "http://shell"}
    export_environment(environ)
    assert environ["AWS_ENDPOINT_URL"] == "http://shell"
    assert environ["LANDING_BUCKET"] == "from-file"


def test_another_target_gets_no_local_address() -> None:
    environ = {"DBT_TARGET": "prod"}
    export_environment(environ)
    assert not [name for name in environ if name.startswith(("AWS_", "REDSHIFT_"))]


def test_an_analysts_copy_on_a_laptop_is_on_the_local_redshift(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = {"DBT_TARGET": "laptop", "DBT_SCHEMA": "ann"}
    export_environment(environ)
    settings = settings_in(monkeypatch, environ)
    assert target_of(settings) == {"Database": "dev", "WorkgroupName": "local"}
    assert settings.ops_schema == "ann_ops"
    assert settings.dbt_target_path == Path(".local/dbt_ann").resolve()
    assert settings.artifacts_path == Path(".local/artifacts").resolve()


def test_a_cluster_is_addressed_with_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(monkeypatch, CLUSTER)
    assert settings.region == "eu-west-1"
    assert not settings.create_aws
    assert settings.catch_up_empty_dates
    assert target_of(settings) == {
        "Database": "dev",
        "ClusterIdentifier": "retail",
        "DbUser": "elt",
    }


def test_a_secret_brings_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(monkeypatch, {**CLUSTER, "REDSHIFT_SECRET_ARN": "arn:secret"})
    assert target_of(settings) == {
        "Database": "dev",
        "ClusterIdentifier": "retail",
        "SecretArn": "arn:secret",
    }


@pytest.mark.parametrize("workgroup", [{"REDSHIFT_CLUSTER_ID": ""}, {"REDSHIFT_WORKGROUP": "w"}])
def test_one_warehouse_must_be_named(
    monkeypatch: pytest.MonkeyPatch, workgroup: dict[str, str]
) -> None:
    with pytest.raises(ValidationError, match="either REDSHIFT_WORKGROUP"):
        settings_in(monkeypatch, {**CLUSTER, **workgroup})


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ELT_GATE_ON_LATE", "stop", "ELT_GATE_ON_LATE is 'stop': Input should be 'fail', 'warn'"),
        ("ELT_LOCK_SECONDS", "soon", "ELT_LOCK_SECONDS is 'soon': Input should be a valid number"),
        ("LOCAL_REDSHIFT_SQL_PORT", "abc", "LOCAL_REDSHIFT_SQL_PORT is 'abc': Input should be"),
        ("LOCAL_REDSHIFT_AWS_PORT", "0", "LOCAL_REDSHIFT_AWS_PORT is '0': Input should be"),
        ("ELT_GATE_TIMOUT", "9", "ELT_GATE_TIMOUT is no setting; did you mean ELT_GATE_TIMEOUT?"),
        ("ELT_XYZ", "9", "ELT_XYZ is no setting"),
    ],
)
def test_a_mistake_is_told_by_the_name_of_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    settings_in(monkeypatch, CLUSTER)
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert error.value.headline.startswith(f"settings: {said}")
    assert error.value.remedy == "correct .env or the environment; .env.example lists the settings"


def test_what_is_missing_is_told_by_the_name_of_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings_in(monkeypatch, CLUSTER)
    monkeypatch.delenv("REDSHIFT_NAMESPACE_ARN")
    with pytest.raises(SettingsError, match="settings: REDSHIFT_NAMESPACE_ARN is missing\n"):
        load_settings()


def test_dbts_own_variable_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    settings_in(monkeypatch, {**CLUSTER, "ELT_QUERY_GROUP": "nightly"})


@pytest.mark.parametrize(
    ("words", "environ", "said"),
    [
        (["local_redshift", "status"], {"LOCAL_REDSHIFT_AWS_PORT": "abc"}, "AWS_PORT is 'abc'"),
        (["local_redshift", "up"], {"LOCAL_REDSHIFT_SQL_PORT": "70000"}, "SQL_PORT is '70000'"),
        (["orchestration", "status"], {"LOCAL_REDSHIFT_AWS_PORT": "abc"}, "AWS_PORT is 'abc'"),
        (["orchestration", "serve", "--port", "70000"], {}, "'--port'"),
    ],
)
def test_a_port_that_cannot_be_is_told_without_a_traceback(
    tmp_path: Path, words: list[str], environ: dict[str, str], said: str
) -> None:
    failed = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=PROJECT_DIR,
        env={"PATH": os.environ["PATH"], "ELT_STATE_DIR": str(tmp_path), **environ},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert failed.returncode in {1, 2}
    assert said in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stderr


def test_output_that_is_no_terminal_keeps_lines_whole() -> None:
    address = f"s3://bucket/{'long/' * 40}file.gz"
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from orchestration.console import console; console.print('loaded {address} at last')",
        ],
        cwd=PROJECT_DIR,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    ).stdout
    assert said == f"loaded {address} at last\n"


def test_the_command_line_has_nothing_to_complain_of_in_a_fresh_clone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", "--help"],
        cwd=PROJECT_DIR,
        env={"PATH": os.environ["PATH"], "ELT_STATE_DIR": str(tmp_path / "new" / "state")},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert "doctor" in done.stdout
    assert done.stderr == ""


NEW_YORK = {"ELT_BUSINESS_TIMEZONE": "America/New_York"}
DAY_AFTER = {"ELT_BUSINESS_DATE_OFFSET": "-1"}


@pytest.mark.parametrize(
    ("environ", "at", "expected"),
    [
        # Six in the morning in New York: the same date everywhere between.
        ({}, "2026-11-28T11:00+00:00", "2026-11-28"),
        (NEW_YORK, "2026-11-28T11:00+00:00", "2026-11-28"),
        (NEW_YORK | DAY_AFTER, "2026-11-28T11:00+00:00", "2026-11-27"),
        # In the evening there, it is the next day in UTC; in the morning in Sydney, the day before.
        ({}, "2026-11-29T03:30+00:00", "2026-11-29"),
        (NEW_YORK, "2026-11-29T03:30+00:00", "2026-11-28"),
        ({"ELT_BUSINESS_TIMEZONE": "Australia/Sydney"}, "2026-11-28T19:00+00:00", "2026-11-29"),
        # The clock goes forward at two on the 8th: midnight after it comes an hour earlier in UTC.
        (NEW_YORK, "2026-03-08T04:59+00:00", "2026-03-07"),
        (NEW_YORK, "2026-03-08T05:00+00:00", "2026-03-08"),
        (NEW_YORK, "2026-03-09T03:59+00:00", "2026-03-08"),
        (NEW_YORK, "2026-03-09T04:00+00:00", "2026-03-09"),
        # 24 hours before half past midnight on the 9th it was still the 7th.
        (NEW_YORK | DAY_AFTER, "2026-03-09T04:30+00:00", "2026-03-08"),
        # And back at two on the 1st, which has 25 hours.
        (NEW_YORK, "2026-11-01T04:00+00:00", "2026-11-01"),
        (NEW_YORK, "2026-11-02T04:59+00:00", "2026-11-01"),
        (NEW_YORK, "2026-11-02T05:00+00:00", "2026-11-02"),
        # 24 hours before half past eleven at night on the 1st it was the 1st as well.
        (NEW_YORK | DAY_AFTER, "2026-11-02T04:30+00:00", "2026-10-31"),
    ],
)
def test_the_business_date_of_a_run_that_names_none(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], at: str, expected: str
) -> None:
    settings = settings_in(monkeypatch, {**CLUSTER, **environ})
    assert settings.business_date(datetime.fromisoformat(at)) == date.fromisoformat(expected)


def test_a_time_zone_that_there_is_not_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="Mars/Olympus"):
        settings_in(monkeypatch, {**CLUSTER, "ELT_BUSINESS_TIMEZONE": "Mars/Olympus"})
