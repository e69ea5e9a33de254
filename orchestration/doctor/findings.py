"""What a check finds: that something is in order, or what is wrong and what repairs it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended, as the mark that is printed for it."""

    FINE = "✓"
    WRONG = "✗"
    OPEN = "·"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Args:
        check: what was looked at.
        text: what is there, or what is wrong.
        remedy: the command, statement or console page that repairs it; empty unless wrong.
    """

    check: str
    state: State
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.state} {self.check:<28} {self.text}"
        return f"{line} → {self.remedy}" if self.remedy else line


class TroubleError(Exception):
    """Something is wrong.

    Args:
        text: what, in one sentence.
        remedy: the command, statement or console page that repairs it.
    """

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text, remedy)
        self.text = " ".join(text.split())
        self.remedy = remedy
