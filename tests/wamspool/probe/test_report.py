"""Keeping what was measured, and the words of the verdict."""

from pathlib import Path

import pytest

from spool_layout import folders
from spool_layout.probe_record import Finding, Mark
from tests import broken_shares as broken
from tests.clocks import FakeClock
from tests.leaping import LeapingClock, LeapingShare
from tests.spools import new_spool
from wamspool.errors import Denied
from wamspool.probe.ground import Effort
from wamspool.probe.report import (
    examine_share,
    keep,
    probe_record,
    read_records,
    verdict_sentence,
    write_record,
)
from wamspool.shares.local import LocalShare

SMALL = Effort(clients=2, rounds=4, repeats=2, patience_s=1.0, clock_s=0.1, big_bytes=1000)
GOOD = Finding("door", Mark.OK, "Exactly one.")


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


def measured(share, *findings, by="cougar", partner=""):
    return probe_record(share, findings or [GOOD], by=by, version="0.1.0", partner=partner)


def test_a_record_is_found_again_and_the_next_takes_its_place(spool):
    share = spool.share
    assert read_records(share) == []
    assert write_record(share, measured(share)) == "doctor/cougar.yaml"
    second = measured(share, Finding("door", Mark.FAILED, "Two."))
    write_record(share, second)
    with_partner = measured(share, by="user-jo-desk", partner="cougar")
    assert write_record(share, with_partner) == "doctor/user-jo-desk.with.cougar.yaml"
    assert sorted(read_records(share), key=lambda r: r.by) == [second, with_partner]
    assert second.traits["has_owner"] is True and second.location == share.location


def test_the_newest_is_the_first(tmp_path):
    clock = FakeClock()
    share = new_spool(tmp_path / "s", clock).share
    for by in ("alpha", "beta"):
        clock.advance(5)
        write_record(share, measured(share, by=by))
    assert [record.by for record in read_records(share)] == ["beta", "alpha"]


def test_an_older_spool_gets_the_folder(spool):
    spool.share.remove(folders.DOCTOR)
    assert read_records(spool.share) == []
    write_record(spool.share, measured(spool.share))
    assert len(read_records(spool.share)) == 1


def test_what_cannot_be_read_is_passed_over(spool):
    write_record(spool.share, measured(spool.share))
    for name, text in (("a.yaml", b"wam: 2"), ("b.yaml", b": :"), ("c.txt", b""), (".d.yaml", b"")):
        spool.share.create(f"doctor/{name}", text)
    assert len(read_records(spool.share)) == 1


def test_findings_count_where_they_cannot_be_kept(spool):
    class Kept(LocalShare):
        def replace(self, path, content):
            raise Denied(path, "Permission denied")

    kept = keep(Kept(Path(spool.share.location), FakeClock()), measured(spool.share))
    assert (kept.path, kept.problem) == ("", "doctor/cougar.yaml: Permission denied")
    assert kept.record.findings == (GOOD,)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"door": Mark.OK}, "WAM can be used on this share: 1 check, nothing against it."),
        (
            {"door": Mark.OK, "locks": Mark.LIMITED, "owner": Mark.LIMITED},
            "WAM can be used on this share. Worth knowing: locks, owner.",
        ),
        (
            {"door": Mark.FAILED, "locks": Mark.LIMITED},
            "REFUSED: WAM must not be used on this share. What failed: door.",
        ),
    ],
)
def test_the_verdict_in_words(spool, marks, said):
    findings = [Finding(check, mark, "x") for check, mark in marks.items()]
    assert verdict_sentence(measured(spool.share, *findings)) == said


@pytest.mark.parametrize("is_spool", [True, False])
def test_an_examination_is_kept_in_a_spool_alone(tmp_path, is_spool):
    clock = LeapingClock()
    if is_spool:
        new_spool(tmp_path)
    told = []
    examination = examine_share(
        lambda: LeapingShare(tmp_path, clock),
        clock,
        SMALL,
        by="me",
        version="1",
        begins=told.append,
    )
    assert examination.record.verdict is Mark.OK
    assert told == [finding.check for finding in examination.record.findings]
    assert examination.path == ("doctor/me.yaml" if is_spool else "")
    left = [p.name for p in tmp_path.rglob("*") if not is_spool]
    assert left == []


def test_a_refused_share_is_examined_to_its_end(tmp_path):
    clock, memory = LeapingClock(), {}
    examination = examine_share(
        lambda: broken.DoorForAll(LeapingShare(tmp_path, clock), clock, memory),
        *(clock, SMALL),
        by="me",
        version="1",
    )
    assert examination.record.verdict is Mark.FAILED
    assert len(examination.record.findings) > 10
