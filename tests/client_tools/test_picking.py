"""``wam batch``: the list, what answers mean, and what scripts say instead."""

import json

import pytest

from client_tools import config_submitted
from client_tools.picking import ask_which, ask_wishes
from spool_layout.yaml_text import load_mapping


@pytest.fixture
def decks(deck, made, spool, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(deck.parent)
    made.node(spool)
    deck.unlink()
    for name in ("bracket.inp", "plate-1.inp", "plate-2.inp", "Press.INP"):
        (deck.parent / name).write_text(made.DECK)
    return deck.parent


@pytest.fixture
def terminal(monkeypatch):
    """A person who gives these answers."""
    monkeypatch.setattr("client_tools.commands.batch.somebody_is_there", lambda: True)
    answers: list[str] = []
    monkeypatch.setattr("client_tools.commands.batch._ask", lambda _: answers.pop(0))
    monkeypatch.setattr("client_tools.commands.batch.choose_output", _plainly)
    return answers


def _plainly(*, as_json):
    from client_tools.views.plain import PlainOutput

    return PlainOutput()


def _queued(run):
    return sorted(job["name"] for job in json.loads(run.out)["jobs"])


@pytest.mark.parametrize(
    ("pick", "names"),
    [
        ("1", ["Press"]),
        ("2-3", ["bracket", "plate-1"]),
        ("4, 1", ["Press", "plate-2"]),
        ("2 - 2", ["bracket"]),
        ("plate", ["plate-1", "plate-2"]),
        ("press,2", ["Press", "bracket"]),
        ("all", ["Press", "bracket", "plate-1", "plate-2"]),
        ("changed", ["Press", "bracket", "plate-1", "plate-2"]),
    ],
)
def test_what_words_mean(wam, decks, pick, names):
    assert _queued(wam("batch", "--pick", pick, "--json")) == names


@pytest.mark.parametrize("pick", ["0", "5", "3-2", "2-9", "-7", "nothing", "1,x"])
def test_words_that_mean_none_queue_nothing(wam, spool, decks, pick):
    run = wam("batch", f"--pick={pick}")
    assert run.code == 33
    assert "is none of the 4 decks" in run.err
    assert not spool.share.list("jobs")


def test_changed_since_the_last_run(wam, decks):
    assert len(_queued(wam("batch", "--all", "--json"))) == 4
    assert "no deck has changed since its last run" in wam("batch", "--changed").err
    (decks / "bracket.inp").write_text("** better\n" + (decks / "bracket.inp").read_text())
    assert _queued(wam("batch", "--changed", "--json")) == ["bracket"]


def test_a_changed_include_counts(wam, decks, made):
    (decks / "mesh.inc").write_text("*NODE\n2,1.,1.,1.\n")
    (decks / "bracket.inp").write_text("*INCLUDE, INPUT=mesh.inc\n" + made.DECK)
    wam("batch", "--all")
    (decks / "mesh.inc").write_text("*NODE\n2,1.,1.,1.5\n")
    assert _queued(wam("batch", "--changed", "--json")) == ["bracket"]


def test_nothing_is_left_in_the_folder(wam, decks):
    before = sorted(decks.iterdir())
    wam("batch", "--all")
    assert sorted(decks.iterdir()) == before


def test_another_folder(wam, decks, monkeypatch):
    monkeypatch.chdir(decks.parent)
    assert _queued(wam("batch", "decks", "--pick", "press", "--cpus", "2", "--json")) == ["Press"]


@pytest.mark.parametrize("argv", [[], ["--ask", "--all"]])
def test_without_a_terminal_nothing_is_asked(wam, spool, decks, argv):
    run = wam("batch", *argv)
    assert run.code == 33
    assert "there is no terminal to ask on" in run.err
    assert "--pick 1-4,7" in run.err
    assert not spool.share.list("jobs")


def test_a_person_sees_the_list_the_tables_and_is_asked_again(wam, spool, decks, terminal):
    terminal += ["list", "tc", "?", "9", "2"]
    run = wam("batch")
    assert run.code == 0, run.err
    head, first, *_ = run.out.splitlines()
    assert head.split() == ["#", "deck", "size", "changed", "last", "run"]
    assert first.split()[:2] == ["1", "Press.INP"]
    assert "cougar" in run.out
    assert "'9' is none of the 4 decks" in run.out
    assert "queued bracket-" in run.out
    assert not terminal
    terminal += [""]
    again = wam("batch")
    assert "queued (bracket-" in again.out
    assert (again.code, "nothing was picked" in again.err) == (1, True)


def test_a_person_is_asked_for_wishes_when_he_wants(wam, spool, decks, terminal):
    terminal += ["list", "3", "", "high", ""]
    assert wam("batch", "--pick", "bracket", "--ask").code == 0
    assert not terminal
    shown = json.loads(wam("queue", "--json").out)["jobs"][0]
    assert shown["priority"] == 2
    terminal += ["two", "", "", ""]
    assert "--cpus: must be a whole number" in wam("batch", "--pick", "1", "--ask").err


def test_what_was_given_is_not_asked():
    assert ask_wishes({"cpus": "2"}, lambda _: pytest.fail("asked"), {}) == {"cpus": "2"}


def test_the_words_that_end():
    for word in ("", "exit", "q"):
        assert ask_which([], lambda _, word=word: word, lambda _: None, {}) == []


def test_notes_that_cannot_be_read_are_no_notes(wam, decks, tmp_path):
    wam("batch", "--all")
    (file,) = (tmp_path / "state").rglob(config_submitted.NAME)
    lines = file.read_text().splitlines()
    file.write_text("\n".join(['{"deck": 1', '{"new": 2}', *lines[:1]]) + "\n")
    assert len(config_submitted.last_runs("")) == 1
    assert config_submitted.last_runs("another") == {}


def test_notes_do_not_grow_for_ever(wam, decks, tmp_path, monkeypatch):
    monkeypatch.setattr(config_submitted, "BYTES_MAX", 10)
    for _ in range(3):
        wam("batch", "--pick", "1")
    (file,) = (tmp_path / "state").rglob(config_submitted.NAME)
    assert len(file.read_text().splitlines()) == 2


def test_the_list_alone(wam, decks):
    wam("batch", "--pick", "bracket")
    listed = wam("batch", "--list")
    assert listed.code == 0
    header, *rows = listed.out.splitlines()
    assert header.split() == ["#", "deck", "size", "changed", "last", "run"]
    assert [row.split()[1] for row in rows] == [
        "Press.INP", "bracket.inp", "plate-1.inp", "plate-2.inp",
    ]  # fmt: skip
    shown = json.loads(wam("batch", "--list", "--json").out)["decks"]
    assert [(one["last"] or "").partition(" ")[0] for one in shown] == ["", "queued", "", ""]
    assert [one["changed"] for one in shown] == [True, False, True, True]


def test_what_else_a_batch_may_ask_for(wam, spool, made, decks):
    made.node(spool, "lynx", tags=("big",))
    made.done(spool, "done-ddddd")
    words = ["--tag", "big", "--scratch", "5 GB", "--after", "done:any"]
    run = wam("batch", "--pick", "1", *words, "--dry-run", "--json")
    assert run.code == 0, run.err
    (shown,) = json.loads(run.out)["tickets"]
    ticket = load_mapping(shown["ticket"], source="")
    assert ticket["tags"] == ["big"]
    assert ticket["resources"]["scratch"] == 5 << 30
    assert ticket["after"] == ["done-ddddd:any"]
    refused = wam("batch", "--pick", "1", "--tag", "huge")
    assert refused.code == 33
    assert "no node could ever run it" in refused.err
