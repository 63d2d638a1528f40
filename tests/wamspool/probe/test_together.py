"""Two sides on one share: the same findings on both, and what is broken is named by both."""

import threading

import pytest

from spool_layout.probe_record import Mark
from spool_layout.request import parse_doctor_request_name, parse_request
from tests import broken_shares as broken
from tests.spools import new_spool
from wamspool.clock import SystemClock
from wamspool.errors import PartnerSilent, ShareError
from wamspool.probe.ground import Effort
from wamspool.probe.invitation import Invitation, join, measure_with
from wamspool.shares.local import LocalShare

SMALL = Effort(clients=2, rounds=20, repeats=3, patience_s=0.3, clock_s=0.2, big_bytes=1)
INVITATION = Invitation("cougar", "desk", SMALL, 20.0)


class Side:
    """A node that takes part once, on a thread of its own."""

    def __init__(self, share, clock, *, joins=join):
        self.findings, self.error, self.share = [], None, share
        self._clock, self._join = clock, joins
        self._thread = threading.Thread(target=self._take_part)
        self._thread.start()

    def _take_part(self):
        clock = SystemClock()
        end_s = clock.monotonic_s() + 20
        while clock.monotonic_s() < end_s:
            for entry in self.share.list("requests"):
                parsed = parse_doctor_request_name(entry.name)
                if parsed:
                    self._answer(*parsed)
                    return
            clock.sleep(0.01)

    def _answer(self, node, mark):
        try:
            self.findings = self._join(
                self.share, self._clock, mark, node=node, is_over=lambda: False
            )
        except PartnerSilent as error:
            self.error = error

    def ended(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self


def both(root, kind=None):
    """The findings of both sides, on shares of this kind."""
    new_spool(root)
    clock, memory = SystemClock(), {}

    def client():
        share = LocalShare(root, clock, durable=False)
        return kind(share, clock, memory) if kind else share

    node = Side(client(), clock)
    mine = measure_with(client(), clock, INVITATION)
    return mine, node.ended().findings


def notable(findings):
    return {one.check: str(one.mark) for one in findings if one.mark is not Mark.OK}


def left(root):
    found = [*root.rglob(".wam-*"), *(root / "requests").iterdir()]
    return sorted(str(path) for path in found)


def test_on_a_sound_share_both_find_the_same_and_nothing_is_left(tmp_path):
    mine, theirs = both(tmp_path / "s")
    assert notable(mine) == {}
    assert [one.check for one in mine] == [one.check for one in theirs]
    door, node_door = (next(f for f in side if f.check == "door") for side in (mine, theirs))
    assert door.figures == node_door.figures
    assert door.figures["client_won"] + door.figures["node_won"] == 20
    assert "desk and cougar" in next(f for f in mine if f.check == "listing").sentence
    assert left(tmp_path / "s") == []


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        (broken.OpenDoor, {"door": "failed"}, "two machines were told that both had made"),
        (broken.DoorForAll, {"door": "failed"}, "In 20 of 20 rounds"),
        (broken.LostReplies, {"door": "limited"}, "nobody was told of success"),
        (broken.CreatesDouble, {"create": "limited"}, "in 10 rounds of 10"),
        (broken.LosesMoved, {"contended-move": "failed"}, "was gone or double"),
        (broken.LockForAll, {"locks": "limited"}, "did not keep others out, between desk and"),
        (broken.NoLock, {"locks": "limited"}, "could not be had at all"),
        (broken.NoNotice, {"notify": "limited"}, "Changes are not told of, between desk and"),
        (broken.HourAhead, {"clock": "limited"}, "The client: The share's clock is 1 h 00 min"),
        (broken.ForeignFolder, {"rights": "failed"}, "The client: This account may not.*The node:"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_broken_is_named_by_both(tmp_path, kind, expected, said):
    import re

    mine, theirs = both(tmp_path / "s", kind)
    assert notable(mine) == notable(theirs) == expected
    (finding,) = (one for one in mine if one.check in expected)
    assert re.search(said, finding.sentence), finding.sentence


class StaleValue(broken.Broken):
    """Goes on reading what it has read once."""

    def read(self, path, **options):
        if "/value-" not in path:
            return self._share.read(path, **options)
        return self._memory.setdefault((id(self), path), self._share.read(path, **options))


def test_a_replacement_that_is_never_seen_is_named(tmp_path):
    mine, theirs = both(tmp_path / "s", StaleValue)
    assert notable(mine) == notable(theirs) == {"content": "limited"}


def test_who_does_not_answer_is_silent_and_nothing_is_left(tmp_path):
    spool = new_spool(tmp_path / "s")
    clock, asked = SystemClock(), []

    class Noting(LocalShare):
        def create(self, path, content):
            super().create(path, content)
            asked.append((path, content))

    share = Noting(tmp_path / "s", clock, durable=False)
    with pytest.raises(PartnerSilent, match="nothing was heard for 0 s at 'hello'"):
        measure_with(share, clock, Invitation("cougar", "desk", SMALL, 0.1))
    path, content = asked[0]
    request = parse_request(content, source=path)
    assert path == f"requests/cougar.{request.meeting}.doctor.yaml"
    assert (request.verb, request.node, request.by) == ("doctor", "cougar", "desk")
    assert left(tmp_path / "s") == []
    assert spool.share.list("requests") == []


def test_what_keeps_the_node_from_going_on_is_told_to_the_client(tmp_path):
    class Failing(broken.Broken):
        def replace(self, path, content):
            raise ShareError(path, "the disk is on fire")

    spool, clock = new_spool(tmp_path / "s"), SystemClock()

    def joins(*arguments, **named):
        with pytest.raises(ShareError, match="on fire"):
            join(*arguments, **named)
        return []

    share = LocalShare(tmp_path / "s", clock, durable=False)
    node = Side(Failing(share, clock, {}), clock, joins=joins)
    with pytest.raises(PartnerSilent, match=r"could not go on.*the disk is on fire"):
        measure_with(spool.share.__class__(tmp_path / "s", clock), clock, INVITATION)
    node.ended()
    assert left(tmp_path / "s") == []


def test_a_client_that_leaves_lets_the_node_go(tmp_path):
    new_spool(tmp_path / "s")
    clock = SystemClock()
    share = LocalShare(tmp_path / "s", clock, durable=False)
    node = Side(share, clock)

    def interrupted(step):
        if step == "content":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_with(LocalShare(tmp_path / "s", clock), clock, INVITATION, interrupted)
    assert "has left" in node.ended().error.message
    assert left(tmp_path / "s") == []


def test_an_invitation_of_which_nothing_is_left_is_declined(tmp_path):
    spool = new_spool(tmp_path / "s")
    with pytest.raises(PartnerSilent, match="has left"):
        join(spool.share, SystemClock(), "k7f3x", node="cougar", is_over=lambda: False)


def test_a_node_that_is_stopped_does_not_wait(tmp_path):
    spool = new_spool(tmp_path / "s")
    spool.share.make_folder("locks/.wam-doctor-k7f3x")
    with pytest.raises(PartnerSilent, match="stopped while waiting for 'hello'"):
        join(spool.share, SystemClock(), "k7f3x", node="cougar", is_over=lambda: True)


@pytest.mark.parametrize("greeting", ["3", "{}", '{"name": "x", "effort": {"rounds": "many"}}'])
def test_a_greeting_that_says_nothing_is_refused(tmp_path, greeting):
    from spool_layout.errors import FormatError

    spool = new_spool(tmp_path / "s")
    spool.share.make_folder("locks/.wam-doctor-k7f3x")
    spool.share.create("locks/.wam-doctor-k7f3x/hello.client", greeting.encode())
    with pytest.raises(FormatError, match="greeting cannot be read"):
        join(spool.share, SystemClock(), "k7f3x", node="cougar", is_over=lambda: False)
    names = {entry.name for entry in spool.share.list("locks/.wam-doctor-k7f3x")}
    assert "leave.node" in names


def test_a_client_cannot_ask_for_more_than_the_node_is_ready_for():
    from dataclasses import asdict, replace

    from wamspool.probe.invitation import MOST, _greeting

    greedy = replace(SMALL, rounds=10**9, patience_s=1e9)
    name, effort = _greeting({"name": "x" * 500, "effort": asdict(greedy)})
    assert (effort.rounds, effort.patience_s, effort.repeats) == (MOST.rounds, MOST.patience_s, 3)
    assert len(name) == 80
