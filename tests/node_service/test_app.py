"""The service's command line."""

import re

import pytest

from node_service.app import main
from tests.real.real_spool import Service, make_spool, outcomes


@pytest.fixture
def run(tmp_path):
    make_spool(tmp_path / "spool")

    def run(*arguments, spool=None):
        given = ["run", "--spool", str(spool or tmp_path / "spool")]
        return main([*given, "--scratch", str(tmp_path / "scratch"), *arguments])

    return run


def test_until_idle_on_an_idle_spool_ends_well(run, tmp_path):
    assert run("--until-idle", "--name", "cougar") == 0
    assert [p.name.split(".")[0] for p in (tmp_path / "spool/nodes").iterdir()] == ["cougar"]


def test_once_runs_what_lies_there(run, tmp_path):
    from tests.real.real_spool import open_at, submit_deck

    (tmp_path / "deck.inp").write_text("echo\n")
    submit_deck(open_at(tmp_path / "spool"), tmp_path / "deck.inp")
    assert run("--once", "--program", "command=/bin/sh", "--poll", "0.1") == 0
    assert len(outcomes(tmp_path / "spool")) == 1


def test_one_program_that_is_missing_takes_no_other_profile_away(run, tmp_path, capsys):
    from client_tools.app import main
    from tests.real.real_spool import open_at, submit_deck

    (tmp_path / "deck.inp").write_text("echo\n")
    submit_deck(open_at(tmp_path / "spool"), tmp_path / "deck.inp")
    programs = ("--program", "command=/bin/sh", "--program", "calculix=/no/such/ccx")
    assert run("--once", "--name", "cougar", "--poll", "0.1", *programs) == 0
    assert len(outcomes(tmp_path / "spool")) == 1
    words = "the program of 'calculix', /no/such/ccx, is not on this machine: it is not offered"
    said = capsys.readouterr()
    assert "solver not offered" in said.err + said.out and words in said.err + said.out
    assert main(["status", "--spool", str(tmp_path / "spool")]) == 0
    assert f"node cougar: {words}" in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--name", "Not A Name"], 6, "cannot be a node's name"),
        (["--name", "con"], 6, "cannot be a node's name"),
        (["--program", "nosuch=/bin/sh"], 42, "no solver profile 'nosuch'.*Known are"),
        (["--program", "command=/no/such/program"], 42, "is not on this machine"),
    ],
)
def test_what_cannot_be_is_said_with_its_cure(
    run, capsys, monkeypatch, tmp_path, arguments, code, said
):
    monkeypatch.setenv("PATH", str(tmp_path))  # so that no other profile has its program
    assert run("--until-idle", *arguments) == code
    error = capsys.readouterr().err
    assert re.search(said, error, re.DOTALL)
    assert re.search(r"^wam-node: .+\n  -> .+", error)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--cpus", "0"],
        ["--cpus", "many"],
        ["--memory", "lots"],
        ["--gpus", "some"],
        ["--poll", "soon"],
        ["--program", "command"],
        ["--no-such-option"],
    ],
)
def test_wrong_usage_is_refused(run, arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_a_folder_that_is_no_spool(run, tmp_path, capsys):
    assert run("--until-idle", spool=tmp_path) == 17
    assert "wam init" in capsys.readouterr().err
    assert run("--until-idle", spool=tmp_path / "nowhere") == 17


def test_a_spool_of_a_newer_version_is_left_alone(run, tmp_path, capsys):
    settings = tmp_path / "spool/spool.yaml"
    settings.write_text(settings.read_text().replace("wam: 1", "wam: 2"))
    assert run("--until-idle") == 5
    assert "Update WAM" in capsys.readouterr().err
    assert list((tmp_path / "spool/nodes").iterdir()) == []


def test_two_services_do_not_share_a_scratch_folder(tmp_path):
    root = make_spool(tmp_path / "spool")
    first = Service(root, tmp_path / "scratch", name="first")
    second = Service(root, tmp_path / "scratch", "--until-idle", name="second")
    second.output = tmp_path / "second.out"
    try:
        first.start()
        from tests.real.real_spool import wait_for

        wait_for(lambda: " begin " in first.said(), "the first service")
        second.start()
        assert second.wait() == 43
        assert "another service uses" in second.said() and first.lives
    finally:
        first.stop()
        second.stop()


def test_a_polite_signal_ends_the_service_and_spares_its_jobs(tmp_path):
    from tests.real.real_spool import end_runs_below, open_at, submit_deck, wait_for

    root, scratch = make_spool(tmp_path / "spool"), tmp_path / "scratch"
    (tmp_path / "deck.inp").write_text("while [ ! -e ../go ]; do sleep 0.05; done\n")
    submit_deck(open_at(root), tmp_path / "deck.inp")
    service = Service(root, scratch)
    try:
        service.start()
        wait_for(lambda: list((root / "running").iterdir()), "the job runs")
        service.stop()
        assert service.wait() == 0
        assert len(list((root / "running").iterdir())) == 1
        (status,) = (root / "nodes").iterdir()
        assert '"state": "stopped"' in status.read_text()
        (folder,) = scratch.glob("deck-*")
        (folder / "go").touch()
        later = Service(root, scratch, "--until-idle")
        later.start()
        assert later.wait() == 0
        assert [r.outcome for r in outcomes(root).values()] == ["completed"]
    finally:
        service.stop()
        end_runs_below(scratch)
