"""What TAB offers, in each shell."""

import threading

import pytest

from client_tools import completing, config
from client_tools.app import LateGroup
from client_tools.commands import COMMANDS
from client_tools.completing import (
    complete_jobs,
    complete_jobs_and_nodes,
    complete_nodes,
    complete_solvers,
)


@pytest.fixture
def full(spool, made):
    made.node(spool, solvers=("mine",))
    made.job(spool, "plate-aaaaa")
    made.done(spool, "press-bbbbb")
    made.done(spool, "bracket-ccccc")


def test_jobs_nodes_and_profiles(full):
    assert complete_jobs("P") == ["plate-aaaaa", "press-bbbbb"]
    assert complete_nodes("") == ["cougar"]
    assert complete_jobs_and_nodes("")[-2:] == ["plate-aaaaa", "press-bbbbb"]
    assert "cougar" in complete_jobs_and_nodes("c")
    assert complete_solvers("mi") == ["mine"]
    assert "calculix" in complete_solvers("")


@pytest.mark.parametrize(
    ("shell", "more"),
    [
        ("bash", {"COMP_WORDS": "wam show pl", "COMP_CWORD": "2"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "wam show pl"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "wam show pl", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
        ("powershell", {"_TYPER_COMPLETE_ARGS": "wam show pl",
                        "_TYPER_COMPLETE_WORD_TO_COMPLETE": "pl"}),
    ],
)  # fmt: skip
def test_each_shell_is_told(wam, full, monkeypatch, shell, more):
    for name, value in {"_WAM_COMPLETE": f"complete_{shell}", **more}.items():
        monkeypatch.setenv(name, value)
    run = wam()
    assert "plate-aaaaa" in run.out
    assert "press" not in run.out
    assert not run.err


def test_batches_after_their_sign(full, spool, made):
    made.job(spool, "wing-ddddd", batch="study")
    made.job(spool, "wing-eeeee", batch="study")
    made.job(spool, "wing-fffff", batch="mesh")
    assert complete_jobs("@") == ["@mesh", "@study"]
    assert complete_jobs("@St") == ["@study"]


def test_without_a_spool_commands_are_completed(wam, monkeypatch):
    monkeypatch.delenv("WAM_SPOOL", raising=False)
    for name, value in {"COMP_WORDS": "wam ti", "COMP_CWORD": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("_WAM_COMPLETE", "complete_bash")
    run = wam()
    assert run.out.split() == ["ticket"]
    assert not run.err


def test_where_a_job_or_a_node_is_wanted_it_is_completed():
    """All arguments and options of that kind, of whatever command."""
    wanted = {"JOB", "[JOB]...", "JOB...", "JOB|NODE...", "NODE", "NODE...", "[JOB]... PRIORITY",
              "JOB[:ENDING]", "PROFILE"}  # fmt: skip
    found = [
        (name, parameter)
        for name in COMMANDS
        for parameter in LateGroup(name="wam").get_command(None, name).params
        if parameter.metavar in wanted
    ]
    assert {parameter.metavar for _, parameter in found} == wanted
    bare = [(name, one.name) for name, one in found if one._custom_shell_complete is None]
    assert not bare
    assert complete_jobs_and_nodes("") == []


def test_no_spool_no_word(monkeypatch, capfd, clock):
    monkeypatch.delenv("WAM_SPOOL", raising=False)
    monkeypatch.setattr(config, "configured_spool", lambda _: None)
    assert complete_jobs("") == complete_nodes("") == complete_solvers("") == []
    assert capfd.readouterr() == ("", "")


def test_a_spool_that_does_not_answer_is_not_waited_for(monkeypatch):
    answers = threading.Event()
    monkeypatch.setattr(completing, "PATIENCE_S", 0.05)
    monkeypatch.setattr(completing, "_spool", answers.wait)
    assert complete_jobs("") == []
    answers.set()
