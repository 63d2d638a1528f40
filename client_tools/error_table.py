"""Prints docs/errors.md: every error that WAM reports, from the classes themselves.

``python -m client_tools.error_table > docs/errors.md``; a test fails while the page is stale.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator

from spool_layout.errors import WamError

PACKAGES = ("spool_layout", "wamspool", "node_service", "client_tools")

# Modules of one operating system import these and cannot be loaded on another. What they raise
# is defined in the packages' own errors.py, so that no error is missing from the page.
OF_ONE_SYSTEM = frozenset({"fcntl", "grp", "msvcrt", "pwd", "resource", "termios", "winreg"})

HEAD = """\
# Errors and exit codes

*Made from the code by `make docs`; edits here are lost.*

Every error has a class, and a class has one meaning, one exit code and one remedy. The message
itself names the file, job or node, and what to do there. Two codes are not in the table: `0`
(done as asked) and `2` (the command line was not understood; nothing was done).

| exit code | error | meaning | what to do |
|---:|---|---|---|
"""


def load_every_module() -> None:
    """Imports all modules of the four packages, so that each error class is known.

    Modules written for another operating system are left out; any other import error is raised.
    """
    for package in PACKAGES:
        for found in pkgutil.walk_packages(
            [*importlib.import_module(package).__path__], f"{package}."
        ):
            if found.name.endswith(".__main__"):
                continue  # importing it would run it
            try:
                importlib.import_module(found.name)
            except ModuleNotFoundError as missing:
                if missing.name not in OF_ONE_SYSTEM:
                    raise


def error_classes() -> list[type[WamError]]:
    """Every class of error, ``WamError`` itself included, by exit code, then by name.

    Classes whose name begins with ``_`` are left out: a module catches its own, no user sees them.
    """
    load_every_module()
    found: set[type[WamError]] = {WamError, *_below(WamError)}
    # A test may derive classes of its own; they are no part of WAM.
    ours = [
        kind
        for kind in found
        if kind.__module__.partition(".")[0] in PACKAGES and not kind.__name__.startswith("_")
    ]
    return sorted(ours, key=lambda kind: (kind.exit_code, kind.__name__))


def _below(kind: type[WamError]) -> Iterator[type[WamError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def meaning(kind: type[WamError]) -> str:
    """The first paragraph of the class's docstring, on one line, as Markdown."""
    paragraph = (kind.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split()).replace("``", "`")


def error_page() -> str:
    """The text of docs/errors.md, ending in a newline."""
    rows = [
        f"| {kind.exit_code} | `{kind.__name__}` | {_cell(meaning(kind))} | {_cell(kind.remedy)} |"
        for kind in error_classes()
    ]
    return HEAD + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(error_page())
