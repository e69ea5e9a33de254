"""Does the warehouse answer?"""

from botocore.exceptions import BotoCoreError, ClientError

from orchestration.aws.data_api import StatementError
from orchestration.errors import StepError
from orchestration.runs.run import Run

# The step that asks first, and in whose name the answer is given.
PREFLIGHT = "preflight"


def check_warehouse(run: Run) -> None:
    """Ask the warehouse for a row through the Data API.

    Raises:
        StepError: it does not answer, or refuses.
    """
    try:
        run.aws.data_api.query("select 1 as answer", timeout=run.settings.preflight_timeout)
    except (BotoCoreError, ClientError, StatementError) as error:
        raise StepError(
            PREFLIGHT,
            "the warehouse does not answer through the Data API",
            "start it (make up, for the local one), or correct REDSHIFT_* and AWS_* in .env",
            [str(error)],
        ) from error
