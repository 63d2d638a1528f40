"""The share as the service sees it: refused at the start, and measured on demand."""

import json

import pytest

from node_service import app
from node_service.doctor import examination_lines, refuse_unfit
from spool_layout.probe_record import Finding, Mark
from tests import broken_shares as broken
from tests.leaping import LeapingClock
from tests.real.real_spool import make_spool
from wamspool.errors import Denied, Full, UnfitShare, Unreachable
from wamspool.probe.report import Examination, keep, probe_record, read_records
from wamspool.shares.local import LocalShare


@pytest.fixture
def doctor(tmp_path, monkeypatch):
    make_spool(tmp_path / "spool")
    monkeypatch.setattr(app, "SystemClock", LeapingClock)

    def run(*arguments, spool=None):
        place = spool or tmp_path / "spool"
        return app.main(["doctor", "--spool", str(place), "--rounds", "5", *arguments])

    return run


def test_what_is_measured_is_said_and_kept(doctor, tmp_path, capsys):
    assert doctor("--name", "cougar") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split()[:2] == ["ok", "rights"]
    assert "in each of 14 folders" in said[0]
    assert said[-2].startswith("WAM can be used on this share")
    assert said[-1] == "Kept in the spool: doctor/cougar.yaml"
    assert (tmp_path / "spool/doctor/cougar.yaml").is_file()


def test_for_programs(doctor, capsys):
    assert doctor("--json", "--name", "cougar") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["wam"], told["by"], told["partner"]) == (1, "cougar", None)
    assert {finding["check"] for finding in told["findings"]} >= {"door", "rights", "clock"}
    door = next(finding for finding in told["findings"] if finding["check"] == "door")
    assert door["figures"]["rounds"] == 5


def test_a_folder_that_is_no_spool_yet_keeps_nothing(doctor, tmp_path, capsys):
    (tmp_path / "folder").mkdir()
    assert doctor(spool=tmp_path / "folder") == 0
    assert list((tmp_path / "folder").iterdir()) == []
    assert "Kept" not in capsys.readouterr().out


def test_a_share_that_fails_is_refused(doctor, monkeypatch, capsys):
    monkeypatch.setattr(LocalShare, "make_folder", _for_all(LocalShare.make_folder))
    assert doctor() == 1
    said = capsys.readouterr().out
    assert "failed   door" in said and "-> Reach the share in another way" in said
    assert "REFUSED" in said


def _for_all(make_folder):
    from wamspool.errors import Exists

    def open_door(self, path):
        try:
            make_folder(self, path)
        except Exists:
            return

    return open_door


def test_a_service_does_not_begin_on_a_share_that_fails(tmp_path, monkeypatch, capsys):
    make_spool(tmp_path / "spool")
    monkeypatch.setattr(LocalShare, "make_folder", _for_all(LocalShare.make_folder))
    place, scratch = str(tmp_path / "spool"), str(tmp_path / "scratch")
    assert app.main(["run", "--spool", place, "--scratch", scratch, "--until-idle"]) == 19
    error = capsys.readouterr().err
    assert "lets two callers make the same folder. WAM must not be used" in error
    assert list((tmp_path / "spool/nodes").iterdir()) == []


def test_a_sound_share_is_let_pass_and_nothing_is_left(site):
    refuse_unfit(site.node)
    assert list(site.root.rglob(".wam-doctor-*")) == []


def test_a_broken_promise_is_refused(site):
    from dataclasses import replace

    share = broken.MovesOver(site.share, site.clock, {})
    node = replace(site.node, spool=replace(site.spool, share=share))
    with pytest.raises(UnfitShare):
        refuse_unfit(node)


@pytest.mark.parametrize("error", [Full("a", "no room"), Unreachable("a", "no answer")])
def test_what_passes_does_not_keep_a_service_from_its_runs(site, error, caplog):
    site.share.fail("create", error)
    refuse_unfit(site.node)
    assert [record.why for record in caplog.records if record.message == "share"] == [error.message]


def test_without_the_right_to_write_there_is_nothing_to_begin(site):
    site.share.fail("make_folder", Denied("a", "Permission denied"))
    with pytest.raises(Denied):
        refuse_unfit(site.node)


def test_with_runs_to_look_after_it_begins_all_the_same(site, solving, caplog):
    site.share.fail("make_folder", Denied("a", "Permission denied"))
    refuse_unfit(site.node)
    assert any(record.message == "share" for record in caplog.records)


def test_why_nothing_could_be_kept_is_said(site):
    finding = Finding("clock", Mark.LIMITED, "An hour ahead.", "Use NTP.")
    record = probe_record(site.spool.share, [finding], by="alpha", version="1")
    lines = list(examination_lines(Examination(record, problem="doctor: no room")))
    assert lines[:2] == [
        "limited  clock           An hour ahead.",
        "                         -> Use NTP.",
    ]
    assert lines[-1] == "Could not be kept in the spool: doctor: no room"
    assert read_records(site.spool.share) == []


def test_a_record_that_failed_is_warned_of_and_keeps_nobody_from_starting(site, caplog):
    finding = Finding("door", Mark.FAILED, "Two were told that they made it.", "Change the server.")
    for by, findings in (("alpha", [finding]), ("beta", [])):
        record = probe_record(site.spool.share, findings, by=by, version="1")
        assert not keep(site.spool.share, record).problem
    refuse_unfit(site.node)
    (warned,) = [record for record in caplog.records if record.message == "doctor"]
    assert warned.by == "alpha" and "What failed: door" in warned.why


def test_records_that_cannot_be_read_keep_nobody_from_starting(site):
    site.share.fail("list", Unreachable("a", "no answer"), about="doctor")
    refuse_unfit(site.node)
