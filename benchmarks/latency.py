"""How long one small thing takes."""

import statistics
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.timing import seconds
from benchmarks.warehouse import BUCKET, ROLE, Warehouse
from orchestration.aws import integration

_ROUND_TRIPS = 500
_PUTS = 50


def round_trip(warehouse: Warehouse, _folder: Path) -> Figure:
    """a round trip of `select 1`"""
    with warehouse.connect() as connection:
        cursor = connection.cursor()

        def ask() -> None:
            cursor.execute("select 1")
            cursor.fetchone()

        median = statistics.median(seconds(ask) for _ in range(_ROUND_TRIPS)) * 1000
    return Figure(
        "`select 1` through `redshift_connector`",
        f"median {median:.2f} ms",
        "under 2 ms",
        median < 2,
    )


def put_to_visible(warehouse: Warehouse, _folder: Path) -> Figure:
    """from PUT to visible row through an auto-copy job"""
    s3 = warehouse.client("s3")
    integrate(warehouse)
    with warehouse.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("create table events (id int, what varchar(10))")
        cursor.execute(
            f"copy events from 's3://{BUCKET}/events/' iam_role '{ROLE}' csv "
            "job create job_events auto on"
        )
        times = []
        for number in range(_PUTS):
            start = time.perf_counter()
            s3.put_object(Bucket=BUCKET, Key=f"events/{number}.csv", Body=f"{number},sale\n")
            while True:
                cursor.execute(f"select count(*) from events where id = {number}")
                if cursor.fetchone()[0]:
                    break
                time.sleep(0.01)
            times.append(time.perf_counter() - start)
    p95 = statistics.quantiles(times, n=20)[-1]
    return Figure(
        "PUT to visible row through a copy job, one small file",
        f"p95 {p95 * 1000:.0f} ms",
        "p95 under 1 s",
        p95 < 1,
    )


def integrate(warehouse: Warehouse) -> None:
    """An active S3 event integration, without which a job loads nothing."""
    redshift = warehouse.client("redshift")
    serverless = warehouse.client("redshift-serverless")
    name = serverless.get_workgroup(workgroupName="local")["workgroup"]["namespaceName"]
    namespace = serverless.get_namespace(namespaceName=name)["namespace"]["namespaceArn"]
    integration.ensure_integration(
        warehouse.client("s3"), redshift, bucket=BUCKET, namespace_arn=namespace, name="bench"
    )
    found = integration.wait_until_active(redshift, BUCKET, namespace, timeout=10)
    if found is None or not found.is_active:
        raise SystemExit(f"the event integration is not active: {found}")
