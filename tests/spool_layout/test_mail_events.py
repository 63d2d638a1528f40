"""Who is told of what."""

import pytest

from spool_layout.mail import ADDRESSES_MAX
from spool_layout.mail_events import Told, addresses_told, parse_recipients, told_of_end
from spool_layout.states import Outcome


def told(text):
    return {one.address: {str(t) for t in one.told} for one in parse_recipients(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jo@x.com", {"jo@x.com": {"ended"}}),
        ("jo@x.com:failed", {"jo@x.com": {"failed"}}),
        ("jo@x.com: started, failed", {"jo@x.com": {"started", "failed"}}),
        ("jo@x.com:Started,al@x.com", {"jo@x.com": {"started"}, "al@x.com": {"ended"}}),
        (
            "al@x.com,jo@x.com:lost,waiting",
            {"al@x.com": {"ended"}, "jo@x.com": {"lost", "waiting"}},
        ),
        ("jo@x.com:started,jo@x.com:failed", {"jo@x.com": {"started", "failed"}}),
    ],
)
def test_addresses_say_what_they_are_told(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no address"),
        ("failed", "'failed' is no plain address"),
        ("jo@x.com,failed", "'failed' is no plain address"),
        ("jo@x.com:finished", "'finished' is none of started, waiting, ended, failed, lost"),
        ("jo@x.com:", "'' is none of"),
        ("jo@x.com\nBcc: a@b.c", "is none of"),
        ("jo@x.com\nBcc", "no plain address"),
        (",".join(f"jo{i}@x.com:failed" for i in range(ADDRESSES_MAX + 1)), "more than"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse_recipients(text)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.COMPLETED, {"ended"}),
        (Outcome.CANCELLED, {"ended"}),
        (Outcome.FAILED, {"ended", "failed"}),
        (Outcome.WALLTIME, {"ended", "failed"}),
        (Outcome.LOST, {"ended", "failed", "lost"}),
    ],
)
def test_an_end_is_told_to_who_asked_for_ends_or_for_its_kind(outcome, words):
    assert {str(word) for word in told_of_end(outcome)} == words


def test_who_is_told_of_an_event():
    text = "a@x.com, b@x.com:failed, c@x.com:started"
    assert addresses_told(text, told_of_end(Outcome.FAILED)) == ("a@x.com", "b@x.com")
    assert addresses_told(text, frozenset({Told.STARTED})) == ("c@x.com",)
    assert addresses_told("nobody", frozenset(Told)) == () == addresses_told("", frozenset(Told))
