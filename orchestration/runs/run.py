"""One run: a business date, and what its steps work with."""

import dataclasses
import json
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime

from orchestration import console
from orchestration.aws.clients import Aws, connect
from orchestration.console import Say, unheard
from orchestration.dbt.commands import Dbt
from orchestration.dbt.process import DbtProcess
from orchestration.errors import StepError
from orchestration.runs.lock import Lease
from orchestration.settings import Settings, load_settings


@dataclass(frozen=True)
class Run:
    """A run of the flow, at one business date of it.

    Args:
        run_id: names the run in the warehouse: in its log, and as the label of dbt's statements.
        lease: the run's lock; one that cannot be lost where none is needed.
        warnings: what is not as it should be with the date, and stops nothing.
        say: takes a line about what the present step has done.
    """

    run_date: date
    run_id: str
    settings: Settings
    aws: Aws
    dbt_process: DbtProcess
    lease: Lease = field(default_factory=Lease)
    warnings: list[StepError] = field(default_factory=list)
    say: Say = unheard

    @property
    def dbt(self) -> Dbt:
        """dbt's commands for the run's date."""
        variables = {"run_date": self.run_date.isoformat(), **_lasting_vars(self.settings)}
        return Dbt(self.dbt_process, self.settings, self.aws.data_api, variables, self.lease.check)

    def for_date(self, run_date: date) -> "Run":
        """The same run at another business date, of which nothing is to be warned of yet."""
        return dataclasses.replace(self, run_date=run_date, warnings=[])

    def with_lease(self, lease: Lease) -> "Run":
        """The same run as the holder of a lock; it waits for nothing once that is lost."""
        return dataclasses.replace(self, lease=lease, aws=self.aws.as_long_as(lease.check))

    def saying(self, say: Say) -> "Run":
        """The same run within a step, which has somewhere to say what it does."""
        return dataclasses.replace(self, say=say)

    def warn(self, of: StepError) -> None:
        """Say at once what would have been a failure, and keep it for the record of the date."""
        self.warnings.append(of)
        console.warn(str(of))


def start_run(run_date: date | None = None, at: datetime | None = None) -> Run:
    """Read the settings and make the clients; nothing is sent and no process started yet.

    Args:
        run_date: what the settings make of ``at`` if left out.
        at: when a run that names no date was to start; now if left out.
    """
    settings = load_settings()
    run_date = run_date or settings.business_date(at)
    run_id = uuid.uuid4().hex[:16]
    options = [
        *("--target", settings.target),
        *("--project-dir", str(settings.project_dir)),
        *("--profiles-dir", str(settings.project_dir)),
        *("--target-path", str(settings.dbt_target_path)),
        *("--log-path", str(settings.log_dir)),
    ]
    # No node depends on the date, so it is no part of what is parsed: another one would cost a
    # whole parse.
    parse_options = ["--vars", json.dumps(_lasting_vars(settings))]
    # What SYS_QUERY_HISTORY shows as query_label, and WLM rules can match.
    label = f"retail_elt_{run_date}_{run_id}"
    log = settings.log_dir / "dbt_process.log"
    process = DbtProcess(options, parse_options, log=log, label=label)
    return Run(run_date, run_id, settings, connect(settings), process)


def _lasting_vars(settings: Settings) -> dict[str, str]:
    return {
        "landing_bucket": settings.bucket,
        "copy_role_arn": settings.copy_role_arn,
        "event_grace_seconds": str(settings.event_grace),
    }
