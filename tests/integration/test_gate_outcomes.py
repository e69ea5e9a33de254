"""What the ingestion gate does about files that are not there: fail, warn, or skip the day."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import LocalRedshift

from orchestration.errors import DaySkippedError, StepError
from orchestration.landing import object_status
from orchestration.landing.landing_description import CopyJob, Handover, LandingDescription
from orchestration.landing.object_status import Objects, ObjectStatus
from orchestration.runs.run import start_run
from orchestration.steps import ingestion_gate

BUCKET = "gate-outcomes"
DAY = date(2000, 10, 26)
MARKER = "_ready/{date}/manifest"


def job(name: str, *, daily: bool) -> CopyJob:
    return CopyJob(name, "tpcds", name, f"{name}/", True, daily, "csv", ",", True, None)


def status(name: str, state: str) -> ObjectStatus:
    url = f"s3://{BUCKET}/{name}/{DAY}/1.csv"
    return ObjectStatus(name, url, state, state != "ingested", False, DAY.isoformat())


JOBS = (job("sales", daily=True), job("item", daily=False))
LANDING = LandingDescription(JOBS, Handover({}, {}, (), ()), "", {})
Pass = Callable[..., object]


@pytest.fixture
def pass_gate(
    local_redshift: LocalRedshift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pass]:
    """Pass the gate with objects that stand as given, and with these settings."""
    own = {"ELT_STATE_DIR": str(tmp_path), "LANDING_BUCKET": BUCKET, "ELT_GATE_TIMEOUT": "0"}
    for name, value in {**local_redshift.env, **own}.items():
        monkeypatch.setenv(name, value)
    s3 = local_redshift.client("s3")
    s3.create_bucket(Bucket=BUCKET)

    def passed(*found: ObjectStatus, **settings: str) -> object:
        for name, value in settings.items():
            monkeypatch.setenv(f"ELT_{name.upper()}", value)
        seen = Objects(tuple(each for each in found if each.is_open), found)
        monkeypatch.setattr(object_status, "read", lambda run, landing: seen)
        return ingestion_gate.wait(start_run(DAY), LANDING)

    yield passed
    for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
    s3.delete_bucket(Bucket=BUCKET)


def test_all_loaded_is_passed_without_a_word(
    pass_gate: Pass, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pass_gate(status("sales", "ingested"), status("item", "ingested")) == ()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("setting", "found", "said"),
    [
        (
            "gate_on_timeout",
            [status("sales", "pending")],
            [
                "1 object(s) not loaded after 0 s",
                f"s3://{BUCKET}/sales/{DAY}/1.csv: pending, sales",
            ],
        ),
        (
            "gate_on_late",
            [status("item", "ingested")],
            [f"1 thing(s) of {DAY} are late", f"no file of {DAY} under sales/ (sales is daily)"],
        ),
        ("gate_on_no_files", [], [f"no feed has a file of {DAY}"]),
    ],
)
def test_each_outcome_is_told_and_handled_as_configured(
    pass_gate: Pass,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    found: list[ObjectStatus],
    said: list[str],
) -> None:
    with pytest.raises(StepError) as failure:
        pass_gate(*found, **{setting: "fail"})
    assert all(line in str(failure.value) for line in said)

    with pytest.raises(DaySkippedError) as skipped:
        pass_gate(*found, **{setting: "skip"})
    assert all(line in str(skipped.value) for line in said)

    assert pass_gate(*found, **{setting: "warn"}) == ()
    warning = " ".join(capsys.readouterr().out.split())
    assert all(line in warning for line in said)


def test_a_marker_is_waited_for_and_its_entries_too(
    pass_gate: Pass, local_redshift: LocalRedshift
) -> None:
    found, late = status("sales", "ingested"), {"gate_marker": MARKER, "gate_on_late": "fail"}
    key = f"_ready/{DAY}/manifest"
    with pytest.raises(StepError, match=f"marker s3://{BUCKET}/{key} is missing"):
        pass_gate(found, **late)

    s3 = local_redshift.client("s3")
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    assert pass_gate(found, **late) == ()

    missing = f"s3://{BUCKET}/item/{DAY}/1.csv"
    entries = {"entries": [{"url": found.url}, {"url": missing}]}
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(entries).encode())
    with pytest.raises(StepError, match=f"{missing}, listed in .*, is missing"):
        pass_gate(found, **late)
    assert pass_gate(found, status("item", "ingested"), **late) == ()


def test_a_file_that_cannot_be_loaded_always_fails(pass_gate: Pass) -> None:
    with pytest.raises(StepError, match=r"1 file\(s\) could not be loaded") as failure:
        pass_gate(status("sales", "failed"), gate_on_timeout="warn")
    assert f"files retry s3://{BUCKET}/sales/{DAY}/1.csv;" in failure.value.remedy


def test_files_that_were_overwritten_are_told_from_those_that_failed(pass_gate: Pass) -> None:
    replaced = [status(f"item/{number}", "overwritten") for number in range(4)]
    with pytest.raises(StepError) as failure:
        pass_gate(*replaced, status("sales", "failed"))
    error = failure.value
    assert error.cause == (
        "1 file(s) could not be loaded and 4 file(s) were overwritten after they had been loaded"
    )
    assert f"files retry s3://{BUCKET}/sales/{DAY}/1.csv;" in error.remedy
    assert f"files retry {' '.join(each.url for each in replaced)};" in error.remedy

    # What its feed has loaded again needs nobody's decision.
    assert Objects((replace(replaced[0], is_missed=True),), ()).needing_decision() == ()

    many = [status(f"item/{number}", "overwritten") for number in range(6)]
    with pytest.raises(StepError, match="files retry --status overwritten;"):
        pass_gate(*many)
