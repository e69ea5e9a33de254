"""How many files a second go from S3 into a table, by way of a copy job."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.latency import integrate
from benchmarks.warehouse import BUCKET, ROLE, Warehouse

_FILES = 1000
_SENDERS = 4
_RATE = 50
_PATIENCE = 300.0  # seconds


def files_per_second(warehouse: Warehouse, _folder: Path) -> Figure:
    """1,000 small files through a copy job"""
    s3 = warehouse.client("s3")
    integrate(warehouse)

    def send(number: int) -> None:
        s3.put_object(Bucket=BUCKET, Key=f"many/{number}.csv", Body=f"{number},sale\n")

    with warehouse.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("create table many (id int, what varchar(10))")
        cursor.execute(
            f"copy many from 's3://{BUCKET}/many/' iam_role '{ROLE}' csv "
            "job create job_many auto on"
        )
        start = time.perf_counter()
        with ThreadPoolExecutor(_SENDERS) as senders:
            list(senders.map(send, range(_FILES)))
        loaded = 0
        while loaded < _FILES and time.perf_counter() - start < _PATIENCE:
            time.sleep(0.05)
            cursor.execute("select count(*) from many")
            (loaded,) = cursor.fetchone()
        rate = loaded / (time.perf_counter() - start)
    return Figure(
        f"files per second: {_FILES:,} small files, {_SENDERS} senders, one copy job",
        f"{rate:.0f} files/s, {loaded:,} of {_FILES:,} loaded",
        f"over {_RATE} files/s",
        rate > _RATE and loaded == _FILES,
    )
