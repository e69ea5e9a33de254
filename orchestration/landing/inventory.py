"""Shows dbt what is in the bucket: it cannot look at S3, so the listing becomes a table.

The listing and the headers of files are put into the bucket and loaded by COPY, with the statements
that dbt hands out: the warehouse reads a million keys as easily as ten.
"""

import csv
import gzip
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from orchestration.aws.data_api import Result
from orchestration.aws.s3 import S3Object, clock, list_objects
from orchestration.landing.file_headers import read_field_names
from orchestration.landing.landing_description import CopyJob, LandingDescription
from orchestration.runs.run import Run

_DATETIME = "%Y-%m-%d %H:%M:%S"


def refresh(
    run: Run,
    landing: LandingDescription,
    *,
    new_jobs: Collection[str] = (),
    then: Sequence[str] = (),
) -> list[Result]:
    """List the objects under the prefixes of all jobs and replace the warehouse's inventory.

    Args:
        new_jobs: names of jobs that do not exist yet; the fields of one object of each are read.
        then: queries to run in the same transaction, so that they see this listing.

    Returns:
        What the queries of ``then`` returned.

    Raises:
        StatementError: the inventory could not be loaded.
    """
    bucket = run.settings.bucket
    listed_at = clock(run.aws.s3, bucket).strftime(_DATETIME)
    objects = list_objects(run.aws.s3, bucket, [job.prefix for job in landing.jobs])
    rows: dict[str, list[dict[str, object]]] = {
        "s3_inventory": [
            {
                "bucket": each.bucket,
                "object_key": each.key,
                "size": each.size,
                "etag": each.etag,
                "modified_at": each.modified.strftime(_DATETIME),
                "listed_at": listed_at,
            }
            for each in objects
        ],
        "s3_samples": [
            {
                "job_name": job.name,
                "object_url": newest.url,
                "fields": json.dumps(fields),
                "sampled_at": listed_at,
            }
            for job, newest, fields in _file_headers(run, landing.jobs, new_jobs, objects)
        ],
    }
    for table, key in landing.handover.keys.items():
        body = _csv(landing.handover.columns[table], rows[table])
        run.aws.s3.put_object(Bucket=bucket, Key=key, Body=body)
    if new_jobs:
        run.aws.data_api.batch(landing.handover.create, name="inventory-tables")
    statements = [*landing.handover.load, *then]
    results = run.aws.data_api.batch(statements, name="inventory")
    return results[len(landing.handover.load) :]


def _file_headers(
    run: Run, jobs: Iterable[CopyJob], new_jobs: Collection[str], objects: Sequence[S3Object]
) -> Iterator[tuple[CopyJob, S3Object, list[str]]]:
    """The newest object of each new job that tells its fields."""
    for job in jobs:
        theirs = [each for each in objects if each.key.startswith(job.prefix)]
        if job.name in new_jobs and theirs:
            newest = max(theirs, key=lambda each: each.modified)
            fields = read_field_names(run.aws.s3, job, newest)
            if fields is not None:
                yield job, newest, fields


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    text = io.StringIO()
    csv.DictWriter(text, columns, lineterminator="\n").writerows(rows)
    return gzip.compress(text.getvalue().encode())
