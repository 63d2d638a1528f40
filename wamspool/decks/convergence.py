"""How a run converges, from the texts that solvers write as they go: for people who watch.

CalculiX writes a row an iteration to ``.cvg``: step, increment, attempt, iteration, contact
elements, and of forces and of fluxes the residual and the correction, in per cent.
"""

import re
from typing import Final

from wamspool.decks.abaqus_sta import parse_rows
from wamspool.decks.progress import StaRow, sta_rows

_ITERATION: Final = re.compile(
    r"^ *\d+ +\d+ +\d+U? +\d+ +\d+ +(\S+) +\S+ +(\S+) +\S+ *\r?\n", re.MULTILINE
)


def rows_in(sta: str) -> tuple[StaRow, ...]:
    """The attempts in a status file, whichever solver wrote it."""
    return sta_rows(sta) or parse_rows(sta).rows


def residuals_in(cvg: str) -> tuple[float, ...]:
    """The largest residual of each iteration, in per cent; one that is no number is left out."""
    found = []
    for force, flux in _ITERATION.findall(cvg):
        try:
            found.append(max(float(force), float(flux)))
        except ValueError:
            continue  # Fortran writes stars where a number has no room
    return tuple(found)
