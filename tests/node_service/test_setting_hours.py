"""Hours in a node's settings file and on the command line."""

import pytest

from node_service.config_file import read_filed
from node_service.opening import KeptBack
from node_service.setting_hours import KEEP_BACK, WINDOWS, gather_windows
from spool_layout.windows import parse_window

NIGHTS = parse_window("mon-fri 18:00-07:00")


def read(text):
    filed = read_filed(text.encode(), source="node.yaml")
    return filed.values, [problem.message for problem in filed.problems]


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("windows: mon-fri 18:00-07:00", (NIGHTS,)),
        ("windows: [mon-fri 18:00-07:00, sat-sun]", (NIGHTS, parse_window("sat,sun"))),
        ("windows: ['sat,sun']", (parse_window("sat-sun"),)),
        ("windows: sat,sun 08:00-20:00", (parse_window("sat-sun 08:00-20:00"),)),
    ],
)
def test_windows(text, windows):
    values, problems = read(text)
    assert problems == [] and values["windows"] == windows
    assert gather_windows(WINDOWS.plain(windows)) == windows


def test_cores_that_are_kept_back():
    values, problems = read(
        "keep_back:\n- {cpus: 4, when: mon-fri 18:00-07:00}\n- {cpus: 2, when: in use}\n- {cpus: 1}"
    )
    assert problems == []
    kept = (KeptBack(4, NIGHTS), KeptBack(2, None), KeptBack(1, parse_window("daily")))
    assert values["keep_back"] == kept
    assert KEEP_BACK.show(kept) == "4 mon,tue,wed,thu,fri 18:00-07:00; 2 in use; 1 daily"
    assert KEEP_BACK.plain(kept)[1] == {"cpus": 2, "when": "in use"}


def test_cores_that_others_use():
    values, problems = read("keep_back: [{cpus: 8, when: Used  by others}]")
    kept = (KeptBack(8, None, by_load=True),)
    assert problems == [] and values["keep_back"] == kept
    assert KEEP_BACK.show(kept) == "8 used by others"
    assert KEEP_BACK.plain(kept) == [{"cpus": 8, "when": "used by others"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("windows: [nights]", "node.yaml:1: windows: 'nights' in 'nights' is no day"),
        ("outside: kill", "outside: must be one of finish, suspend"),
        ("keep_back: [{when: daily}]", "keep_back[0].cpus: "),
        ("keep_back: [{cpus: 0}]", "keep_back[0].cpus: must be 1 to"),
        ("keep_back: [{cpus: 1, when: lunch}]", "keep_back[0].when: "),
        ("keep_back: [{cpus: 1, whan: daily}]", "whan"),
        ("keep_back: 4", "must be a list of mappings"),
    ],
)
def test_what_is_wrong_is_said(text, said):
    values, (problem,) = read(text)
    assert said in problem and not values
