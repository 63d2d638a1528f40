"""Includes that were used go after a while; what nobody used, or somebody changed, stays."""

import pytest

from tests.adopting import Adopting, jobs
from tests.spools import DECK, new_spool
from wamspool.leftovers import EMPTY_S, Leftovers

WITH_MESH = b"*INCLUDE, INPUT=mesh.inc\n" + DECK


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


@pytest.fixture
def incoming(tmp_path, spool):
    (tmp_path / "spool/incoming/mesh.inc").write_bytes(b"*NODE\n1, 0., 0., 0.\n")
    (tmp_path / "spool/incoming/unused.inc").write_bytes(b"x")
    return tmp_path / "spool/incoming"


class Tidying(Adopting):
    """As a node does: after each look."""

    def __init__(self, spool):
        super().__init__(spool)
        self.leftovers = Leftovers(self.spool, self.adopter)
        self.removed = []

    def turn(self):
        came = super().turn()
        self.removed += self.leftovers.tidy(self.incoming.look())
        return came


@pytest.fixture
def node(spool):
    return Tidying(spool)


def test_an_include_waits_for_the_next_deck_and_then_goes(spool, node, incoming):
    (incoming / "a.inp").write_bytes(WITH_MESH)
    node.settle(for_s=100)
    assert (incoming / "mesh.inc").exists()
    (incoming / "b.inp").write_bytes(WITH_MESH)
    node.settle(for_s=100)
    assert (incoming / "mesh.inc").exists() and len(jobs(spool)) == 2
    node.settle(for_s=60)
    assert node.removed == ["incoming/mesh.inc"]
    assert not (incoming / "mesh.inc").exists() and (incoming / "unused.inc").exists()


def test_an_include_that_was_changed_stays(spool, node, incoming):
    (incoming / "a.inp").write_bytes(WITH_MESH)
    node.settle(for_s=50)
    (incoming / "mesh.inc").write_bytes(b"*NODE\n2, 0., 0., 0.\n")
    node.settle(for_s=300)
    assert node.removed == [] and (incoming / "mesh.inc").exists()


def test_an_include_stays_while_a_deck_beside_it_waits(spool, node, incoming):
    (incoming / "a.inp").write_bytes(WITH_MESH)
    node.settle(for_s=100)
    with (incoming / "b.inp").open("wb") as file:
        file.write(DECK)
        file.flush()
        node.settle(for_s=300)
        still = (incoming / "mesh.inc").exists()
    assert still or not node.spool.share.traits.sees_writers


def test_a_dropped_folder_goes_when_it_is_empty(spool, node, incoming):
    (incoming / "study/empty").mkdir(parents=True)
    (incoming / "study/a.inp").write_bytes(DECK)
    (incoming / "kept").mkdir()
    (incoming / "kept/a.inp").write_bytes(DECK)
    (incoming / "kept/notes.txt").write_bytes(b"mine")
    node.settle(for_s=30)
    for name in ("study", "kept"):
        node.leftovers.note_group(f"incoming/{name}")
    node.settle(for_s=200)
    assert not (incoming / "study").exists()
    assert (incoming / "kept/notes.txt").read_bytes() == b"mine"


def test_nothing_used_costs_nothing(spool, node):
    queue = node.incoming.look()
    assert node.leftovers.tidy(queue) == []


def test_a_dropped_folder_in_which_nothing_lies_goes_after_an_hour(spool, node, incoming):
    (incoming / "mine").mkdir()
    (incoming / "nested/inner").mkdir(parents=True)
    for path in ("high", "8cpus"):
        (incoming / path).mkdir(exist_ok=True)
    node.settle(for_s=EMPTY_S - 100)
    assert node.removed == []
    node.settle(for_s=200)
    assert sorted(node.removed) == ["incoming/mine", "incoming/nested/inner"]
    assert (incoming / "high").exists() and (incoming / "8cpus").exists()
    node.settle(for_s=EMPTY_S + 100)
    assert not (incoming / "nested").exists()


def test_a_folder_that_somebody_fills_after_all_stays(spool, node, incoming):
    (incoming / "mine").mkdir()
    node.settle(for_s=EMPTY_S - 100)
    (incoming / "mine/notes.txt").write_bytes(b"x")
    node.settle(for_s=300)
    assert node.removed == [] and (incoming / "mine/notes.txt").exists()
