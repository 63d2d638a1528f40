"""The log: JSON for machines, a short line for whoever looks on."""

import json

import pytest

from node_service.log import node_log


@pytest.fixture
def open_log(tmp_path):
    """Opens the log within a test, where standard error is the captured one."""

    def open_log(*, verbose=False):
        made.append(node_log(tmp_path, "cougar", verbose=verbose))
        return made[-1]

    made = []
    yield open_log
    for handler in list(made[0].handlers):
        made[0].removeHandler(handler)
        handler.close()


def lines(tmp_path):
    return [json.loads(line) for line in (tmp_path / "cougar.jsonl").read_text().splitlines()]


def test_a_line_of_json_an_event(tmp_path, open_log, capsys):
    open_log().info("start", extra={"job": "bracket-abcde", "cpus": 2})
    (line,) = lines(tmp_path)
    assert {**line, "time": ""} == {
        "time": "",
        "level": "info",
        "event": "start",
        "job": "bracket-abcde",
        "cpus": 2,
    }
    assert capsys.readouterr().err.endswith(" start job=bracket-abcde cpus=2\n")


def test_a_trace_belongs_to_its_line(tmp_path, open_log):
    try:
        raise ValueError("no")
    except ValueError:
        open_log().exception("staging failed")
    (line,) = lines(tmp_path)
    assert "ValueError: no" in line["trace"]


def test_what_is_for_the_curious_only_is_left_out(tmp_path, open_log):
    open_log().debug("not claimed")
    assert lines(tmp_path) == []


def test_a_second_service_of_the_name_does_not_write_everything_twice(tmp_path, open_log):
    open_log()
    again = open_log(verbose=True)
    again.debug("begin")
    assert len(lines(tmp_path)) == 1


def test_a_name_that_is_no_text_breaks_neither_the_log_nor_the_service(tmp_path, open_log):
    open_log().info("reject", extra={"drop": "incoming/f\udcff\n.inp"})
    (line,) = lines(tmp_path)
    assert line["event"] == "reject"
    assert line["drop"].startswith("incoming/f")
