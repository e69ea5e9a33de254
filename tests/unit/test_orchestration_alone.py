"""One run at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.alone import alone

HOLD = """
import pathlib, sys, time
from orchestration.alone import alone
with alone(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_killed_run_leaves_no_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    with alone(tmp_path):
        assert "waiting" not in capsys.readouterr().out


def test_state_folders_do_not_wait_for_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(tmp_path / "a"), alone(tmp_path / "b"):
        assert "waiting" not in capsys.readouterr().out
