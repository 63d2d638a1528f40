"""``wam doctor``: measuring alone, with a node, and what was measured before."""

import json
import threading
from pathlib import Path

import pytest

from client_tools import wiring
from spool_layout.probe_record import Finding, Mark
from spool_layout.request import parse_doctor_request_name
from tests.leaping import LeapingClock
from wamspool.clock import SystemClock
from wamspool.errors import Exists
from wamspool.probe.invitation import join
from wamspool.probe.report import probe_record, write_record
from wamspool.shares.local import LocalShare


@pytest.fixture
def real_time(clock, monkeypatch):
    """Threads race, and files have times: the clock of other tests stands still."""
    monkeypatch.setattr(wiring, "system_clock", LeapingClock)


@pytest.fixture
def node(spool, monkeypatch, made):
    """A node that answers requests from a thread of this process."""
    monkeypatch.setattr(wiring, "system_clock", SystemClock)
    made.node(spool, "cougar")
    over = threading.Event()
    share = LocalShare(Path(spool.share.location), SystemClock(), durable=False)

    def serve():
        while not over.wait(0.01):
            for entry in share.list("requests"):
                if parsed := parse_doctor_request_name(entry.name):
                    share.remove(f"requests/{entry.name}")
                    join(share, SystemClock(), parsed[1], node=parsed[0], is_over=over.is_set)

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    over.set()
    thread.join(30)


def open_the_door(monkeypatch):
    make_folder = LocalShare.make_folder

    def for_all(self, path):
        try:
            make_folder(self, path)
        except Exists:
            return

    monkeypatch.setattr(LocalShare, "make_folder", for_all)


def hidden(root):
    return list(Path(root).rglob(".wam-doctor-*"))


def test_a_sound_spool(wam, spool, real_time):
    run = wam("doctor", "--rounds", 5)
    assert run.code == 0, run.out + run.err
    title, *lines = run.out.splitlines()
    assert title.startswith(f"{spool.share.location}, measured by user-jo-desk, ")
    assert [line.split()[:2] for line in lines[:2]] == [["ok", "rights"], ["ok", "door"]]
    assert "in 5 rounds" in lines[1]
    assert lines[-1] == "Kept in the spool: doctor/user-jo-desk.yaml (wam doctor --last)"
    assert hidden(spool.share.location) == []
    assert run.err == ""


def test_for_programs(wam, spool, real_time):
    told = json.loads(wam("doctor", "--rounds", 5, "--json").out)
    assert (told["wam"], told["partner"]) == (1, None)
    assert told["verdict"] in {"ok", "limited"}, "a loaded machine is slow"
    assert told["kept"] == "doctor/user-jo-desk.yaml"
    assert told["location"] == spool.share.location
    assert set(told["findings"][0]) == {"check", "mark", "sentence", "cure", "figures"}
    assert told["traits"]["has_owner"] is True


def test_a_folder_that_is_no_spool_yet(wam, tmp_path, real_time):
    folder = tmp_path / "folder"
    folder.mkdir()
    run = wam("doctor", folder, "--rounds", 5)
    assert run.code == 0
    assert "WAM can be used on this share" in run.out
    assert "Kept" not in run.out
    assert list(folder.iterdir()) == []


def test_a_share_that_fails_is_refused(wam, spool, real_time, monkeypatch):
    open_the_door(monkeypatch)
    run = wam("doctor", "--rounds", 5)
    assert run.code == 1
    assert "REFUSED: WAM must not be used on this share. What failed: door." in run.out
    assert "-> Reach the share in another way" in run.out
    assert wam("doctor", "--last").code == 1


def test_no_spool_is_made_on_a_share_that_fails(wam, tmp_path, real_time, monkeypatch):
    open_the_door(monkeypatch)
    run = wam("init", tmp_path / "new")
    assert run.code == 19
    assert "lets two callers make the same folder" in run.err
    assert list((tmp_path / "new").iterdir()) == []


def test_without_a_place_it_asks_for_one(wam, clock):
    run = wam("doctor")
    assert run.code == 60
    assert "wam doctor FOLDER" in run.err


def test_a_place_that_is_not_there(wam, clock, tmp_path):
    assert wam("doctor", tmp_path / "nowhere").code == 17


def test_with_a_node(wam, spool, node):
    run = wam("doctor", "--with", "cougar", "--rounds", 8)
    assert run.code == 0, run.out + run.err
    assert "measured by user-jo-desk with cougar" in run.out
    assert "between user-jo-desk and cougar" in run.out
    assert "Kept in the spool: doctor/user-jo-desk.with.cougar.yaml" in run.out
    assert hidden(spool.share.location) == []
    told = json.loads(wam("doctor", "--last", "--json").out)
    assert [record["partner"] for record in told["records"]] == ["cougar"]


def test_a_node_that_nobody_knows(wam, spool, made):
    made.node(spool, "cougar")
    run = wam("doctor", "--with", "lynx")
    assert run.code == 68
    assert "no node 'lynx' has been on this spool" in run.err
    assert "Known are: cougar." in run.err


def test_a_node_that_is_stopped_or_silent(wam, spool, made, monkeypatch):
    made.node(spool, "cougar", state="stopped")
    run = wam("doctor", "--with", "cougar")
    assert run.code == 36
    assert "cougar cannot answer: it was stopped 0 s ago" in run.err


def test_a_node_that_does_not_answer(wam, spool, made):
    made.node(spool, "cougar")
    run = wam("doctor", "--with", "cougar")
    assert run.code == 36
    assert "cougar: nothing was heard for 40 s at 'hello'; it was last heard of" in run.err
    assert list(spool.share.list("requests")) == []
    assert hidden(spool.share.location) == []


def test_a_folder_that_is_no_spool_has_no_nodes(wam, clock, tmp_path):
    for option in (["--with", "cougar"], ["--last"]):
        assert wam("doctor", tmp_path, *option).code == 17


def test_what_was_measured_before(wam, spool):
    assert "nothing has been measured" in wam("doctor", "--last").out
    for by, mark in (("cougar", Mark.LIMITED), ("user-jo-desk", Mark.OK), ("lynx", Mark.FAILED)):
        finding = Finding("clock", mark, f"Said by {by}.", "Do this.")
        write_record(spool.share, probe_record(spool.share, [finding], by=by, version="1"))
    run = wam("doctor", "--last")
    assert run.code == 1, "one of the machines must not use the share"
    assert "ok       clock           Said by user-jo-desk." in run.out
    assert "Said by cougar" not in run.out
    rows = [line.split() for line in run.out.splitlines() if line.startswith(("cougar", "lynx"))]
    assert {row[0]: row[-1] for row in rows} == {"cougar": "limited", "lynx": "failed"}
    assert len(json.loads(wam("doctor", "--last", "--json").out)["records"]) == 3
