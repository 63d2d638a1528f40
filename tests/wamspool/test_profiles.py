"""The profiles that come with WAM, and how a site replaces them."""

from dataclasses import replace

import pytest

from spool_layout.errors import FormatError
from spool_layout.profile import Family
from spool_layout.solver_command import (
    OptionNotPermitted,
    SolverArguments,
    build_command,
    build_environment,
    fill_command,
)
from wamspool.profiles.load import BUNDLED, bundled_text, load_profiles

ARGUMENTS = SolverArguments(
    program="/usr/bin/ccx",
    job="bracket",
    input="bracket.inp",
    run="/scratch/a/run",
    cpus=8,
    gpus=0,
    memory_mb=16384,
)


def test_the_profiles_that_come_with_wam_are_there():
    profiles = load_profiles({})
    assert set(profiles) == set(BUNDLED) == {"abaqus", "calculix", "command"}
    assert all(profile.description for profile in profiles.values())


def test_calculix_runs_as_it_must():
    profile = load_profiles({})["calculix"]
    assert profile.program == "ccx"
    assert build_command(profile, ARGUMENTS, {}) == ("/usr/bin/ccx", "-i", "bracket")
    inherited = {"PATH": "/bin", "CCX_NPROC_STIFFNESS": "1", "OMP_NUM_THREADS": "1"}
    assert build_environment(profile, ARGUMENTS, inherited) == {
        "PATH": "/bin",
        "OMP_NUM_THREADS": "8",
    }


def test_command_has_no_program_and_warns_of_shells():
    profile = load_profiles({})["command"]
    assert profile.program is None
    assert profile.family is Family.COMMAND
    assert "everybody who can write to the spool could run anything" in bundled_text("command")


def test_a_profile_of_the_site_replaces_the_bundled_one_as_a_whole():
    mine = bundled_text("calculix").replace("program: ccx", "program: /opt/ccx_2.22")
    assert load_profiles({"spool/ccx.yaml": mine})["calculix"].program == "/opt/ccx_2.22"


def test_two_of_a_site_with_one_name_are_refused():
    text = bundled_text("command")
    with pytest.raises(FormatError, match=r"b\.yaml: the name 'command' is taken by a\.yaml"):
        load_profiles({"a.yaml": text, "b.yaml": text})


def test_abaqus_runs_as_it_must():
    profile = load_profiles({})["abaqus"]
    arguments = replace(ARGUMENTS, program="/opt/abaqus", gpus=2)
    options = {"double": "both", "oldjob": "first", "globalmodel": "globe.odb", "user": "umat.for"}
    assert build_command(profile, arguments, options) == (
        "/opt/abaqus",
        "job=bracket",
        "input=bracket.inp",
        "cpus=8",
        "gpus=2",
        "memory=16384MB",
        "scratch=/scratch/a/run/scratch",
        "double=both",
        "oldjob=first",
        "globalmodel=globe.odb",
        "user=umat.for",
        "interactive",
    )
    assert "gpus" not in " ".join(build_command(profile, ARGUMENTS, {}))
    assert fill_command(profile.stop_command, arguments) == (
        "/opt/abaqus",
        "terminate",
        "job=bracket",
    )
    inherited = {"PATH": "/bin", "PYTHONPATH": "/wam", "PYTHONHOME": "/wam"}
    assert build_environment(profile, ARGUMENTS, inherited) == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("user", "../umat.f"),
        ("user", "umat.f&calc"),
        ("user", "/etc/x.f"),
        ("oldjob", "a b"),
        ("oldjob", "a.odb"),
        ("globalmodel", "sub/globe.odb"),
        ("globalmodel", "globe.txt"),
        ("double", "false"),
        ("scratch", "/tmp"),
    ],
)
def test_abaqus_takes_plain_names_and_known_words_only(option, value):
    with pytest.raises(OptionNotPermitted):
        build_command(load_profiles({})["abaqus"], ARGUMENTS, {option: value})


def test_abaqus_asks_nobody_and_waits_for_no_licence_itself():
    text = load_profiles({})["abaqus"].run_folder.append["abaqus_v6.env"]
    said: dict[str, object] = {}
    exec(text, {"OFF": False, "ON": True}, said)  # Abaqus reads it as Python, too
    assert said == {"ask_delete": False, "lmlicensequeuing": False}


@pytest.mark.parametrize(
    ("cpus", "gpus", "tokens"), [(1, 0, 5), (4, 0, 8), (8, 0, 12), (16, 1, 17), (128, 0, 38)]
)
def test_the_tokens_of_abaqus(cpus, gpus, tokens):
    assert load_profiles({})["abaqus"].tokens.tokens(cpus=cpus, gpus=gpus) == tokens
