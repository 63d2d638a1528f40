"""How runs stand whose program returns and leaves others behind."""

from dataclasses import replace

import pytest

from node_service.processes import Ended, Running
from node_service.run_states import LINGER_S, RunStates

ENDED = Ended(0, None, 0.5, 1000.0)
LINGERING = Running(7, 0.0, lingering=True)


@pytest.fixture
def looked(site, solving, monkeypatch):
    """What is asked of the processes; they linger until they are killed."""
    profile = replace(site.node.profiles["calculix"], background=True)
    monkeypatch.setitem(site.node.profiles, "command", profile)
    asked = []

    def examine(folder, *, whole_tree=False):
        asked.append(whole_tree)
        return ENDED if site.processes.stopped else LINGERING

    monkeypatch.setattr(site.processes, "examine", examine)
    return asked


def test_a_program_that_stays_is_looked_at_alone(site, solving):
    assert RunStates(site.node).look(solving) == Running(1, 0.0)


def test_what_goes_on_is_followed_as_long_as_it_takes(site, solving, looked):
    states = RunStates(site.node)
    for _ in range(3):
        site.clock.sleep(10 * LINGER_S)
        assert states.look(solving) == LINGERING
    assert looked == [True] * 3


def test_what_lingers_after_the_last_word_is_ended(site, solving, looked):
    states = RunStates(site.node)
    (solving.folder.run / "solver.out").write_text(" Job finished\n")
    assert states.look(solving) == LINGERING
    site.clock.sleep(LINGER_S - 0.1)
    assert states.look(solving) == LINGERING and site.processes.stopped == []
    site.clock.sleep(0.1)
    assert states.look(solving) == ENDED
    assert site.processes.stopped == [(solving.folder.path.name, True)]
