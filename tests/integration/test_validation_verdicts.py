"""The flow judges a test as dbt does, whatever its severity, thresholds, limit and calculation."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from unittest.mock import patch

import pytest
from conftest import REPOSITORY, LocalRedshift

from orchestration.dbt.events import NodeResult
from orchestration.runs.run import Run, start_run
from orchestration.steps import validation
from orchestration.steps.validation import Outcome

SEVEN = "select n, 'name ' || n as name from {{ ref('numbers') }}"
NONE = f"{SEVEN} where n < 0"
# Each test by its name: its configuration and its query. The model holds 1 to 7.
SINGULAR = {
    "nothing_found": ("", NONE),
    "found": ("", SEVEN),
    "found_of_severity_warn": ("severity='warn'", SEVEN),
    "found_of_severity_warn_in_capitals": ("severity='WARN'", SEVEN),
    "below_both_thresholds": ("warn_if='> 7', error_if='> 8'", SEVEN),
    "above_the_first_threshold": ("warn_if='> 6', error_if='> 7'", SEVEN),
    "above_both_thresholds": ("warn_if='> 2', error_if='> 6'", SEVEN),
    "above_an_error_threshold_alone": ("error_if='> 6'", SEVEN),
    "below_an_error_threshold_alone": ("error_if='> 7'", SEVEN),
    "above_a_warn_threshold_alone": ("warn_if='> 6'", SEVEN),
    "below_a_warn_threshold_alone": ("warn_if='> 7'", SEVEN),
    "thresholds_the_wrong_way_round": ("warn_if='> 10', error_if='> 3'", SEVEN),
    "severity_warn_above_an_error_threshold": ("severity='warn', error_if='> 3'", SEVEN),
    "severity_warn_below_its_threshold": ("severity='warn', warn_if='> 7'", SEVEN),
    "within_a_range": ("error_if='between 5 and 8'", SEVEN),
    "outside_a_range": ("warn_if='> 99', error_if='between 8 and 9'", SEVEN),
    "too_few": ("warn_if='< 1', error_if='< 1'", NONE),
    "calculated_above": ("fail_calc='sum(n)', error_if='> 27'", SEVEN),
    "calculated_below": ("fail_calc='sum(n)', warn_if='> 28', error_if='> 28'", SEVEN),
    "calculated_of_nothing": ("fail_calc='coalesce(sum(n), 0)', warn_if='= 0'", NONE),
    "calculated_as_null": ("fail_calc='max(n)'", NONE),
    "calculated_as_a_fraction": ("fail_calc='avg(n / 8.0)', warn_if='> 0'", SEVEN),
    "calculated_as_a_truth": ("fail_calc='bool_or(n > 6)', error_if='= true'", SEVEN),
    "calculated_as_no_number": (
        "fail_calc=\"cast('NaN' as double precision) * min(n)\", warn_if='> 0'",
        SEVEN,
    ),
    "calculated_as_a_whole_decimal": ("fail_calc='sum(n * 1.00)', error_if='> 27'", SEVEN),
    "limited_below": ("limit=3, warn_if='> 3', error_if='> 3'", SEVEN),
    "limited_above": ("limit=3, error_if='> 2'", SEVEN),
    "limited_to_nothing": ("limit=0", SEVEN),
    "failures_stored": ("store_failures=true, error_if='> 6'", SEVEN),
    "disabled": ("enabled=false", SEVEN),
    "ordered": ("error_if='> 6'", f"{SEVEN} order by n desc"),
    "ends_in_a_comment": ("", f"with found as ({SEVEN}) select * from found -- and no more"),
    "columns_of_any_name": ("", "select 1 as failures, 2 as should_warn, 3 as should_error"),
    "only_nulls": ("", "select cast(null as integer) as n"),
}
CONFIG = "{{{{ config(tags=['validation'], {}) }}}}\n"
SCHEMA = """
version: 2
models:
  - name: numbers
    columns:
      - name: n
        data_tests:
          - unique: {config: {warn_if: '> 2', tags: [validation]}}
          - not_null: {config: {tags: [validation]}}
          - accepted_values:
              arguments: {values: [1, 2, 3], quote: false}
              config: {where: n < 6, warn_if: '> 1', error_if: '> 2', tags: [validation]}
      - name: half
        data_tests:
          - unique: {config: {fail_calc: sum(n_records), error_if: '> 5', tags: [validation]}}
          - not_null: {config: {error_if: '> 1', tags: [validation]}}
"""
PROJECT = {
    "dbt_project.yml": "name: verdicts\nversion: '1.0.0'\nprofile: retail_elt\n"
    "flags: {send_anonymous_usage_stats: false}\n",
    "selectors.yml": "selectors:\n  - {name: validation, definition: 'tag:validation'}\n",
    "macros/schema.sql": "{% macro generate_schema_name(name, node) %}verdicts{% endmacro %}",
    "models/numbers.sql": "{{ config(materialized='table') }} "
    "select n, nullif(n / 2, 0) as half from generate_series(1, 7) as numbers(n)",
    "models/numbers.yml": SCHEMA,
    **{
        f"tests/{name}.sql": f"{CONFIG.format(config)}{query}\n"
        for name, (config, query) in SINGULAR.items()
    },
}
GENERIC = 5


@dataclass(frozen=True)
class Judged:
    """Every test by its name, as dbt has judged it and as the flow has."""

    by_dbt: dict[str, NodeResult]
    by_flow: dict[str, Outcome]


@pytest.fixture(scope="module")
def run(local_redshift: LocalRedshift, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("verdicts")
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "profiles.yml").write_text((REPOSITORY / "profiles.yml").read_text())
    surroundings = {"ELT_PROJECT_DIR": str(folder), "ELT_STATE_DIR": str(folder / "state")}
    with patch.dict(os.environ, {**local_redshift.env, **surroundings}):
        started = start_run(date(2000, 10, 26))
        assert started.dbt._invoke(["run"], print, ["run"]).success
        yield started
        started.dbt_process.kill()


@pytest.fixture(scope="module")
def judged(run: Run) -> Judged:
    return judge(run)


def judge(run: Run) -> Judged:
    words = ["test", "--selector", validation.SELECTOR]
    by_dbt = run.dbt._invoke(words, print, words)
    by_flow = validation.check(run)
    return Judged(
        {each.name: each for each in by_dbt.results}, {each.check: each for each in by_flow}
    )


def test_the_same_tests_are_judged(judged: Judged) -> None:
    assert judged.by_flow.keys() == judged.by_dbt.keys()
    assert len(judged.by_flow) == len(SINGULAR) + GENERIC - 1  # one is disabled


def test_every_verdict_is_dbts(judged: Judged) -> None:
    # dbt tells a test that it cannot judge from one that failed; either stops the flow.
    verdicts = {name: each.status.replace("error", "fail") for name, each in judged.by_dbt.items()}
    assert {name: each.verdict for name, each in judged.by_flow.items()} == verdicts
    assert set(verdicts.values()) == {"pass", "warn", "fail"}


def test_every_count_is_dbts(judged: Judged) -> None:
    counted = {name: each for name, each in judged.by_dbt.items() if "Got" in each.message}
    assert len(counted) > len(SINGULAR) / 2
    for name, each in counted.items():
        assert f"Got {judged.by_flow[name].failures} result" in each.message, name


def test_the_first_wrong_rows_are_shown(judged: Judged) -> None:
    found = judged.by_flow["ordered"]
    assert found.examples[:2] == ("n=7 name=name 7", "n=6 name=name 6")
    assert len(found.examples) == 5
    assert len(judged.by_flow["limited_above"].examples) == 3
    assert judged.by_flow["only_nulls"].examples == ("n=None",)
    assert judged.by_flow["too_few"].examples == ()
    (row,) = judged.by_flow["columns_of_any_name"].examples
    assert row == "failures=1 should_warn=2 should_error=3"


def test_a_message_says_what_decided(judged: Judged) -> None:
    said = {name: str(each).partition(";")[0] for name, each in judged.by_flow.items()}
    assert said["found"] == "found: 7 row(s) wrong"
    assert said["nothing_found"] == "nothing_found: nothing wrong"
    assert said["above_both_thresholds"] == "above_both_thresholds: 7 row(s) wrong, fails if > 6"
    assert said["above_the_first_threshold"].endswith(": 7 row(s) wrong, warns if > 6")
    assert said["below_both_thresholds"].endswith(": 7 row(s) wrong, warns if > 7")
    assert said["calculated_above"].endswith(": sum(n) is 28, fails if > 27")
    assert said["calculated_as_null"].endswith(": max(n) is None, which is no whole number")


def test_warnings_that_are_errors_fail(run: Run, judged: Judged) -> None:
    with patch.dict(os.environ, {"DBT_WARN_ERROR": "true"}):
        run.dbt_process.kill()
        strict = judge(run)
    run.dbt_process.kill()
    verdicts = {name: each.status.replace("error", "fail") for name, each in strict.by_dbt.items()}
    assert {name: each.verdict for name, each in strict.by_flow.items()} == verdicts
    assert judged.by_flow["found_of_severity_warn"].verdict == "warn"
    assert verdicts["found_of_severity_warn"] == "fail"
