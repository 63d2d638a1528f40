"""Profiles as a site writes them: what is read, what is built from it, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool_layout.errors import FormatError, TooNew
from spool_layout.profile import Family, FilePattern, parse_profile
from spool_layout.solver_command import (
    OptionNotPermitted,
    SolverArguments,
    build_command,
    build_environment,
    build_version_command,
    fill_command,
    is_brought_back,
)

WHOLE = """\
wam_profile: 1
name: site-solver
family: command
description: our own
program: /opt/solve
command: ["{program}", "job={job}", "{options}", "cpus={cpus}", "mem={memory_mb}", "{run}/x",
  ["gpus={gpus}", "{run}/gpu"]]
background: true
version_command: ["{program}", "--version"]
environment:
  set: {THREADS: "{cpus}", MODE: fast}
  unset: ["SOLVE_*"]
deck_suffixes: [".inp", ".dat"]
results: {bring: ["*.res", "out/*"], leave: ["*.tmp.res"]}
stop: {command: ["{program}", "end", "{job}"], grace: 2 min}
min_free_scratch: 2 GB
options:
  double: {values: [both, off], argument: "double={value}"}
  order: {pattern: "[0-9]{1,2}", argument: "--order={value}"}
success:
  exit_codes: [0, 4]
  must_contain: {"{job}.log": ["DONE, or so", "END"]}
  must_not_contain: {solver.out: "^ERROR"}
  files: ["{job}.res"]
progress: {file: solver.out, pattern: "([0-9]+) %"}
"""
LEAST = 'wam_profile: 1\nname: a\nfamily: command\ncommand: ["{program}"]\n'


def arguments(**changes):
    values = {
        "program": "/opt/solve",
        "job": "bracket",
        "input": "bracket.inp",
        "run": "/s/run",
        "cpus": 4,
        "gpus": 1,
        "memory_mb": 2048,
    }
    return SolverArguments(**(values | changes))


def test_a_whole_profile_is_read():
    profile = parse_profile(WHOLE, source="site.yaml")
    assert profile.family is Family.COMMAND
    assert profile.grace_s == 120
    assert profile.background
    assert fill_command(profile.stop_command, arguments()) == ("/opt/solve", "end", "bracket")
    assert profile.min_free_scratch_bytes == 2 * 1024**3
    assert profile.deck_suffixes == (".inp", ".dat")
    assert profile.success.exit_codes == (0, 4)
    assert profile.success.must_contain == (
        FilePattern(file="{job}.log", pattern="DONE, or so"),
        FilePattern(file="{job}.log", pattern="END"),
    )
    assert profile.success.must_not_contain == (FilePattern(file="solver.out", pattern="^ERROR"),)
    assert profile.progress == FilePattern(file="solver.out", pattern="([0-9]+) %")


def test_the_least_that_is_a_profile():
    profile = parse_profile(LEAST, source="a.yaml")
    assert profile.program is None
    assert not profile.background
    assert fill_command(profile.stop_command, arguments()) == ()
    assert profile.success.exit_codes == (0,)
    assert is_brought_back(profile, "anything")
    assert build_version_command(profile, "/bin/a") == ()


def test_the_command_is_built_argument_by_argument():
    profile = parse_profile(WHOLE, source="site.yaml")
    assert build_command(profile, arguments(), {"order": "12", "double": "both"}) == (
        "/opt/solve",
        "job=bracket",
        "--order=12",
        "double=both",
        "cpus=4",
        "mem=2048",
        "/s/run/x",
        "gpus=1",
        "/s/run/gpu",
    )
    without = build_command(profile, arguments(gpus=0), {})
    assert without[-1] == "/s/run/x"
    assert "{options}" not in build_command(profile, arguments(), {})
    assert build_version_command(profile, "/opt/solve") == ("/opt/solve", "--version")


@given(job=st.text(max_size=30))
def test_what_a_value_holds_is_never_read_as_a_placeholder_nor_split(job):
    profile = parse_profile(WHOLE, source="site.yaml")
    command = build_command(profile, arguments(job=job), {})
    assert command[1] == f"job={job}"
    assert len(command) == 7


@pytest.mark.parametrize(
    ("options", "message", "cure"),
    [
        ({"gpu": "1"}, "option 'gpu' is not one", "It permits: double, order."),
        ({"double": "all"}, "does not take 'all'", "It takes one of both, off."),
        ({"order": "1; rm"}, "does not take '1; rm'", "It takes [0-9]{1,2}."),
        ({"order": "1\n"}, "does not take", "It takes [0-9]{1,2}."),
    ],
)
def test_what_the_profile_does_not_permit_is_refused(options, message, cure):
    profile = parse_profile(WHOLE, source="site.yaml")
    with pytest.raises(OptionNotPermitted, match=message) as raised:
        build_command(profile, arguments(), options)
    assert raised.value.cure == cure


def test_the_environment_is_inherited_less_what_is_unset():
    profile = parse_profile(WHOLE, source="site.yaml")
    inherited = {"PATH": "/bin", "SOLVE_DEBUG": "1", "MODE": "slow"}
    assert build_environment(profile, arguments(), inherited) == {
        "PATH": "/bin",
        "MODE": "fast",
        "THREADS": "4",
    }


@pytest.mark.parametrize(
    ("name", "brought"),
    [("a.res", True), ("a.tmp.res", False), ("out/deep.txt", True), ("a.txt", False)],
)
def test_which_results_are_brought_back(name, brought):
    assert is_brought_back(parse_profile(WHOLE, source="s"), name) is brought


REFUSED = [
    ("wam_profile: 1\n", "", "wam_profile: is missing", "Begin the profile with"),
    ("description", "descripton", ":4: descripton: is not a field", "Did you mean 'description'?"),
    ("  unset:", "  unst:", ":12: environment.unst: is not a field", "Did you mean 'unset'?"),
    ("grace", "grase", "stop.grase: is not a field", "Did you mean 'grace'?"),
    ("values", "value", "options.double.value: is not a field", "Did you mean 'values'?"),
    ("files:", "colour:", "success.colour: is not a field", "Known are:"),
    (
        "family: command",
        "family: magic",
        ":3: family: must be one of calculix, abaqus, command",
        "",
    ),
    ("name: site-solver", "name: Site/..", ":2: name: 'Site/..' must begin with", ""),
    ('["{program}", "job', '["sh", "-c", "job', ':6: command: must begin with "{program}"', ""),
    ("{cpus}", "{cores}", "{cores} in 'cpus={cores}' stands for nothing", "Known are: {program},"),
    ('"{options}", ', "", "does not say where the options go", ""),
    ('"{options}"', '"x{options}"', "{options} must be an argument of its own", ""),
    ('["gpus', '["{options}", "gpus', "{options} must be an argument of its own", ""),
    ('["gpus={gpus}"', '[["gpus={gpus}"]', "must be a list of arguments", ""),
    ('"gpus={gpus}"', '"gpus={count}"', "{count} in 'gpus={count}' stands for nothing", ""),
    ('["{program}", "end"', '["end"', 'stop.command: must begin with "{program}"', ""),
    ('["{program}", "end"', '[["{program}"], "end"', "stop.command: must be a list", ""),
    ("background: true", "background: maybe", "background: must be yes or no", ""),
    (', argument: "double={value}"', "", "needs an 'argument' with {value}", ""),
    ("values: [both, off], ", "", "needs either 'values' or 'pattern'", ""),
    ('"[0-9]{1,2}"', '"[0-9"', "'[0-9' is no regular expression", ""),
    ('".inp", ".dat"', '".inp", dat', "'dat' is not a suffix such as '.inp'", ""),
    ("2 min", "soon", "'soon' is not a duration", ""),
    ("2 GB", "much", "'much' is not a size", ""),
    ("[0, 4]", "[ok]", "exit_codes: must be whole numbers", ""),
    ('"([0-9]+) %"', '"[0-9]+ %"', "needs a 'file' and a 'pattern' with the percentage", ""),
    ('"{job}.log"', '"{deck}.log"', "{deck} in", "Known are: {job}."),
    (
        "family: command",
        "family: calculix",
        "success: is not for family calculix",
        "Remove 'success'",
    ),
    ('"^ERROR"', "{a: b}", "must be a regular expression, or a list of them", ""),
]


@pytest.mark.parametrize(("old", "new", "message", "cure"), REFUSED)
def test_what_is_refused_names_line_field_and_cure(old, new, message, cure):
    assert old in WHOLE
    with pytest.raises(FormatError) as raised:
        parse_profile(WHOLE.replace(old, new, 1), source="site.yaml")
    assert str(raised.value).startswith("site.yaml")
    assert message in str(raised.value)
    assert cure in raised.value.cure


def test_a_progress_reader_is_not_for_calculix():
    text = LEAST.replace("command\n", "calculix\n", 1) + "progress: {file: a, pattern: '(1)'}\n"
    with pytest.raises(FormatError, match="progress: is not for family calculix"):
        parse_profile(text, source="a")


def test_a_command_is_a_list_never_a_line_for_a_shell():
    with pytest.raises(FormatError, match="must be a list of arguments"):
        parse_profile(LEAST.replace('["{program}"]', '"{program} x"'), source="a")


def test_a_newer_format_is_refused():
    with pytest.raises(TooNew):
        parse_profile(LEAST.replace(": 1", ": 2"), source="a")
