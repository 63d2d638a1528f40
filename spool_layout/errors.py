"""What can go wrong with what is on disk, and the root of every error WAM reports.

WamError
├── FormatError          a file of the spool, or a ticket, does not say what it must
│   ├── TooNew           written by a newer WAM than this one
│   └── BadName          a name that is not safe on every share
└── (wamspool.errors and the two programs add theirs)

A class has one meaning, one exit code and one remedy; ``docs/errors.md`` is made from them.
"""

from typing import ClassVar


class WamError(Exception):
    """Something a user has to know. The message says what and where, ``cure`` what to do."""

    exit_code: ClassVar[int] = 3
    remedy: ClassVar[str] = "Read the message; it names the file and the reason."

    def __init__(self, message: str, *, cure: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure if cure is not None else self.remedy


class FormatError(WamError):
    """A file does not follow the format; says file, line and field where they are known."""

    exit_code = 4
    remedy = "Correct the file at the place that the message names."

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        line: int | None = None,
        cure: str | None = None,
    ) -> None:
        place = (
            f"{source}:{line}" if source and line else source or (f"line {line}" if line else "")
        )
        super().__init__(f"{place}: {message}" if place else message, cure=cure)
        self.source = source
        self.line = line
        self.problem = message


class TooNew(FormatError):
    """The file was written by a newer WAM; it is left alone, not guessed at."""

    exit_code = 5
    remedy = "Update WAM on this machine, or ask who wrote the file to use the older format."


class BadName(FormatError):
    """A name cannot be used because some share or system would refuse or change it."""

    exit_code = 6
    remedy = "Choose a name of letters, digits, '-' and '_'."
