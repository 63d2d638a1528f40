"""Asking back before something ends that cannot be brought back."""

import sys
from collections.abc import Sequence

import typer

SHOWN = 8


def somebody_is_there() -> bool:
    """Whether a person sees what is written and can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def is_wanted(verb: str, subjects: Sequence[str], *, yes: bool) -> bool:
    """Whether to go on. A person is asked; a script, which has no terminal, never is."""
    if yes or not somebody_is_there():
        return True
    more = f" and {len(subjects) - SHOWN} more" if len(subjects) > SHOWN else ""
    return typer.confirm(f"{verb} {', '.join(subjects[:SHOWN])}{more}?")
