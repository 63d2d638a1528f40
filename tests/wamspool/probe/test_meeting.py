"""Saying and hearing, with nothing in between but files."""

import pytest

from spool_layout.errors import FormatError
from tests.clocks import FakeClock
from wamspool.errors import PartnerSilent
from wamspool.probe.meeting import CLIENT, NODE, Meeting
from wamspool.shares.local import LocalShare


@pytest.fixture
def sides(tmp_path):
    (tmp_path / "m").mkdir()
    clock = FakeClock()
    share = LocalShare(tmp_path, clock, durable=False)
    return Meeting(share, clock, "m", CLIENT), Meeting(share, clock, "m", NODE)


def test_what_one_says_the_other_hears(sides):
    client, node = sides
    client.say("hello", {"name": "desk"})
    assert node.hear("hello") == {"name": "desk"}
    node.say("door")
    assert client.exchange("door", [1]) is None


def test_one_does_not_hear_himself(sides):
    client, _ = sides
    client.say("hello")
    with pytest.raises(PartnerSilent, match="nothing was heard for 2 s at 'hello'"):
        client.hear("hello", patience_s=2.0)
    assert client.clock.passed_s >= 2.0


def test_who_leaves_says_why(sides):
    client, node = sides
    node.leave("no room")
    with pytest.raises(PartnerSilent, match="could not go on at 'door': no room"):
        client.hear("door")
    node.leave("said twice does no harm")


def test_what_was_said_before_leaving_is_heard(sides):
    client, node = sides
    node.say("door", 3)
    node.leave("done")
    assert client.hear("door") == 3


def test_a_place_that_is_cleared_away_ends_it(sides, tmp_path):
    (tmp_path / "m").rmdir()
    with pytest.raises(PartnerSilent, match="has left, and cleared the place away"):
        sides[0].hear("door")
    sides[0].leave("nobody hears it")


def test_what_is_no_json_is_a_format_error(sides):
    client, _ = sides
    client.share.create("m/door.node", b"{")
    with pytest.raises(FormatError, match=r"m/door\.node"):
        client.hear("door")
