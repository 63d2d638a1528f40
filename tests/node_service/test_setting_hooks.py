"""Hooks in a node's settings file."""

import pytest

from node_service.config_file import read_filed
from node_service.hooks import Hook, OnFailure, When
from node_service.setting_hooks import HOOKS


def read(text):
    filed = read_filed(text.encode(), source="node.yaml")
    return filed.values, [problem.message for problem in filed.problems]


def test_hooks_are_read_in_their_order():
    values, problems = read(
        "hooks:\n"
        "  check: {when: pre, command: [/opt/check, --quick], on_failure: hand_back}\n"
        "  extract: {when: post, command: [/opt/extract], limit: 10 min, solvers: [abaqus]}\n"
    )
    assert problems == []
    assert values["hooks"] == (
        Hook(name="check", when=When.PRE, command=("/opt/check", "--quick"),
             on_failure=OnFailure.HAND_BACK),
        Hook(name="extract", when=When.POST, command=("/opt/extract",), limit_s=600.0,
             solvers=("abaqus",)),
    )  # fmt: skip
    assert HOOKS.show(values["hooks"]).startswith("check (pre, at most 1 min 00 s), extract (post")
    assert [one["name"] for one in HOOKS.plain(values["hooks"])] == ["check", "extract"]


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("{command: [/opt/x]}", "when: must be one of pre, post, not ''"),
        ("{when: pre, command: /opt/x}", "command: must be a list"),
        ("{when: pre, command: []}", "command: must be a list"),
        ("{when: pre, command: [x]}", "command: must begin with a whole path"),
        ("{when: post, command: [/opt/x], on_failure: hand_back}", "must be fail or warn"),
        ("{when: pre, command: [/opt/x], limit: 0}", "limit: must be more than nothing"),
        ("{when: pre, command: [/opt/x], shell: yes}", "shell: is not a field"),
    ],
)
def test_what_is_wrong_is_said(hook, said):
    values, (problem,) = read(f"hooks:\n  x: {hook}\n")
    assert said in problem and "node.yaml:2" in problem and not values


def test_a_name_becomes_a_folder_and_is_looked_at():
    _, (problem,) = read("hooks: {../x: {when: pre, command: [/opt/x]}}")
    assert "is no name of a hook" in problem
