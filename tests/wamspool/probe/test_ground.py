"""The ground: hidden, removed whatever happens, and what a killed run left is removed later."""

import os

import pytest

from spool_layout import folders
from tests.leaping import LeapingClock, LeapingShare
from tests.spools import new_spool
from wamspool.probe.ground import ABANDONED_S, Effort, on_ground
from wamspool.shares.local import LocalShare

LITTLE = Effort(clients=1, rounds=1, repeats=1, patience_s=0, clock_s=0, big_bytes=1)


@pytest.fixture
def ground_in(tmp_path):
    def opened(kind=LeapingShare, effort=LITTLE):
        clock = LeapingClock()
        return on_ground(lambda: kind(tmp_path, clock), clock, effort)

    return opened


def hidden(root):
    return sorted(p.relative_to(root).as_posix() for p in root.rglob(".wam-doctor-*"))


def test_in_a_folder_that_is_no_spool_it_lies_in_the_root(tmp_path, ground_in):
    with ground_in() as ground:
        assert hidden(tmp_path) == [ground.folder]
        assert ground.place("door") == f"{ground.folder}/door"
        assert ground.spool_folders == ()
    assert list(tmp_path.iterdir()) == []


def test_in_a_spool_it_lies_beside_the_locks(tmp_path, ground_in):
    new_spool(tmp_path)
    with ground_in() as ground:
        assert hidden(tmp_path) == [ground.folder]
        assert ground.folder.startswith("locks/.wam-doctor-")
        assert ground.spool_folders == folders.ALL
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_it_is_removed_whatever_happens(tmp_path, ground_in, error):
    def broken_off():
        with ground_in() as ground:
            ground.mine.create(f"{ground.place('deep')}/file", b"x")
            raise error

    with pytest.raises(error):
        broken_off()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_is_in_use_is_not(tmp_path, ground_in):
    for name, age_s in (("left", ABANDONED_S + 60), ("used", ABANDONED_S - 60)):
        folder = tmp_path / f".wam-doctor-{name}"
        (folder / "door").mkdir(parents=True)
        changed_s = folder.stat().st_mtime - age_s
        os.utime(folder, (changed_s, changed_s))
    with ground_in():
        pass
    assert hidden(tmp_path) == [".wam-doctor-used"]


def test_there_are_at_least_two_clients_and_each_is_closed(tmp_path, ground_in):
    closed = []

    class Closing(LeapingShare):
        def close(self):
            closed.append(self)

    with ground_in(Closing) as ground:
        assert len(ground.clients) == 2 and ground.mine is not ground.other
        assert closed == []
    assert set(closed) == set(ground.clients)


def test_clients_before_one_that_cannot_be_opened_are_closed(tmp_path):
    closed, clock = [], LeapingClock()

    class Closing(LocalShare):
        def close(self):
            closed.append(self)

    def open_client(count=[]):  # noqa: B006 - counts the calls
        count.append(1)
        if len(count) == 2:
            raise OSError
        return Closing(tmp_path, clock)

    with pytest.raises(OSError), on_ground(open_client, clock, LITTLE):
        pass
    assert len(closed) == 1


class Talkative(LeapingShare):
    """Somebody else says something more whenever a folder of the ground is removed."""

    words = 3

    def remove(self, path):
        if path.endswith("/talk") and Talkative.words:
            Talkative.words -= 1
            self.create(f"{path}/word{Talkative.words}", b"")
        super().remove(path)


def test_what_another_says_meanwhile_is_removed_as_well(tmp_path, ground_in, monkeypatch):
    monkeypatch.setattr(Talkative, "words", 3)
    with ground_in(Talkative) as ground:
        ground.place("talk")
    assert Talkative.words == 0
    assert list(tmp_path.iterdir()) == []
