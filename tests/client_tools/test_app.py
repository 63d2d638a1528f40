"""``wam`` as a whole: help without cost, sentences instead of tracebacks, exit codes."""

import json
import os
import subprocess
import sys

import pytest

from client_tools.app import UNEXPECTED
from client_tools.commands import COMMANDS, load
from spool_layout.states import State


def _imported_by(*argv, env=None):
    program = (
        "import json, sys\nfrom client_tools.app import main\n"
        f"code = main({list(argv)!r})\n"
        "sys.stderr.write(json.dumps([code, sorted(sys.modules)]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **(env or {})},
    )
    code, modules = json.loads(run.stderr[run.stderr.index("[") :])
    return code, {name.partition(".")[0] for name in modules} | set(modules)


def test_help_loads_nothing_of_the_spool():
    code, modules = _imported_by("--help")
    assert code == 0
    assert not {"rich", "yaml", "wamspool", "psutil", "smbprotocol"} & modules


def test_help_of_a_command_needs_no_table():
    code, modules = _imported_by("ticket", "--help")
    assert code == 0
    assert "rich" not in modules


def test_status_and_ticket_load_no_table_into_a_pipe(spool, deck):
    env = {"WAM_SPOOL": spool.share.location}
    for argv in (["status"], ["ticket", str(deck)]):
        code, modules = _imported_by(*argv, env=env)
        assert code == 0
        assert not {"rich", "psutil", "client_tools.demo"} & modules


def test_status_reads_no_deck(spool):
    _, modules = _imported_by("status", env={"WAM_SPOOL": spool.share.location})
    assert "client_tools.submitting" not in modules


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_has_help(name, wam):
    assert load(name).__name__ == name.replace("-", "_")
    run = wam(name, "--help")
    assert run.code == 0
    assert f"Usage: wam {name}" in run.out


def test_the_help_lists_every_command_with_its_sentence(wam):
    out = wam("--help").out
    for name, sentence in COMMANDS.items():
        assert f"  {name}" in out
        assert sentence in out


def test_no_word_shows_the_help_where_a_spool_is_known(wam, spool):
    run = wam()
    assert run.code == 2
    assert "Commands:" in run.out + run.err


def test_a_command_of_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        load("kill_everything")


def test_an_unexpected_error_is_one_sentence_and_a_file(wam, spool, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def broken(*_: object) -> None:
        raise RuntimeError("the very cause")

    monkeypatch.setattr("client_tools.commands.show.select", broken)
    run = wam("show", "x")
    assert run.code == UNEXPECTED
    assert "Traceback" not in run.out + run.err
    assert len(run.err.splitlines()) == 2
    log = tmp_path / "state" / "wam" / "wam-crash.log"
    assert str(log) in run.err
    assert "RuntimeError: the very cause" in log.read_text()


def test_without_a_place_for_the_details_they_are_said(wam, spool, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("client_tools.commands.show.select", lambda *_: 1 // 0)
    run = wam("show", "x")
    assert "ZeroDivisionError" in run.err
    assert "Traceback" not in run.err


def test_an_error_of_the_system_names_the_file(wam, spool, monkeypatch):
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "some/file")

    monkeypatch.setattr("client_tools.commands.show.select", denied)
    run = wam("show", "x")
    assert run.code == 61
    assert "wam: some/file: Permission denied" in run.err


def test_ctrl_c_ends_without_a_word(wam, spool, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("client_tools.commands.show.select", interrupted)
    run = wam("show", "x")
    assert run.code == 130
    assert "Traceback" not in run.err


def test_a_reader_that_leaves_is_no_error(spool, made):
    for number in range(300):
        made.job(spool, f"plate-{number:05}")
    command = f"{sys.executable} -m client_tools queue | head -1"
    run = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "WAM_SPOOL": spool.share.location},
    )
    assert run.stdout.startswith("waiting")
    assert run.stderr == ""


def test_what_a_pipe_cannot_hold_is_spelled_out(spool, made):
    made.job(spool, "bracket-aaaaa", note="für später")
    run = subprocess.run(
        [sys.executable, "-m", "client_tools", "show", "bracket"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "WAM_SPOOL": spool.share.location, "PYTHONIOENCODING": "ascii"},
    )
    assert "f\\xfcr sp\\xe4ter" in run.stdout


MISUSES = [
    (["statsu"], 2, "No such command 'statsu'. Did you mean 'status'"),
    (["show"], 2, "name jobs or '@BATCH'"),
    (["show", "nothing-like-it"], 31, "no job's name contains 'nothing-like-it'"),
    (["show", "brackt"], 31, "Did you mean bracket-aaaaa"),
    (["show", "plate"], 32, "of jo, "),
    (["get", "bracket-aaaaa"], 63, "bracket-aaaaa waits; there are results when it is done"),
    (["requeue", "bracket"], 63, "bracket-aaaaa waits; it has no run to stop"),
    (["hold", "plate-b"], 63, "plate-bbbbb runs on cougar; 'hold' is for queued jobs only"),
    (["hold", "done"], 63, "done-ddddd is done; 'hold' is for queued jobs only"),
    (["release", "done"], 63, "Run it again as a new job: wam requeue done-ddddd"),
    (["get", "bracket"], 63, "See why it waits: wam why bracket-aaaaa; or follow it"),
    (["log", "done", "--file", "x.msg"], 65, "has no text 'x.msg'; it has solver.out"),
    (["log", "done", "-f", "--json"], 2, "does not go with --json"),
    (["get", "done", "*.odb"], 65, "has no file that fits *.odb; it has bracket.frd, solver.out"),
    (["queue", "--state", "running"], 2, "'running' is not one of 'queued', 'held', 'rejected'"),
    (["status", "--limit", "-1"], 2, "--limit"),
    (["status", "--spool", "gone"], 17, "gone is not a folder that can be seen from here"),
    (["status", "--spool", "."], 17, "holds no spool.yaml"),
    (["status", "--spool", "ftp://x/y"], 17, "'ftp' addresses cannot be opened"),
    (["status", "--spool", "smb://jo:secret@x/y"], 17, "password"),
    (["ticket"], 2, "Missing argument 'DECK'"),
    (["ticket", "gone.inp"], 21, "gone.inp: there is no such file"),
    (["ticket", "brackett.inp"], 21, "Did you mean bracket.inp?"),
    (["ticket", "*.xyz"], 21, "*.xyz: no file fits this pattern"),
    (["ticket", "empty"], 33, "empty holds no .inp file"),
    (["ticket", "bracket.inp", "--priority", "urgent"], 2, "--priority: 'urgent' is not a"),
    (["ticket", "bracket.inp", "--cpus", "0"], 2, "--cpus: must be 1 to 4096, not 0"),
    (["ticket", "bracket.inp", "--memory", "lots"], 2, "--memory: 'lots' is not a size"),
    (["ticket", "bracket.inp", "--walltime", "12"], 2, "'12' has no unit; write 12h, 12min or 12s"),
    (["ticket", "bracket.inp", "--cpus", "two"], 2, "--cpus: must be a whole number"),
    (["ticket", "bracket.inp", "--batch", "a b"], 2, "--batch: 'a b' cannot be the name of a"),
    (["ticket", "bracket.inp", "--sweep", "T=1"], 33, "bracket.inp has no {{T}}; its placeholders"),
    (["show", "@nothing"], 31, "no job is of a batch 'nothing'"),
    (["kill", "--mine", "--state", "bogus"], 2, "'bogus' is not one of 'queued', 'held'"),
    (["priority", "high"], 2, "name jobs or '@BATCH', or say --mine or --state"),
    (["priority", "bracket", "urgent"], 2, "'urgent' is not a priority"),
    (["batch"], 33, "there is no terminal to ask on"),
    (["batch", "--pick", "9"], 33, "'9' is none of the 1 decks"),
    (["batch", "gone", "--all"], 21, "gone: there is no such file"),
    (["collect", "bracket", "--take", "u"], 2, "'u' is not NAME=FILE:REGEX"),
    (["-j"], 2, "-j: needs a value"),
    (["ticket", "bracket.inp", "--walltime", "soon"], 2, "--walltime: 'soon' is not a duration"),
    (["ticket", "bracket.inp", "--solver", "nastran"], 64, "there is no solver 'nastran'; known"),
    (["ticket", "bracket.inp", "--option", "x=1"], 7, "option 'x' is not one that the solver"),
    (["ticket", "bracket.inp", "--option", "x"], 2, "'x' is not NAME=VALUE"),
    (["ticket", "bracket.inp", "--after", "zzz"], 31, "no job's name contains 'zzz'"),
    (["ticket", "bracket.inp", "--hold", "--wait"], 2, "a held job does not end by itself"),
    (["ticket", "bracket.inp", "--tokens", "many"], 2, "--tokens: must be a whole number"),
    (["init", "bracket.inp"], 18, "bracket.inp is a file"),
    (["init", "."], 18, "holds something else already: bracket.inp"),
]


@pytest.mark.parametrize(("argv", "code", "text"), MISUSES, ids=lambda v: str(v)[:40])
def test_misuse_is_explained(argv, code, text, wam, spool, made, deck, monkeypatch):
    made.job(spool, "bracket-aaaaa")
    made.job(spool, "plate-bbbbb", State.RUNNING, node="cougar", generation=1)
    made.job(spool, "plate-ccccc")
    made.done(spool, "done-ddddd")
    (deck.parent / "empty").mkdir()
    monkeypatch.chdir(deck.parent)
    run = wam(*argv)
    assert run.code == code, run.err
    assert text in run.err.replace("\n", " ")
    assert "Traceback" not in run.err
    assert code == 2 or "\n  -> " in run.err
    assert not run.out


@pytest.mark.parametrize(
    ("argv", "more"), [(["status"], ""), ([], " ('wam --help' lists all commands)")]
)
def test_without_a_spool_three_lines_say_what_to_do(argv, more, wam, monkeypatch):
    monkeypatch.delenv("WAM_SPOOL", raising=False)
    run = wam(*argv)
    assert run.code == 60
    first, *cures = run.err.splitlines()
    assert first == f"wam: which spool? None is named{more}"
    assert [word for word in ("--spool", "WAM_SPOOL", "wam config set spool", "wam init") if
            word not in run.err] == []  # fmt: skip
    assert len(cures) == 3
