"""A profile tried by its own check deck: CalculiX itself, and a program that acts as Abaqus."""

import json
import shutil
from dataclasses import replace

import pytest

from node_service.app import main
from node_service.processes import processes_of_this_system
from node_service.scratch import Scratch
from node_service.solver_check import Bench, NoSuchProfile, trial_lines, try_solvers
from spool_layout.probe_record import Mark
from tests.real.real_spool import SHELL, need_ccx
from tests.stand_ins import abaqus
from wamspool.clock import SystemClock
from wamspool.profiles.load import bundled_text, load_profiles

SITE = """\
wam_profile: 1
name: site
family: command
command: ["{program}", "{input}"]
check:
  deck: |
    echo fine >out.txt
success: {files: [out.txt]}
"""


@pytest.fixture
def bench(tmp_path):
    def make(programs, *, site="", limit_s=60.0):
        return Bench(
            Scratch(tmp_path), processes_of_this_system(),
            load_profiles({"site.yaml": site} if site else {}), programs,
            dict.fromkeys(programs, "Version 1"), {"PATH": "/usr/bin:/bin"}, SystemClock(), limit_s,
        )  # fmt: skip

    yield make
    assert not list(tmp_path.glob("doctor-*")), "the run folder was left"


def one(bench, name):
    (trial,) = try_solvers(bench, [name])
    return trial


def test_calculix_itself(bench):
    trial = one(bench({"calculix": need_ccx()}), "calculix")
    assert (trial.mark, trial.reason) == (Mark.OK, "completed"), trial
    assert trial.took_s is not None and trial.version == "Version 1"
    assert any("CalculiX CrunchiX" in line for line in trial_lines(trial))


def test_a_deck_that_calculix_refuses_is_a_failure(bench):
    site = bundled_text("calculix").replace("210000, 0.3", "210000")
    site = site.replace("*ELASTIC", "*ELASTISCH")
    trial = one(bench({"calculix": need_ccx()}, site=site), "calculix")
    assert trial.mark is Mark.FAILED and trial.cure
    assert next(trial_lines(trial)).startswith("failed   calculix ")


def test_abaqus_by_its_stand_in(bench, tmp_path):
    program = abaqus.install(tmp_path / "simulia")
    trial = one(bench({"abaqus": str(program)}), "abaqus")
    assert (trial.mark, trial.sentence) == (Mark.OK, "Abaqus completed the analysis.")


def test_a_profile_of_the_site(bench):
    assert one(bench({"site": SHELL}, site=SITE), "site").mark is Mark.OK
    failing = SITE.replace("echo fine >out.txt", "exit 3")
    trial = one(bench({"site": SHELL}, site=failing), "site")
    assert trial.mark is Mark.FAILED and "3" in trial.sentence


def test_one_that_hangs_is_killed(bench):
    hanging = SITE.replace("echo fine >out.txt", "sleep 600")
    trial = one(bench({"site": SHELL}, site=hanging, limit_s=0.3), "site")
    assert trial.mark is Mark.FAILED and "and was killed" in trial.sentence


def test_one_that_cannot_be_started(bench, tmp_path):
    (tmp_path / "doctor-site").write_text("a file where the folder should be")
    made = bench({"site": SHELL}, site=SITE)
    trial = one(made, "site")
    assert trial.mark is Mark.FAILED and "could not be started" in trial.sentence
    (tmp_path / "doctor-site").unlink()
    absent = one(replace(made, programs={"site": "relative/path"}), "site")
    assert absent.mark is Mark.FAILED and "full path" in absent.sentence


def test_what_is_not_offered_or_has_no_deck(bench):
    made = bench({"command": SHELL})
    trials = {trial.solver: trial for trial in try_solvers(made, [])}
    assert trials["command"].mark is Mark.UNKNOWN and "no check deck" in trials["command"].sentence
    assert (
        trials["calculix"].mark is Mark.LIMITED and "programs: {calculix" in trials["calculix"].cure
    )
    with pytest.raises(NoSuchProfile, match="known are: abaqus"):
        list(try_solvers(made, ["nastran"]))


def test_on_the_command_line(tmp_path, capsys):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/site.yaml").write_text(SITE)
    given = ["doctor", "--solver", "site", "--scratch", str(tmp_path / "scratch")]
    given += ["--profiles", str(tmp_path / "profiles"), "--program", f"site={shutil.which('sh')}"]
    assert main(given) == 0
    assert capsys.readouterr().out.startswith("ok       site ")
    assert main([*given, "--json"]) == 0
    (trial,) = json.loads(capsys.readouterr().out)["solvers"]
    assert (trial["solver"], trial["mark"]) == ("site", "ok")
    (tmp_path / "profiles/site.yaml").write_text(SITE.replace("echo", "exit 1; echo"))
    assert main(given) == 1
