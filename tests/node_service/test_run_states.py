"""How runs stand whose program returns and leaves others behind."""

from dataclasses import replace

import pytest

from node_service.processes import Ended, Running, Vanished
from node_service.run_states import LINGER_S, TOLD_FROM_OUTSIDE, RunStates

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


@pytest.mark.parametrize("code", [None, 1])
def test_a_run_that_was_told_to_end_by_others_is_lost_and_not_failed(site, solving, code):
    told = replace(ENDED, exit_code=code, signal=None if code else 15, was_told=True)
    site.processes.states[solving.folder.path.name] = told
    assert RunStates(site.node).look(solving) == Vanished(TOLD_FROM_OUTSIDE)


def test_what_the_service_asked_for_or_what_ended_well_is_an_end(site, solving):
    done = replace(ENDED, was_told=True)
    site.processes.states[solving.folder.path.name] = done
    assert RunStates(site.node).look(solving) == done
    stopped = replace(ENDED, exit_code=None, signal=15, was_told=True)
    site.processes.states[solving.folder.path.name] = stopped
    solving.folder.note_stop("cancelled")
    assert RunStates(site.node).look(solving) == stopped


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
