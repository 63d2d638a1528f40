"""A job that was lost on several nodes is tried on no more; losses on one node are no such thing."""

from pathlib import Path

import pytest

from spool_layout.names import TicketName
from spool_layout.records import parse_outcome
from spool_layout.states import Event, State
from tests.spools import JOB, named, new_spool, put, ticket_for, tree
from wamspool.errors import Unreachable
from wamspool.expire import take_back
from wamspool.losses import note_loss
from wamspool.transition import Place


@pytest.fixture
def spool(tmp_path):
    made = new_spool(tmp_path / "spool")
    made.share.make_folder(f"jobs/{JOB}")
    return made


def lose(spool, state, node, generation):
    """A node has claimed the job in this generation, and has fallen silent."""
    attempt = 1 if state is State.RUNNING else 0
    name = TicketName(5, named().stamp, JOB, generation, attempt, node)
    for path in Path(spool.share.location, "incoming").glob("*.yaml"):
        path.unlink()
    place = put(spool, Place(state, name), ticket_for(JOB, retries=100))
    return take_back(spool, place, silent_s=91)


@pytest.mark.parametrize("state", [State.CLAIMED, State.RUNNING])
def test_the_third_node_is_the_last(spool, tmp_path, state):
    assert lose(spool, state, "alpha", 1).event is Event.EXPIRE
    assert lose(spool, state, "beta", 3).event is Event.EXPIRE
    taken = lose(spool, state, "gamma", 5)
    assert taken.event is Event.GIVE_UP
    (path,) = tmp_path.glob(f"spool/done/*/{JOB}/outcome.yaml")
    record = parse_outcome(path.read_bytes(), source="")
    assert (record.outcome, record.reason) == ("lost", "lost-on-several-nodes")
    assert "3 different nodes (alpha, beta, gamma)" in record.sentence
    assert "gamma has been silent for 91 s" in record.sentence
    assert not [name for name in tree(tmp_path / "spool") if "lost.g" in name], "notes are left"


def test_one_node_again_and_again_is_a_matter_of_retries(spool):
    for generation in range(1, 12, 2):
        assert lose(spool, State.RUNNING, "alpha", generation).event is Event.EXPIRE


def test_noting_twice_is_noting_once(spool):
    for _ in range(2):
        assert note_loss(spool.share, JOB, generation=3, node="alpha") == ("alpha",)
    assert note_loss(spool.share, JOB, generation=5, node="beta") == ("alpha", "beta")


def test_a_job_that_is_done_meanwhile_gets_no_folder_again(spool, tmp_path):
    assert note_loss(spool.share, "other-aaaaa", generation=1, node="alpha") == ()
    assert not (tmp_path / "spool/jobs/other-aaaaa").exists()


def test_a_share_that_is_away_is_no_answer(spool, monkeypatch):
    def away(*_):
        raise Unreachable("jobs", "timed out")

    monkeypatch.setattr(spool.share, "list", away)
    with pytest.raises(Unreachable):
        note_loss(spool.share, JOB, generation=1, node="alpha")
