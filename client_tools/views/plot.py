"""Columns of characters: the last values of a series, one beside the other."""

import math
from collections.abc import Sequence

LABEL_WIDTH = 9
FULL, PART, MARK = "█", "▄", "x"


def column_plot(
    values: Sequence[float],
    marked: Sequence[bool],
    *,
    width: int,
    height: int,
    is_log: bool = False,
) -> list[str]:
    """``height`` lines of at most ``width``: a column a value, the last ones where all do not fit.

    Columns that are marked are drawn with another character. ``is_log``: by the power of ten;
    what is not above zero has no column.
    """
    room = max(1, width - LABEL_WIDTH - 2)
    shown = list(values)[-room:]
    marks = list(marked)[-room:]
    if not shown:
        return []
    scaled = [_scaled(value, is_log=is_log) for value in shown]
    known = [value for value in scaled if value is not None]
    top = max(known, default=1.0)
    bottom = min(known, default=0.0) if is_log else 0.0
    span = (top - bottom) or 1.0
    levels = [
        0
        if value is None or (value <= 0 and not is_log)
        else max(1, round(2 * height * (value - bottom) / span))
        for value in scaled
    ]
    lines = []
    for row in range(height, 0, -1):
        cells = "".join(
            _cell(level - 2 * (row - 1), is_marked=mark)
            for level, mark in zip(levels, marks, strict=True)
        )
        label = {height: _label(top, is_log=is_log), 1: _label(bottom, is_log=is_log)}.get(row, "")
        lines.append(f"{label:>{LABEL_WIDTH}} |{cells.rstrip()}")
    return lines


def _scaled(value: float, *, is_log: bool) -> float | None:
    if not math.isfinite(value) or (is_log and value <= 0):
        return None
    return math.log10(value) if is_log else value


def _cell(halves: int, *, is_marked: bool) -> str:
    if halves <= 0:
        return " "
    if is_marked:
        return MARK
    return FULL if halves > 1 else PART


def _label(value: float, *, is_log: bool) -> str:
    return f"{10**value:.0e}" if is_log else f"{value:g}"
