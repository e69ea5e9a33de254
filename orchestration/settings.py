"""Where the flow runs: read from the environment or ``.env``, never from code.

Everything that differs between a laptop and AWS is a value here. The flow itself has no branch
for either: for dbt's ``local`` target the values below are put into the environment, where boto3,
dbt and child processes find them as they would find an account's.
"""

import os
from collections.abc import Collection, Iterator, MutableMapping
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from orchestration.errors import StepError

PROJECT_DIR = Path(__file__).resolve().parents[1]
LOCAL_TARGET = "local"
# An analyst's copy on the local Redshift; `dev` in profiles.yml is one on a shared warehouse.
LAPTOP_TARGET = "laptop"
_ANALYSTS_TARGETS = frozenset({"dev", LAPTOP_TARGET})
_PREFIX = "ELT_"
# profiles.yml reads it.
_DBTS_OWN = "ELT_QUERY_GROUP"


class Policy(StrEnum):
    """What the ingestion gate does about files that are not there or not loaded."""

    FAIL = "fail"
    WARN = "warn"
    SKIP = "skip"


class SettingsError(StepError):
    """The environment or ``.env`` says what cannot be; the text names each variable."""


class Settings(BaseSettings):
    """One run's surroundings. Build it with :func:`load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="ignore", populate_by_name=True
    )

    # Named as in profiles.yml and dbt_project.yml, so that dbt and the flow agree.
    target: str = Field(default=LOCAL_TARGET, validation_alias="DBT_TARGET")
    region: str = Field(
        default="us-east-1", validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION")
    )
    bucket: str = Field(default="retail-landing", validation_alias="LANDING_BUCKET")
    copy_role_arn: str = Field(
        default="arn:aws:iam::123456789012:role/retail-copy", validation_alias="COPY_ROLE_ARN"
    )

    # The warehouse for the Data API: a workgroup, or a cluster with its user, or one of the two
    # with a secret.
    database: str = Field(default="dev", validation_alias="REDSHIFT_DATABASE")
    workgroup: str = Field(default="", validation_alias="REDSHIFT_WORKGROUP")
    cluster: str = Field(default="", validation_alias="REDSHIFT_CLUSTER_ID")
    user: str = Field(default="", validation_alias="REDSHIFT_USER")
    secret_arn: str = Field(default="", validation_alias="REDSHIFT_SECRET_ARN")

    # The schema of a profile that is one analyst's copy; see ops_schema.
    dbt_schema: str = Field(default="public", validation_alias="DBT_SCHEMA")

    # Where the S3 event integration leads that feeds the auto-copy jobs.
    namespace_arn: str = Field(validation_alias="REDSHIFT_NAMESPACE_ARN")
    integration: str = Field(default="retail-landing", description="The integration's name")
    create_aws: bool = Field(
        default=False, description="May the flow create the bucket and the event integration?"
    )

    business_timezone: ZoneInfo = Field(
        default=ZoneInfo("UTC"),
        description="Where the calendar is read for the business date of a run that names none",
    )
    business_date_offset: int = Field(
        default=0,
        description="Days from that calendar date to the business date: -1 for a source that "
        "delivers the day after",
    )

    preflight_timeout: float = Field(
        default=120, description="Seconds the warehouse may take to wake up"
    )
    gate_timeout: float = Field(default=1800, description="Seconds to wait for files to load")
    event_grace: int = Field(
        default=300,
        description="Seconds after which an object that its job has not noticed is loaded by a "
        "backfill",
    )
    gate_patience: float = Field(
        default=0, description="Seconds to wait for the files of the date themselves"
    )
    gate_marker: str = Field(
        default="",
        description="Key of an object that must be there before a date is run, with {date} in it: "
        "an empty marker, or a manifest whose entries must be there as well",
    )
    gate_on_timeout: Policy = Policy.FAIL
    gate_on_late: Policy = Policy.WARN
    gate_on_no_files: Policy = Policy.WARN
    statement_timeout: float = Field(default=900, description="Seconds a Data API call may take")
    dbt_timeout: float = Field(default=7200, description="Seconds a dbt command may take")
    lock_seconds: float = Field(
        default=120, description="Seconds after which the lock of a run that crashed is free"
    )
    catch_up_days: int = Field(
        default=31, description="Business dates that one run may catch up without being asked"
    )
    catch_up_empty_dates: bool = Field(
        default=True,
        description="Are dates that no feed has a file of due in a run that names no date?",
    )

    notify: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Prefect notification blocks to tell of failures, with commas"
    )

    # Checked here because dbt and boto3, which read them too, do not name the variable.
    local_sql_port: int = Field(
        default=5439, ge=1, le=65535, validation_alias="LOCAL_REDSHIFT_SQL_PORT"
    )
    local_aws_port: int = Field(
        default=5440, ge=1, le=65535, validation_alias="LOCAL_REDSHIFT_AWS_PORT"
    )

    state_dir: Path = Path(".local")
    artifacts_dir: Path | None = Field(
        default=None,
        description="Where dbt's artifacts of the last run that succeeded are kept, for --state; "
        "`artifacts` in the state's folder if left out",
    )
    project_dir: Path = PROJECT_DIR

    @model_validator(mode="before")
    @classmethod
    def _nothing_misspelled(cls, values: object) -> object:
        known = {_variable(name) for name in cls.model_fields} | {_DBTS_OWN}
        unknown = sorted(
            name
            for name in map(str.upper, os.environ)
            if name.startswith(_PREFIX) and name not in known
        )
        if unknown:
            raise ValueError("\n".join(_unknown(name, known) for name in unknown))
        return values

    @field_validator("notify", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @model_validator(mode="after")
    def _one_warehouse(self) -> "Settings":
        if bool(self.workgroup) == bool(self.cluster):
            raise ValueError(
                "set either REDSHIFT_WORKGROUP (serverless) or REDSHIFT_CLUSTER_ID (provisioned), "
                "so that the Data API knows the warehouse"
            )
        return self

    def business_date(self, at: datetime | None = None) -> date:
        """The business date of a run that names none.

        Args:
            at: when the run was to start, which may be long before it does; now if left out.
        """
        local = (at or datetime.now(UTC)).astimezone(self.business_timezone)
        return local.date() + timedelta(days=self.business_date_offset)

    @property
    def dbt_target_path(self) -> Path:
        """Apart from the analyst's own ``target/``, so that neither spoils the other's cache."""
        copy = f"_{self.dbt_schema}" if self.target in _ANALYSTS_TARGETS else ""
        return (self.state_dir / f"dbt{copy}").resolve()

    @property
    def artifacts_path(self) -> Path:
        """Where dbt's artifacts of the last run that succeeded are kept."""
        return (self.artifacts_dir or self.state_dir / "artifacts").resolve()

    @property
    def ops_schema(self) -> str:
        """The schema of the lock and of the log of runs, as macros/generate_schema_name.sql has it.

        Only the targets of analysts read DBT_SCHEMA (profiles.yml).
        """
        return f"{self.dbt_schema}_ops" if self.target in _ANALYSTS_TARGETS else "ops"

    @property
    def log_dir(self) -> Path:
        return (self.state_dir / "logs").resolve()


def load_settings() -> Settings:
    """Complete the environment (see :func:`export_environment`) and read the settings from it.

    Raises:
        SettingsError: a value is missing or malformed, or a variable is none of the settings'.
    """
    export_environment(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        first, *more = _mistakes(error)
        remedy = "correct .env or the environment; .env.example lists the settings"
        raise SettingsError("settings", first, remedy, more) from None


def export_environment(environ: MutableMapping[str, str]) -> None:
    """Fill in what the environment leaves open; what is set already always wins.

    In order: ``.env``, the local Redshift's addresses for the targets that are on it, and Prefect's
    home and manners. boto3, dbt, Prefect and child processes read all of it from ``environ``.
    Prefect reads its part when it is imported, so command lines call this first.
    """
    for name, value in dotenv_values(".env").items():
        if value is not None:
            environ.setdefault(name, value)
    if environ.get("DBT_TARGET", LOCAL_TARGET) in {LOCAL_TARGET, LAPTOP_TARGET}:
        for name, value in _local_defaults(environ).items():
            environ.setdefault(name, value)
    for name, value in _prefect_defaults(environ).items():
        environ.setdefault(name, value)


def _mistakes(error: ValidationError) -> Iterator[str]:
    """What is wrong, by the names that people type: those of variables, not of fields."""
    for each in error.errors():
        if not each["loc"]:
            yield from str(each["ctx"]["error"]).splitlines()
        elif each["type"] == "missing":
            yield f"{_variable(str(each['loc'][0]))} is missing"
        else:
            yield f"{_variable(str(each['loc'][0]))} is '{each['input']}': {each['msg']}"


def _variable(field: str) -> str:
    """The environment variable of a field; one that has an alias is reported by that already."""
    if field not in Settings.model_fields:
        return field
    alias = Settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return str(alias or f"{_PREFIX}{field}".upper())


def _unknown(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"{name} is no setting" + (f"; did you mean {close[0]}?" if close else "")


def _local_defaults(environ: MutableMapping[str, str]) -> dict[str, str]:
    port = environ.get("LOCAL_REDSHIFT_AWS_PORT", "5440")
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "REDSHIFT_WORKGROUP": "local",
        "REDSHIFT_NAMESPACE_ARN": "arn:aws:redshift-serverless:us-east-1:123456789012:namespace/"
        "00000000-0000-0000-0000-000000000000",
        "ELT_CREATE_AWS": "true",
        "ELT_PREFLIGHT_TIMEOUT": "5",
        "ELT_GATE_TIMEOUT": "120",
        "ELT_EVENT_GRACE": "5",
        "ELT_LOCK_SECONDS": "15",
        # Nobody delivers to a laptop every day.
        "ELT_CATCH_UP_EMPTY_DATES": "false",
        "ELT_STATE_DIR": environ.get("LOCAL_REDSHIFT_DATA_DIR", ".local"),
    }


def _prefect_defaults(environ: MutableMapping[str, str]) -> dict[str, str]:
    state_dir = Path(environ.get("ELT_STATE_DIR", ".local")).resolve()
    return {
        "PREFECT_HOME": str(state_dir / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # The first start of the temporary server migrates its SQLite database.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        # The terminal shows the steps and one summary; Prefect and the log folder keep the rest.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }
