"""Which deck a dropped ticket means."""

import pytest

from tests.faults import FaultyShare
from tests.spools import new_spool
from wamspool.paired import Pairs

NAMES = frozenset({"a.inp", "b.inp", "study.yaml", "b.yml", "notes.txt"})


@pytest.fixture
def share(tmp_path):
    share = new_spool(tmp_path / "spool").share
    share.create("incoming/study.yaml", b"input: a.inp")
    share.create("incoming/b.yml", b"")
    return share


def test_a_ticket_means_the_deck_that_it_names_or_is_called_after(share):
    pairs = Pairs(share)
    assert pairs.ticket_of("incoming", "a.inp", NAMES) == "study.yaml"
    assert pairs.ticket_of("incoming", "b.inp", NAMES) == "b.yml"
    assert pairs.ticket_of("incoming", "study.inp", NAMES) is None
    assert pairs.ticket_of("incoming", "a.inp", {"a.inp"}) is None


def test_a_ticket_is_read_once_until_it_is_written_again(share):
    faulty = FaultyShare(share)
    pairs = Pairs(faulty)
    for _ in range(5):
        assert pairs.deck_of("incoming", "study.yaml") == "a.inp"
    assert faulty.calls == 1
    share.replace("incoming/study.yaml", b"input: c.inp")
    pairs.forget("incoming/study.yaml")
    assert pairs.deck_of("incoming", "study.yaml") == "c.inp"


@pytest.mark.parametrize("text", [b"", b"\xff", b"input: [a]", b"input: ", b"a: *b"])
def test_a_ticket_that_does_not_say_means_the_deck_of_its_name(share, text):
    share.create("incoming/x.yaml", text)
    pairs = Pairs(share)
    assert pairs.deck_of("incoming", "x.yaml") == "x.inp"
    share.replace("incoming/x.yaml", b"input: y.inp")
    assert pairs.deck_of("incoming", "x.yaml") == "y.inp"
