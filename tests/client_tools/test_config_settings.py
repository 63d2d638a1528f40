"""``wam config``: what the file says before and after, and what follows from it."""

import json

import pytest

from client_tools import config
from spool_layout.ticket import parse_ticket


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return config.config_file()


def test_set_get_show_unset_and_path(wam, file, spool):
    assert "nothing is set; such as: wam config set spool FOLDER" in wam("config").out
    assert wam("config", "set", "email", "jo@example.com").code == 0
    assert wam("config", "set", "cpus", "4").code == 0
    assert wam("config", "get", "email").out == "jo@example.com\n"
    assert wam("config").out == f"# {file}\nemail: jo@example.com\ncpus: 4\n"
    assert wam("config", "unset", "cpus").code == 0
    run = wam("config", "get", "cpus")
    assert (run.code, run.out) == (1, "")
    assert wam("config", "path").out == f"{file}\n"
    told = json.loads(wam("config", "--json").out)
    assert told == {"wam": 1, "file": str(file), "settings": {"email": "jo@example.com"}}


def test_other_lines_stay(wam, file):
    file.parent.mkdir(parents=True)
    file.write_text("# mine\ncpus: 2\nemail: a@b.c\n")
    wam("config", "set", "cpus", "8")
    assert file.read_text() == '# mine\nemail: a@b.c\ncpus: "8"\n'


@pytest.mark.parametrize("before", ["# mine\nemail: a@b.c\n", None])
def test_a_link_stays_one_and_what_it_leads_to_says_so(wam, file, tmp_path, before):
    dotfiles = tmp_path / "dotfiles"
    if before:
        dotfiles.mkdir()
        (dotfiles / "wam.yaml").write_text(before)
    file.parent.mkdir(parents=True)
    (tmp_path / "other").symlink_to(dotfiles)
    file.symlink_to("../../other/wam.yaml")
    assert wam("config", "set", "cpus", "8").code == 0
    assert file.is_symlink() and [path.name for path in file.parent.iterdir()] == [file.name]
    assert [path.name for path in dotfiles.iterdir()] == ["wam.yaml"]
    assert (dotfiles / "wam.yaml").read_text() == (before or "") + 'cpus: "8"\n'


def test_a_link_that_leads_in_a_circle_is_said_and_left(wam, file):
    file.parent.mkdir(parents=True)
    file.symlink_to(file)
    run = wam("config", "set", "cpus", "8")
    assert run.code != 0 and str(file) in run.err and "Traceback" not in run.err
    assert file.is_symlink()


def test_a_spool_is_kept_by_its_whole_path_and_tried(wam, file, spool, tmp_path, monkeypatch):
    monkeypatch.delenv("WAM_SPOOL")
    monkeypatch.chdir(tmp_path)
    run = wam("config", "set", "spool", "spool")
    assert (run.code, run.err) == (0, "")
    assert wam("status").code == 0
    assert config.configured_spool(None) == str(tmp_path / "spool")
    assert "cannot be used now" in wam("config", "set", "spool", "gone").err


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["get", "colour"], "there is no setting 'colour'"),
        (["set"], "which setting?"),
        (["set", "email", "jo at home"], "email: "),
        (["set", "cpus", "two"], "cpus: must be a whole number"),
        (["set", "walltime", "12"], "walltime: '12' has no unit"),
        (["set", "priority", "urgent"], "priority: 'urgent' is not a priority"),
        (["set", "solver", ""], "solver needs a value"),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_written(wam, file, argv, text):
    run = wam("config", *argv)
    assert (run.code, text in run.err) == (33, True), run.err
    assert "\n  -> " in run.err
    assert not file.exists()


def test_decks_win_over_usual_wishes_and_the_command_line_over_both(wam, file, spool, deck, made):
    made.node(spool)
    for key, value in {"cpus": "4", "priority": "low", "retries": "3"}.items():
        wam("config", "set", key, value)
    deck.write_text("** WAM: cpus=2\n" + made.DECK)
    wam("ticket", deck, "--priority", "high")
    name = next(e.name for e in spool.share.list("incoming") if e.name.endswith(".yaml"))
    draft = parse_ticket(spool.share.read(f"incoming/{name}"), source=name).draft
    assert (draft.resources.cpus, draft.priority, draft.retries) == (2, 2, 3)


def test_a_wrong_wish_in_the_file_is_named(wam, file, spool, deck):
    file.parent.mkdir(parents=True)
    file.write_text("cpus: many\n")
    run = wam("ticket", deck)
    assert run.code == 4
    assert "config.yaml" in run.err and "cpus: must be a whole number" in run.err
