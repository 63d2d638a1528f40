"""The words of the old WAM, row by row."""

import pytest

from client_tools.commands import COMMANDS
from client_tools.old_spellings import WORDS, translated

ROWS = [
    ("-j bracket", "ticket bracket.inp"),
    ("-j bracket.inp -cpus 4 -gpus 1 -n cougar -p 0",
     "ticket bracket.inp --cpus 4 --gpus 1 --node cougar --priority high"),
    ("-bat", "batch"),
    ("-bat -a", "batch --all"),
    ("-bat -cpus 4 -a -n cougar", "batch --all --cpus 4 --node cougar"),
    ("-cpus 2 -j bracket", "ticket bracket.inp --cpus 2"),
    ("-j a -p 1", "ticket a.inp --priority normal"),
    ("-j a -p 2", "ticket a.inp --priority low"),
    ("-j a -e jo@example.com", "ticket a.inp --email jo@example.com"),
    ("-j a --json", "ticket a.inp --json"),
    ("-get plate", "get plate"),
    ("-m plate", "monitor plate"),
    ("-w plate", "watch plate"),
    ("-k plate press", "kill plate press"),
    ("-cstat", "status"),
    ("-hist", "history"),
    ("-qstat", "status"),
    ("-qstat -n cougar", "status"),
    ("-tc", "tokens"),
    ("-about", "about"),
    ("-ham", "ham"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), ROWS, ids=lambda text: text)
def test_each_row_has_a_command(old, new):
    assert translated(old.split()) == new.split()
    assert new.split()[0] in COMMANDS


def test_no_old_word_is_without_a_row():
    assert {word for old, _ in ROWS for word in old.split()} >= WORDS


@pytest.mark.parametrize("words", [[], ["status", "-n"], ["-x"], ["--json"]])
def test_other_words_are_left(words):
    assert translated(words) is None


def test_the_new_form_is_said_and_done(wam, spool, made, deck, monkeypatch):
    made.node(spool)
    monkeypatch.chdir(deck.parent)
    run = wam("-j", "bracket", "-cpus", "2", "-p", "0")
    assert run.code == 0
    assert run.err == "wam: this is now: wam ticket bracket.inp --cpus 2 --priority high\n"
    assert run.out.startswith("queued bracket-")
    assert wam("-k", "bracket").out.startswith("bracket-")
    assert "cougar" in wam("-cstat").out
    assert "MIT" in wam("-about").out
    assert wam("-ham").code == 0


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["-j"], "-j: needs a value"),
        (["-j", "a", "-p"], "-p: needs a value"),
        (["-j", "a", "-e"], "-e: needs the address now"),
        (["-cpus", "2"], "-cpus: say which deck"),
        (["-j", "bracket", "-cpus", "two"], "--cpus: must be a whole number"),
    ],
)
def test_what_lacks_something_is_refused(wam, spool, deck, monkeypatch, argv, text):
    monkeypatch.chdir(deck.parent)
    run = wam(*argv)
    assert run.code == 2
    assert text in run.err
