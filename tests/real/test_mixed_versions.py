"""Versions mix on one spool: what an older one left is taken up, what a newer one wrote is kept or
left alone. The frozen files are those of the first version (tests/data/upgrade_v1).
"""

import shutil
from pathlib import Path

import pytest

from client_tools.app import main
from node_service.loop import Loop
from spool_layout.records import parse_outcome
from spool_layout.yaml_text import load_mapping
from tests.real.real_spool import (
    SteppedClock,
    done_folder,
    journal_of,
    left_over,
    make_node,
    make_spool,
    open_at,
    outcomes,
    step,
    submit_deck,
    turn_until_idle,
)
from wamspool.clock import SystemClock
from wamspool.find import find_job
from wamspool.shares.local import LocalShare
from wamspool.spool import create_spool

FROZEN = Path(__file__).resolve().parents[1] / "data/upgrade_v1"
NEWER = {
    "incoming/5-20261123-121013-500-newer-vwxyz.yaml": "wam: 2\njob: newer-vwxyz\ndecks: [a]\n",
    "held/5-20261123-121013-501-newer-wxyz2.g1.a0.yaml": "wam: 2\njob: newer-wxyz2\n",
    "running/5-20261123-121013-502-newer-xyz23.g1.a1.beta.yaml": "wam: 2\njob: newer-xyz23\n",
    "nodes/beta.7.json": '{"wam": 2, "node": "beta", "mood": "later"}',
    "requests/newer-vwxyz.cancel.yaml": "wam: 2\nverb: cancel\njob: newer-vwxyz\n",
    "done/2026-11/newer-yz234/ticket.yaml": "wam: 2\njob: newer-yz234\n",
    "done/2026-11/newer-yz234/outcome.yaml": "wam: 2\njob: newer-yz234\noutcome: dreamt\n",
}


@pytest.fixture
def left(tmp_path):
    """What the first version left behind when it was stopped for an upgrade: (spool, scratch)."""
    shutil.copytree(FROZEN, tmp_path, dirs_exist_ok=True)
    root = tmp_path / "spool"
    create_spool(LocalShare(root, SystemClock()), SystemClock())  # folders that were empty
    return root, tmp_path / "scratch"


def test_what_the_older_version_left_is_taken_up(left):
    root, scratch = left
    node = make_node(open_at(root, SteppedClock()), scratch)
    turn_until_idle(node)
    records = outcomes(root)
    assert {job: (r.outcome, r.attempt) for job, r in records.items()} == {
        "deck-eyzee": ("completed", 1),  # it ended while nobody served, and was not run again
        "lost-hjkmn": ("completed", 2),  # its boot is over
        "next-bcdfg": ("completed", 1),
    }
    assert (done_folder(root, "deck-eyzee") / "deck.res").read_text() == "computed\n"
    assert (done_folder(root, "lost-hjkmn") / "deck.res").read_text() == "again\n"
    (requeued,) = [line for line in journal_of(root) if line["event"] == "requeue"]
    assert "the machine was restarted" in requeued["detail"]
    assert left_over(root) == []


def test_fields_of_a_newer_minor_version_go_with_the_job(left):
    root, scratch = left
    turn_until_idle(make_node(open_at(root, SteppedClock()), scratch))
    ticket = (done_folder(root, "next-bcdfg") / "ticket.yaml").read_bytes()
    kept = load_mapping(ticket, source="ticket.yaml")["later_field"]
    assert kept == {"of": ["a", "newer", "version"], "number": 3}


@pytest.fixture
def mixed(tmp_path):
    """A spool on which a newer version has left something of every kind."""
    root = make_spool(tmp_path / "spool", lease=3)
    for path, text in NEWER.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_what_a_newer_version_wrote_is_left_alone_and_the_node_goes_on(mixed, tmp_path, caplog):
    node = make_node(open_at(mixed, SteppedClock()), tmp_path / "scratch")
    loop = Loop(node)
    loop.begin()
    deck = tmp_path / "deck.inp"
    deck.write_text("echo fine >deck.res\n")
    submit_deck(node.spool, deck)
    for _ in range(400):  # long over the lease of the node that is too new to be understood
        loop.turn()
        step(node)
        if list((mixed / "done").glob("*/deck-*")) and node.spool.clock.ahead_s > 30:
            break
    loop._finish()
    (ours,) = mixed.glob("done/*/deck-*/outcome.yaml")
    assert parse_outcome(ours.read_bytes(), source=str(ours)).outcome == "completed"
    for path, text in NEWER.items():
        if not path.startswith("nodes/"):
            assert (mixed / path).read_text() == text, path
    assert "this WAM reads up to format 1" in " ".join(str(vars(r)) for r in caplog.records)


def test_people_are_told_what_is_too_new(mixed):
    spool = open_at(mixed)
    assert find_job(spool, "newer-vwxyz").place
    assert main(["show", "newer-vwxyz", "--spool", str(mixed)]) == 5
    assert main(["status", "--spool", str(mixed)]) == 0
