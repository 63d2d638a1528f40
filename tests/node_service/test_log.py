"""The log: JSON for machines, a short line for whoever looks on."""

import json
import logging
import os
import sys

import pytest

from node_service.log import LogBounds, bound_log, node_log, writes_to_journal


@pytest.fixture
def open_log(tmp_path):
    """Opens the log within a test, where standard error is the captured one."""

    def open_log(*, to_journal=False, **bounds):
        made.append(node_log(tmp_path, "cougar", LogBounds(**bounds), to_journal=to_journal))
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


def files(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir())


def write_at(log, created_s, text="x" * 100):
    record = log.makeRecord(log.name, logging.INFO, "", 0, text, (), None)
    record.created = created_s
    log.handle(record)


def test_size_and_count_are_bounded_also_when_they_change(tmp_path, open_log):
    log = open_log(size_bytes=1000, files=3)
    for _ in range(100):
        log.info("x" * 100)
    assert files(tmp_path) == ["cougar.jsonl", *(f"cougar.jsonl.{n}" for n in (1, 2, 3))]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    bound_log(log, LogBounds(size_bytes=500, files=1))
    for _ in range(10):
        log.info("x" * 100)
    assert files(tmp_path) == ["cougar.jsonl", "cougar.jsonl.1"]
    assert (tmp_path / "cougar.jsonl").stat().st_size <= 500


def test_age_is_bounded_over_restarts(tmp_path, open_log):
    log = open_log(age_s=100)
    write_at(log, 1000.0)
    write_at(log, 1020.0)
    assert files(tmp_path) == ["cougar.jsonl"]
    log = open_log(age_s=100)  # another service: the file's own first line tells how old it is
    write_at(log, 1030.0)
    assert len(lines(tmp_path)) == 1
    os.utime(tmp_path / "cougar.jsonl.1", (1020, 1020))
    write_at(log, 1060.0)
    write_at(log, 1150.0)
    times = {name: (tmp_path / name).stat().st_mtime for name in files(tmp_path)}
    assert len(times) == 3 and 1020 not in times.values()


def test_the_journal_has_the_level_and_no_time(open_log, capsys):
    log = open_log(to_journal=True)
    log.info("start", extra={"job": "bracket-abcde"})
    log.warning("try again")
    log.error("lost\nfor good")
    said = capsys.readouterr().err
    assert said == "<6>start job=bracket-abcde\n<4>try again\n<3>lost for good\n"


def test_the_journal_is_known_by_its_stream(tmp_path, monkeypatch):
    with (tmp_path / "stream").open("w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        status = os.fstat(stream.fileno())
        assert writes_to_journal({"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        assert not writes_to_journal({"JOURNAL_STREAM": "1:1"})
        assert not writes_to_journal({})
