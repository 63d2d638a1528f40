"""Hidden files of crashed writers."""

import pytest

from tests.clocks import FakeClock
from tests.spools import new_spool
from wamspool.errors import Busy
from wamspool.litter import AGE_S, WATCHED, Litter


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def spool(tmp_path, clock):
    return new_spool(tmp_path / "spool", clock)


def test_what_lay_there_an_hour_ago_goes(spool, clock):
    litter = Litter(spool)
    paths = [f"{folder}/.wam-0123-4" for folder in WATCHED]
    for path in paths:
        spool.share.create(path, b"")
    assert litter.tidy() == []
    clock.advance(AGE_S)
    assert litter.tidy() == []
    clock.advance(AGE_S)
    assert litter.tidy() == sorted(paths)
    assert [e.name for e in spool.share.list("nodes")] == []


def test_what_is_new_or_somebody_elses_stays(spool, clock):
    litter = Litter(spool)
    clock.advance(AGE_S)
    litter.tidy()
    for name in (".wam-0123-5", ".hidden", "alpha.1.json", "bracket.inp"):
        spool.share.create(f"incoming/{name}", b"")
    clock.advance(AGE_S)
    assert litter.tidy() == []
    clock.advance(AGE_S)
    assert litter.tidy() == ["incoming/.wam-0123-5"]
    assert len(spool.share.list("incoming")) > 3


def test_one_that_is_open_is_tried_again(spool, clock, monkeypatch):
    spool.share.create("nodes/.wam-1-1", b"")
    litter = Litter(spool)
    for _ in range(2):
        clock.advance(AGE_S)
        litter.tidy()
    spool.share.create("nodes/.wam-1-2", b"")
    clock.advance(AGE_S)
    litter.tidy()

    def refuse(path):
        raise Busy(path, "is open")

    clock.advance(AGE_S)
    with monkeypatch.context() as patched:
        patched.setattr(spool.share, "remove", refuse)
        assert litter.tidy() == []
    clock.advance(AGE_S)
    assert litter.tidy() == ["nodes/.wam-1-2"]


def test_it_costs_nothing_in_between(spool, clock, monkeypatch):
    litter = Litter(spool)
    monkeypatch.setattr(spool.share, "list", None)
    clock.advance(AGE_S - 1)
    assert litter.tidy() == []
