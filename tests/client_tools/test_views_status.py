"""The status screen, to the letter: on 80 and 160 columns, and in a pipe."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from client_tools.views.plain import PlainOutput
from client_tools.views.status import Picture, attention_lines, status_screen
from client_tools.views.table import TerminalOutput
from spool_layout.names import TicketName
from spool_layout.records import JobOnNode, NodeStatus
from spool_layout.states import State
from wamspool.snapshot import NodeSight, Snapshot
from wamspool.transition import Place

GB = 1 << 30


def _place(made, state, job, *, priority=5, node=None, minutes=5):
    moment = made.THEN - timedelta(minutes=minutes)
    stamp = f"{moment:%Y%m%d-%H%M%S}-000"
    return Place(state, TicketName(priority, stamp, job, 1 if node else 0, 1, node))


def _said(job, **more):
    return JobOnNode(job, 1, "solving", attempt=1, started="2026-11-23T08:17:55Z", **more)


@pytest.fixture
def picture(made):
    long_job = "a-rather-long-name-of-a-plate-with-holes-k7f3x"
    cougar = NodeStatus(
        "cougar", "up", cpus=8, cpus_free=5, memory_bytes=32 * GB, memory_free_bytes=20 * GB,
        gpus=2, gpus_free=1, jobs=(
            _said("bracket-k7f3x", percent=62.4, increments=31, cutbacks=2, step=1, steps=2),
            _said(long_job, step=2, steps=3),
        ),
    )  # fmt: skip
    puma = NodeStatus(
        "puma", "up", cpus=4, cpus_free=0, memory_bytes=16 * GB, memory_free_bytes=GB,
        jobs=(_said("press-h8h8h", percent=5.0, increments=1),),
        problems=("scratch is nearly full",),
    )  # fmt: skip
    lynx = NodeStatus("lynx", "stopped", cpus=2, cpus_free=2)
    places = (
        _place(made, State.HELD, "held-aaaaa"),
        _place(made, State.QUEUED, "plate-01-bbbbb", priority=2),
        _place(made, State.QUEUED, "plate-02-ccccc", minutes=130),
        _place(made, State.QUEUED, "plate-03-ddddd"),
        _place(made, State.CLAIMED, "taken-eeeee", node="cougar"),
        _place(made, State.RUNNING, "bracket-k7f3x", node="cougar"),
        _place(made, State.RUNNING, long_job, node="cougar"),
        _place(made, State.RUNNING, "press-h8h8h", node="puma"),
    )
    sights = (
        NodeSight(cougar, 12, 3.0, silent=False),
        NodeSight(lynx, 40, 90_000.0, silent=False),
        NodeSight(puma, 7, 200.0, silent=True),
    )
    snapshot = Snapshot(
        made.THEN, places, sights, ("new.inp",), ("broken.inp", "x.inp"), ("nodes/odd.1.json: bad",)
    )
    tickets = {job: made.a_ticket(job) for job in ("plate-01-bbbbb", "plate-02-ccccc")}
    return Picture(snapshot, tickets, limit=2)


def _on_terminal(picture, width):
    text = io.StringIO()
    console = Console(width=width, file=text, no_color=True, highlight=False, markup=False)
    TerminalOutput(console).show(status_screen(picture))
    return [line.rstrip() for line in text.getvalue().splitlines()]


ATTENTION = """\
! node puma has not been heard of for 3 min; it holds press-h8h8h
! node puma: scratch is nearly full
! 2 dropped files rejected: broken.inp, x.inp (wam queue --state rejected)
! cannot be read: nodes/odd.1.json: bad
"""

AT_80 = (
    ATTENTION
    + """
node    state    cpus free      memory free  gpus  jobs        heard
cougar  up             5/8  20.0 GB/32.0 GB   1/2     2      3 s ago
lynx    stopped        2/2          0 B/0 B     -     0  1 d 1 h ago
puma    silent         0/4   1.0 GB/16.0 GB     -     1    3 min ago

running                      node    progress         incr  cut  elapsed   ~left
taken-eeeee                  cougar  is being taken      -    -        -       ?
bracket-k7f3x                cougar  ██████░░░░ 62 %    31    2   12 min  ~7 min
a-rather-long-name-of-a-pl…  cougar  step 2/3            -    -   12 min       ?
press-h8h8h                  puma    ░░░░░░░░░░ 5 %      1    0   12 min       ?

waiting         priority  cpus  memory  owner       since  ~start
plate-01-bbbbb  high         1       -  jo          5 min       ?
plate-02-ccccc  normal       1       -  jo     2 h 10 min       ?
... and 1 more (wam queue)
held: held-aaaaa (wam release JOB)
dropped, not yet taken: new.inp
"""
)


def test_at_80_columns(picture):
    lines = _on_terminal(picture, 80)
    assert lines == AT_80.splitlines()
    assert max(map(len, lines)) <= 80


def test_at_160_columns_nothing_is_cut(picture):
    lines = _on_terminal(picture, 160)
    assert "…" not in "\n".join(lines)
    assert any(line.startswith("a-rather-long-name-of-a-plate-with-holes-k7f3x") for line in lines)


def test_in_a_pipe_nothing_is_cut_or_drawn(picture, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    PlainOutput().show(status_screen(picture))
    out = capsys.readouterr().out
    assert out.startswith(ATTENTION)
    assert "a-rather-long-name-of-a-plate-with-holes-k7f3x  cougar  step 2/3" in out
    assert "62 %" in out
    assert not {"█", "…", "\x1b"} & set(out)


def test_while_one_watches_the_first_needs_leave_room_for_the_rest(picture, capsys):
    odd = tuple(f"nodes/odd.{number}.json: bad" for number in range(7))
    many = replace(picture, snapshot=replace(picture.snapshot, unreadable=odd))
    PlainOutput().show(status_screen(replace(many, is_passing=True)))
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("!")] == [
        *ATTENTION.splitlines()[:3],
        *(f"! cannot be read: {problem}" for problem in odd[:2]),
        "! ... and 5 more (wam status)",
    ]
    PlainOutput().show(status_screen(many))
    assert capsys.readouterr().out.count("! cannot be read") == 7


def test_what_runs_use_is_there_where_there_is_room(picture):
    cougar, *others = picture.snapshot.nodes
    first, second = cougar.status.jobs
    first = replace(first, cpus=4, cores_busy=3.86, memory_used_bytes=2 * GB)
    second = replace(second, memory_used_bytes=GB)
    status = replace(cougar.status, jobs=(first, second))
    nodes = (replace(cougar, status=status), *others)
    busy = replace(picture, snapshot=replace(picture.snapshot, nodes=nodes))
    assert _on_terminal(busy, 80) == AT_80.splitlines()
    lines = [" ".join(line.split()) for line in _on_terminal(busy, 130)]
    assert "running node progress incr cut uses elapsed ~left" in lines
    assert "31 2 3.9/4 2.0 GB 12 min ~7 min" in " ".join(lines)
    assert any(line.endswith("- - -/1 1.0 GB 12 min ?") for line in lines)
    assert any(line.endswith("1 0 - 12 min ?") for line in lines)  # not known of this one


def test_a_quiet_spool_needs_no_attention(made):
    node = NodeStatus("cougar", "up", cpus=1)
    snapshot = Snapshot(made.THEN, (), (NodeSight(node, 1, 1.0, silent=False),), (), (), ())
    assert not list(attention_lines(snapshot))


def test_jobs_without_a_node_need_attention(made):
    place = _place(made, State.QUEUED, "plate-01-bbbbb")
    snapshot = Snapshot(made.THEN, (place,), (), (), (), ())
    assert list(attention_lines(snapshot)) == ["jobs wait, and no node is up (wam-node run)"]


def test_a_name_cannot_move_the_cursor(made, capsys):
    snapshot = Snapshot(made.THEN, (), (), ("\x1b[2Jx.inp",), (), ())
    for output in (PlainOutput(), TerminalOutput(Console(width=80))):
        output.show(status_screen(Picture(snapshot, {}, 1)))
        assert "\\x1b[2Jx.inp" in capsys.readouterr().out
