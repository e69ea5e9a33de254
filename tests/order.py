"""Long files first, so that the workers of a run end together and not one long after the other.

A pytest plugin. pytest-xdist gives out whole files in the order of collection (--dist loadfile,
--no-loadscope-reorder). Left to itself it begins with those of many tests: the quick ones.
"""

import pytest

# Longest first, as measured on two cores.
LONGEST = (
    "test_docs_recipes.py",
    "test_main_job.py",
    "test_flow.py",
    "test_catch_up.py",
    "test_front_door.py",
    "test_any_sequence.py",
    "test_resume.py",
    "test_serve.py",
    "test_dev_copy.py",
    "test_dbt_days.py",
    "test_docs_auto_copy.py",
    "test_durability.py",
    "test_consistent_batch.py",
    "test_files_operations.py",
    "test_doctor.py",
    "test_wrong_dates.py",
    "test_dbt_landing.py",
    "test_live_main_job.py",
    "test_dbt_process.py",
    "test_copy_jobs_kill.py",
    "test_dbt_iam.py",
    "test_copy_jobs_stress.py",
)
FOLDERS = ("integration", "conformance", "behaviour")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[int, int]:
    folder, name = item.path.parent.name, item.path.name
    return (
        LONGEST.index(name) if name in LONGEST else len(LONGEST),
        FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS),
    )
