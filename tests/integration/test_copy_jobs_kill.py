"""A server that is killed again and again during uploads loads every row exactly once."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from conftest import LocalRedshift
from copy_helpers import Bucket

KILLS = 5
FILES = 150
ROWS = 40  # per file
SEED = 20001026


def upload(bucket: Bucket, prefix: str, first_row: int) -> None:
    """Put every file, each as often as it takes to be answered."""
    for number in range(FILES):
        start = first_row + number * ROWS
        body = "".join(f"{row}|{prefix}\n" for row in range(start, start + ROWS))
        while True:
            try:
                bucket.put_gzip(f"{prefix}/{number}.gz", body)
                break
            except (BotoCoreError, ClientError):
                time.sleep(0.05)
        time.sleep(0.01)


def test_every_row_exactly_once(
    new_local_redshift: Callable[[], LocalRedshift], wait_until: Callable[..., None]
) -> None:
    server = new_local_redshift()
    bucket = Bucket(server)
    bucket.integrate()
    bucket.run("create table t (id int, job varchar(10), loaded_at timestamp default sysdate)")
    for prefix in ("green", "red"):
        bucket.copy("t (id, job)", f"{prefix}/", f"GZIP JOB CREATE {prefix} AUTO ON")
    uploads = [
        threading.Thread(target=upload, args=(bucket, prefix, number * FILES * ROWS))
        for number, prefix in enumerate(("green", "red"))
    ]
    for each in uploads:
        each.start()
    pause = random.Random(SEED)
    for _ in range(KILLS):
        time.sleep(pause.uniform(0.1, 0.4))
        assert all(each.is_alive() for each in uploads), "too few files for so many kills"
        server.kill()
        server.start()
    for each in uploads:
        each.join()
    bucket.connection = server.connect()

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return bucket.run(sql)

    total = 2 * FILES * ROWS
    wait_until(
        lambda: (
            ask("select count(*) from sys_copy_job_detail where status = 'I'") == [(2 * FILES,)]
        ),
        60,
    )
    assert ask("select count(*), count(distinct id), min(id), max(id) from t") == [
        (total, total, 0, total - 1)
    ]
    assert ask("select count(*), count(distinct file_name) from sys_copy_job_detail") == [
        (2 * FILES, 2 * FILES)
    ]
    assert ask(
        "select sum(source_file_count)::int, sum(loaded_rows) from sys_load_history "
        "where status = 'completed'"
    ) == [(2 * FILES, total)]
    assert ask("select count(*) from sys_load_history where status <> 'completed'") == [(0,)]
    assert ask("select sum(lines_scanned) from stl_load_commits") == [(total,)]
