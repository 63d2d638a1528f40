"""What a person who watches sees of a submission: how far it is, in one line that changes."""

import pytest

from client_tools import submitting
from client_tools.asked_options import Asked, section_asked
from client_tools.submitting import Wishes, submit_decks


@pytest.mark.parametrize(("least_bytes", "is_shown"), [(10, True), (1 << 20, False)])
def test_the_copying_of_a_large_deck_is_shown(
    spool, deck, made, watched, monkeypatch, least_bytes, is_shown
):
    monkeypatch.setattr(submitting, "COPY_SHOWN_BYTES", least_bytes)
    section = section_asked(Asked())
    submit_decks(spool, [str(deck)], section, Wishes(), output=watched, owner="jo")
    assert watched.passed == ["copying bracket.inp: 100 % of 41 B"] * is_shown
    (job,) = spool.share.list("jobs")
    assert spool.share.read(f"jobs/{job.name}/bracket.inp").decode() == made.DECK
