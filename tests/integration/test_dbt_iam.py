"""dbt with `method: iam`: credentials from the AWS endpoint, then SQL over TLS."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LocalRedshift

PROFILE = """
iam:
  target: iam
  outputs:
    iam:
      type: redshift
      method: iam
      host: 127.0.0.1
      port: {port}
      user: {user}
      dbname: dev
      schema: {schema}
      region: us-east-1
      autocreate: true
      threads: 2
      {form}
"""
FORMS = {
    "serverless": "is_serverless: true\n      serverless_work_group: local",
    "cluster": "cluster_id: local",
}
FILES = {
    "dbt_project.yml": "name: iam\nprofile: iam\n",
    "models/numbers.sql": "{{ config(materialized='table') }} select 1 as n union all select 2",
    "models/sums.sql": "select sum(n) as s from {{ ref('numbers') }}",
    "models/schema.yml": (
        "models:\n  - name: sums\n    columns:\n      - name: s\n"
        "        data_tests: [not_null, unique]\n"
    ),
}


@pytest.mark.feature("Clients", "dbt with method: iam", note="cluster_id or serverless_work_group")
@pytest.mark.parametrize("form", FORMS)
def test_dbt_builds_with_iam(local_redshift: LocalRedshift, tmp_path: Path, form: str) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    schema = f"iam_{form}"
    (tmp_path / "profiles.yml").write_text(
        PROFILE.format(
            port=local_redshift.sql_port, user="awsuser", schema=schema, form=FORMS[form]
        )
    )
    for verb in ("debug", "build") if form == "cluster" else ("build",):
        run = subprocess.run(
            [Path(sys.executable).with_name("dbt"), verb],
            cwd=tmp_path,
            env={
                **os.environ,
                **local_redshift.env,
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "SSL_CERT_FILE": str(local_redshift.certificate),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
    with local_redshift.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"select s, current_user from {schema}.sums")
        assert cursor.fetchone() == [3, "awsuser"]
