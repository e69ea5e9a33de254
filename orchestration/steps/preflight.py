"""Preflight: does the warehouse answer, and does it hear of new objects?"""

from botocore.exceptions import BotoCoreError, ClientError

from orchestration.aws.data_api import StatementError
from orchestration.aws.integration import find_integration
from orchestration.errors import StepError
from orchestration.run import Run

NAME = "preflight"


def check_warehouse(run: Run) -> None:
    """Ask the warehouse for a row through the Data API.

    Raises:
        StepError: it does not answer, or refuses.
    """
    try:
        run.aws.data_api.query("select 1 as answer")
    except (BotoCoreError, ClientError, StatementError) as error:
        raise StepError(
            NAME,
            "the warehouse does not answer through the Data API",
            "start it (make up, for the local one), or correct REDSHIFT_* and AWS_* in .env",
            [str(error)],
        ) from error


def check_integration(run: Run) -> None:
    """Without an active event integration no job ever hears of a file.

    Raises:
        StepError: there is none, or it is not active.
    """
    settings = run.settings
    found = find_integration(run.aws.redshift, settings.bucket, settings.namespace_arn)
    if found is None:
        raise StepError(
            NAME,
            f"no S3 event integration leads from bucket {settings.bucket} to the warehouse",
            "python -m orchestration prepare (with ELT_CREATE_AWS=true it creates one)",
            [f"expected target: {settings.namespace_arn}"],
        )
    if not found.is_active:
        raise StepError(
            NAME,
            f"the S3 event integration {found.name} is {found.status}, not active",
            "see AWS console, Redshift, S3 event integrations; then run again",
            [found.arn, *found.errors],
        )
