"""A node's settings file: every problem is told, and what wins over what."""

from pathlib import Path

import pytest

from node_service.config_file import (
    DEFAULT,
    NothingConfigured,
    SettingsRefused,
    in_force,
    read_file,
    read_filed,
    usual_file,
)
from node_service.settings import NodeSettings

FOUND = NodeSettings("host", Path(), cpus=4, memory_bytes=8 << 30)


def held(text="", **given):
    filed = read_filed(text.encode(), source="node.yaml")
    return in_force(given, filed, FOUND, lambda name: Path("/state") / name)


def test_the_command_line_wins_over_the_file_and_the_file_over_the_machine():
    found = held("# mine\n\ncpus: 8\ngpus: [3]\nname: cougar\n", cpus=2)
    assert (found.settings.cpus, found.settings.gpu_numbers) == (2, (3,))
    assert found.settings.memory_bytes == 8 << 30
    assert found.settings.scratch == Path("/state/cougar")
    assert found.origins["cpus"] == "--cpus"
    assert found.origins["gpus"] == "node.yaml:4"
    assert found.origins["memory"] == DEFAULT


def test_every_problem_is_told_with_line_and_cure():
    text = "wam_node: 1\ncpu: 8\nmemory: lots\ngpus: 2\nnonsense: 1\n"
    filed = read_filed(text.encode(), source="node.yaml")
    told = [(p.line, p.problem, p.cure) for p in filed.problems]
    assert [line for line, _, _ in told] == [2, 3, 5]
    assert told[0][1:] == ("cpu: is not a setting of a node", "Did you mean 'cpus'?")
    assert "not a size" in told[1][1]
    assert "Known are: cpus" in told[2][2]
    assert filed.values == {"gpu_numbers": (0, 1)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cpus: 8\ncpus: 9\n", "node.yaml:2: 'cpus' is given twice"),
        ("cpus: [8\n", "is not valid YAML"),
        ("wam_node: 2\n", "node.yaml:1: has format 2"),
        ("cpus: none\ngpus: none\n", "and 1 more problem"),
    ],
)
def test_a_file_with_any_problem_is_refused_as_a_whole(text, said):
    with pytest.raises(SettingsRefused) as refused:
        held(text)
    assert said in refused.value.message


@pytest.mark.parametrize("text", ["", "# nothing\n", "wam_node: 1\n", "wam_node: 1\ncpus:\n"])
def test_a_file_that_says_nothing_changes_nothing(text):
    assert held(text).settings == held().settings


def test_the_usual_file(tmp_path):
    own = tmp_path / "own/wam/node.yaml"
    own.parent.mkdir(parents=True)
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "own"), "PROGRAMDATA": str(tmp_path / "all")}
    assert usual_file(environment, tmp_path) is None
    everybody = tmp_path / "all/wam/node.yaml"
    everybody.parent.mkdir(parents=True)
    everybody.touch()
    assert usual_file(environment, tmp_path) == everybody
    own.touch()
    assert usual_file(environment, tmp_path) == own
    named = environment | {"WAM_NODE_CONFIG": str(tmp_path / "named.yaml")}
    assert usual_file(named, tmp_path) == tmp_path / "named.yaml"


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(NothingConfigured, match=r"no\.yaml cannot be read: No such file"):
        read_file(tmp_path / "no.yaml")
