"""The Makefile where nothing is installed, or an installation was interrupted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Makefile, and a lock that names nothing."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    return tmp_path


def make(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words], cwd=project, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("verb", ["reset", "clean"])
def test_state_is_removed_without_an_installation(project: Path, verb: str) -> None:
    (project / ".local").mkdir()
    done = make(project, verb)
    assert done.returncode == 0, done.stderr
    assert not (project / ".local").exists()


def test_a_python_that_is_too_old_is_named(project: Path) -> None:
    old = project / "python-old"
    old.write_text(
        f"""#!{sys.executable}
import sys
sys.version_info = (3, 10, 4)
exec(sys.argv[2])
"""
    )
    old.chmod(0o755)
    done = make(project, "install", f"PYTHON={old}")
    assert done.returncode != 0
    assert f"Python 3.11 or newer is needed, and {old} is 3.10" in done.stderr
    assert not (project / ".venv").exists()


def test_an_interrupted_installation_begins_again(project: Path) -> None:
    broken = project / ".venv" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    done = make(project, "install", f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    assert (project / ".venv" / ".installed").exists()
