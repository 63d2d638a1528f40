"""Asking a solver to end in its own way."""

from dataclasses import replace

import pytest

from node_service.processes import LaunchFailed
from node_service.stopping import ask_solver_to_end


@pytest.fixture
def told(site, solving, monkeypatch):
    """What the run is told, once its profile knows how."""
    profile = site.node.profiles["command"]
    changed = replace(
        profile,
        stop_command=("{program}", "terminate", "job={job}"),
        environment_set={"WHERE": "{run}"},
    )
    monkeypatch.setitem(site.node.profiles, "command", changed)
    said = []
    monkeypatch.setattr(site.processes, "tell", lambda *words: said.append(words), raising=False)
    return said


def test_a_profile_without_a_way_has_none(site, solving):
    assert not ask_solver_to_end(site.node, solving)


def test_the_solver_is_asked_by_its_own_command_and_environment(site, solving, told):
    assert ask_solver_to_end(site.node, solving)
    ((folder, command, environment),) = told
    assert folder == solving.folder.path
    assert command == ("/bin/sh", "terminate", "job=bracket")
    assert environment["WHERE"] == str(solving.folder.run)


def test_a_command_that_cannot_be_started_is_no_way(site, solving, told, monkeypatch):
    def refuse(*words):
        raise LaunchFailed("no such program", cure="Install it.")

    monkeypatch.setattr(site.processes, "tell", refuse)
    assert not ask_solver_to_end(site.node, solving)
