"""What is wrong with a policies file, in words and in data."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake. `line` and `column` count from 1; 0 when the file as a whole is meant."""

    line: int
    column: int
    key: str
    message: str


class PoliciesError(Exception):
    """A policies file that cannot be used; `str()` is one sentence per mistake, with file, line and key."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = sorted(problems, key=lambda one: (one.line, one.column))
        super().__init__("\n".join(self._sentence(one) for one in self.problems))

    def _sentence(self, problem: Problem) -> str:
        where = f"{self.file}, line {problem.line}: " if problem.line else f"{self.file}: "
        return f"{where}{problem.key + ' ' if problem.key else ''}{problem.message}"
