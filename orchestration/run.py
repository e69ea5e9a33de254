"""One run: a business date, and what its steps work with."""

import os
from dataclasses import dataclass
from datetime import date

from orchestration.aws.clients import Aws, connect
from orchestration.settings import Settings, load_settings


@dataclass(frozen=True)
class Run:
    """A run of the flow for one business date."""

    run_date: date
    settings: Settings
    aws: Aws

    @property
    def dbt_vars(self) -> dict[str, str]:
        """dbt's vars. The same for every command of a run: other vars cost dbt a whole parse."""
        return {
            "run_date": self.run_date.isoformat(),
            "landing_bucket": self.settings.bucket,
            "copy_role_arn": self.settings.copy_role_arn,
        }


def start(run_date: date) -> Run:
    """Read the settings and make the clients; nothing is sent yet.

    What dbt runs from now on carries the date in its query group (profiles.yml).
    """
    settings = load_settings()
    os.environ["ELT_QUERY_GROUP"] = f"retail_elt_{run_date}"
    return Run(run_date, settings, connect(settings))
