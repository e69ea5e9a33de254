"""The AWS CLI against the endpoint."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import LocalRedshift

from local_redshift.settings import DATABASE, WORKGROUP


def aws(server: LocalRedshift, *arguments: str) -> str:
    cli = Path(sys.executable).with_name("aws")
    run = subprocess.run(
        [str(cli), *arguments],
        env={**os.environ, **server.env},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return run.stdout


@pytest.mark.feature("Clients", "AWS CLI: s3 mb, cp, ls, rm")
def test_s3(local_redshift: LocalRedshift, tmp_path: Path) -> None:
    local = tmp_path / "rows.csv"
    local.write_text("1,a\n")
    aws(local_redshift, "s3", "mb", "s3://aws-cli")
    aws(local_redshift, "s3", "cp", str(local), "s3://aws-cli/in/rows.csv")
    assert "rows.csv" in aws(local_redshift, "s3", "ls", "s3://aws-cli/in/")
    assert aws(local_redshift, "s3", "cp", "s3://aws-cli/in/rows.csv", "-") == "1,a\n"
    aws(local_redshift, "s3", "rm", "s3://aws-cli/in/rows.csv")


@pytest.mark.feature("Clients", "AWS CLI: redshift-data")
def test_redshift_data(local_redshift: LocalRedshift, wait_until: Callable[..., None]) -> None:
    target = ("--workgroup-name", WORKGROUP, "--database", DATABASE)
    sql = ("--sql", "select 7 as seven")
    started = json.loads(aws(local_redshift, "redshift-data", "execute-statement", *target, *sql))
    this = ("--id", started["Id"])
    wait_until(
        lambda: '"FINISHED"' in aws(local_redshift, "redshift-data", "describe-statement", *this)
    )
    result = json.loads(aws(local_redshift, "redshift-data", "get-statement-result", *this))
    assert result["Records"] == [[{"longValue": 7}]]
