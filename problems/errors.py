"""What can be wrong with a package, always with the place and what to do about it.

    ProblemError
    ├── PackageError    the package itself is at fault; carries findings
    └── BuildError      prepare.py, a download or the disk is at fault

Organizers write packages by hand, so a complaint without a file and a line is half a complaint.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint about a package.

    Attributes:
        code: stable, kebab-case; documented by the function that reports it.
        message: what is wrong and what to do, one line.
        file: path inside the package ("" when it is about the package as a whole).
        line: 1-based, 0 when there is no line to point at.
        severity: an `error` stops publication, a `warning` does not.
    """

    code: str
    message: str
    file: str = ""
    line: int = 0
    severity: Severity = "error"

    def __str__(self) -> str:
        place = self.file or "package"
        if self.line:
            place = f"{place}:{self.line}"
        return f"{place}: {self.severity} [{self.code}] {self.message}"


class ProblemError(Exception):
    """Base of everything this package raises."""


class PackageError(ProblemError):
    """A package that cannot be used.

    Attributes:
        findings: at least one; all that could be found in one pass.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        if not self.findings:
            raise ValueError("a PackageError needs at least one finding")
        super().__init__("\n".join(str(finding) for finding in self.findings))

    @classmethod
    def at(cls, code: str, message: str, file: str = "", line: int = 0) -> "PackageError":
        """Make an error of a single finding.

        Args:
            code: see `Finding`.
            message: see `Finding`.
            file: see `Finding`.
            line: see `Finding`.

        Returns:
            The error, to be raised.
        """
        return cls((Finding(code, message, file, line),))


class BuildError(ProblemError):
    """The data of a package could not be built; `str()` says which step and what to do.

    Attributes:
        code: `download-failed`, `download-hash`, `prepare-failed`, `prepare-slow`,
            `not-deterministic` or `prepare-missing`.
        log: the last lines the step printed, for the organizer.
    """

    def __init__(self, code: str, message: str, log: str = "") -> None:
        super().__init__(message if not log else f"{message}\n{log}")
        self.code = code
        self.log = log
