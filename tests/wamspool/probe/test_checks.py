"""Each check names the promise that a share breaks, and no other does."""

import pytest

from spool_layout.probe_record import Mark
from tests import broken_shares as broken
from tests.leaping import LeapingClock, LeapingShare
from tests.spools import new_spool
from wamspool.errors import Denied, Unreachable
from wamspool.probe.checks import CHECKS, Check, carried_out, run_checks
from wamspool.probe.ground import Effort, on_ground

SMALL = Effort(clients=3, rounds=20, repeats=3, patience_s=4.0, clock_s=0.3, big_bytes=200_000)


def findings(root, kind=None):
    """What the doctor says of a spool on a share of this kind."""
    new_spool(root)
    clock, memory = LeapingClock(), {}

    def client():
        share = LeapingShare(root, clock)
        return kind(share, clock, memory) if kind else share

    with on_ground(client, clock, SMALL) as ground:
        return {finding.check: finding for finding in run_checks(ground)}


def notable(found):
    return {name: str(one.mark) for name, one in found.items() if one.mark is not Mark.OK}


def test_a_sound_share_is_good(tmp_path):
    found = findings(tmp_path / "spool")
    assert list(found) == [check.name for check in CHECKS]
    assert notable(found) == {}
    assert not any(one.cure for one in found.values())
    assert all(one.sentence.endswith(".") for one in found.values())
    assert found["door"].figures == {
        "clients": 3, "rounds": 20, "double": 0, "nobody": 0, "unclear": 0,
    }  # fmt: skip
    assert found["rights"].figures["folders"] == 14
    assert found["case"].figures == {"blind": False}


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        (broken.OpenDoor, {"door": "failed"}, "told that (it|both) had made.*must not be used"),
        (broken.DoorForAll, {"door": "failed"}, "A second client was told.*must not be used"),
        (broken.LostReplies, {"door": "limited"}, "in 2 rounds of 20 nobody was told of success"),
        (broken.CreatesOver, {"create": "failed"}, "created over one that was there"),
        (broken.CreatesDouble, {"create": "limited"}, "told of success in 10 rounds of 10"),
        (broken.MovesOver, {"move": "failed"}, "A file was moved onto an existing one"),
        (broken.LosesMoved, {"contended-move": "failed"}, "After 1 round of 5 a file.*gone"),
        (broken.LateListing, {"listing": "limited"}, "after 2.5 s at most"),
        (broken.BlindListing, {"listing": "failed"}, "did not show.*within 4.0 s"),
        (broken.StaleContent, {"content": "limited"}, "not within 4.0 s"),
        (broken.CachedLookups, {"lookups": "limited"}, "longer than 4.0 s"),
        (broken.LockForAll, {"locks": "limited"}, "did not keep others out"),
        (broken.NoLock, {"locks": "limited"}, "could not be had at all"),
        (broken.HourAhead, {"clock": "limited"}, "1 h 00 min ahead of this machine's"),
        (broken.FastClock, {"clock": "limited"}, r"went (1\.[89]|2\.[0-2])\d times as fast"),
        (broken.NoOwner, {"owner": "limited"}, "does not tell who has made a file"),
        (broken.ShortNames, {"names": "limited"}, r"long \(refused\), long unicode \(refused\)"),
        (broken.NoNotice, {"notify": "limited"}, "^Changes are not told of"),
        (broken.OwnNoticeOnly, {"notify": "limited"}, "^Some changes are not told of"),
        (broken.SaysClosed, {"writers": "limited"}, "being written that it is closed"),
        (broken.AlwaysWriting, {"writers": "limited"}, "finished that it is writing"),
        (broken.LosesAppended, {"append": "failed"}, "Of 3 lines.*others read 1"),
        (broken.FlipsBits, {"copy": "failed"}, "read back with another content"),
        (broken.NearlyFull, {"space": "limited"}, "5.0 MB of room left"),
        (broken.UnknownRoom, {"space": "unknown"}, "does not tell how much room"),
        (broken.ForeignFolder, {"rights": "failed"}, "may not move a ticket into running/"),
        (broken.Slow, {"latency": "limited"}, r"\(remove 1.0 s\).*That is slow"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_broken_is_named_and_nothing_else(tmp_path, kind, expected, said):
    import re

    found = findings(tmp_path / "spool", kind)
    assert notable(found) == expected
    (name,) = expected
    assert re.search(said, found[name].sentence), found[name].sentence
    assert found[name].cure or expected == {"space": "unknown"}


@pytest.mark.parametrize(
    ("kind", "check", "figures", "said"),
    [
        (broken.CaseBlind, "case", {"blind": True}, "are one name here"),
        (broken.SeesWriters, "writers", {"while_written": "writing"}, "knows whether"),
        (broken.KnowsNoWriters, "writers", {"after": "unknown"}, "once it has been quiet"),
        (broken.MovesDouble, "contended-move", {"astray": 0, "double": 5}, "does not rely on it"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_only_worth_knowing_is_said(tmp_path, kind, check, figures, said):
    found = findings(tmp_path / "spool", kind)
    assert notable(found) == {}
    assert found[check].figures.items() >= figures.items()
    assert said in found[check].sentence


def test_a_share_that_cannot_be_written_is_refused_for_its_rights_first(tmp_path):
    found = findings(tmp_path / "spool", broken.ReadOnly)
    first = next(iter(found.values()))
    assert (first.check, first.mark) == ("rights", Mark.FAILED)
    assert "This account may not make files" in first.sentence
    assert "Give it the right" in first.cure


@pytest.mark.parametrize(("decides", "mark"), [(True, Mark.FAILED), (False, Mark.UNKNOWN)])
def test_an_error_of_the_share_becomes_the_finding_of_its_check(decides, mark):
    def unreachable(ground):
        raise Unreachable("a/b", "the server did not answer")

    finding = carried_out(Check("x", unreachable, decides=decides), None)
    assert (finding.check, finding.mark) == ("x", mark)
    assert finding.sentence == "Could not be measured: a/b: the server did not answer."
    assert finding.cure == Unreachable.remedy


def test_each_check_has_a_name_of_its_own():
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_who_asks_is_told_of_each_check(tmp_path):
    told = []
    clock = LeapingClock()
    with on_ground(lambda: LeapingShare(tmp_path, clock), clock, SMALL) as ground:
        list(run_checks(ground, begins=lambda check: told.append(check.name)))
    assert told == [check.name for check in CHECKS]


def test_a_fault_of_the_program_is_no_finding():
    def faulty(ground):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        carried_out(Check("x", faulty, decides=True), None)


def test_a_right_that_is_missing_is_no_other_error():
    def denied(ground):
        raise Denied("p", "no")

    assert carried_out(Check("x", denied, decides=True), None).mark is Mark.FAILED
