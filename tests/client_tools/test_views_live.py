"""A screen that is drawn in its place on a terminal."""

import io

from rich.console import Console

from client_tools.views.live import LiveScreen
from client_tools.views.screen import Column, Line, Screen, Table

ALTERNATE, BACK = "\x1b[?1049h", "\x1b[?1049l"


def drawn(lines, *, fills):
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=40, height=6, color_system=None)
    with LiveScreen(console, fills=fills) as live:
        assert live.width == 40
        live.update(Screen({}, [Line(line) for line in lines]))
    return text.getvalue()


def test_the_whole_terminal_is_taken_and_given_back():
    shown = drawn(["one", "two"], fills=True)
    assert shown.index(ALTERNATE) < shown.index("one") < shown.index("two") < shown.index(BACK)


def test_what_does_not_fit_in_its_height_is_cut():
    shown = drawn([f"line {number}" for number in range(40)], fills=True)
    assert "line 0" in shown
    assert "line 39" not in shown


def test_otherwise_it_stays_among_the_lines():
    assert ALTERNATE not in drawn(["one"], fills=False)


def test_a_long_queue_leaves_room_for_what_stands_below_it():
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=40, height=8, color_system=None)
    rows = [(f"job-{number}",) for number in range(30)]
    queue = Table((Column("waiting"),), rows, see="wam queue", rows_least=2)
    with LiveScreen(console, fills=True) as live:
        live.update(Screen({}, [Line("! look"), queue, Line("held: plate")]))
    shown = text.getvalue()
    assert "job-3" in shown
    assert "job-4" not in shown
    assert "... and 26 more (wam queue)" in shown
    assert "held: plate" in shown
