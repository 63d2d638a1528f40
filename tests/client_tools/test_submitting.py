"""What a person who watches sees of a submission: how far it is, in one line that changes."""

import pytest

from client_tools import submitting
from client_tools.asked_options import Asked, section_asked
from client_tools.submitting import Wishes, submit_decks, wait_for
from client_tools.views.screen import Tone
from spool_layout.states import State


class Watched:
    """An output that a person watches."""

    is_live = True

    def __init__(self):
        self.said: list[str] = []
        self.passed: list[str] = []

    def show(self, screen):
        self.said += [part.text for part in screen.parts]

    def line(self, text, tone=Tone.PLAIN):
        self.said.append(text)

    def warn(self, text):
        self.said.append(f"warning: {text}")

    def passing(self, text):
        self.passed.append(text)


@pytest.fixture
def output():
    return Watched()


@pytest.mark.parametrize(("least_bytes", "is_shown"), [(10, True), (1 << 20, False)])
def test_the_copying_of_a_large_deck_is_shown(
    spool, deck, made, output, monkeypatch, least_bytes, is_shown
):
    monkeypatch.setattr(submitting, "COPY_SHOWN_BYTES", least_bytes)
    section = section_asked(Asked())
    submit_decks(spool, [str(deck)], section, Wishes(), output=output, owner="jo")
    assert output.passed == ["copying bracket.inp: 100 % of 41 B"] * is_shown
    (job,) = spool.share.list("jobs")
    assert spool.share.read(f"jobs/{job.name}/bracket.inp").decode() == made.DECK


def test_waiting_is_one_line_that_changes(spool, made, output, clock):
    made.node(spool, jobs=[made.on_node("bracket-aaaaa", percent=30.0)])
    place = made.job(spool, "bracket-aaaaa")

    def begin():
        spool.share.remove(place.path)
        made.job(spool, "bracket-aaaaa", State.RUNNING, node="cougar", generation=1)

    def end():
        spool.share.remove("running/" + spool.share.list("running")[0].name)
        made.done(spool, "bracket-aaaaa")

    clock.meanwhile = [begin, end]
    wait_for(spool, ["bracket-aaaaa"], output)
    assert output.passed == ["waits", "runs on cougar, 30 %"]
    assert output.said == ["bracket-aaaaa  completed: All steps were computed."]


def test_several_jobs_are_counted(spool, made, output, clock):
    made.job(spool, "plate-aaaaa")
    made.done(spool, "plate-bbbbb")
    place = spool.share.list("incoming")

    def end():
        (entry,) = [e for e in place if e.name.endswith(".yaml")]
        spool.share.remove(f"incoming/{entry.name}")
        made.done(spool, "plate-aaaaa")

    clock.meanwhile = [end]
    accounts = wait_for(spool, ["plate-aaaaa", "plate-bbbbb"], output)
    assert [account.ticket.job for account in accounts] == ["plate-aaaaa", "plate-bbbbb"]
    assert output.passed == ["1 of 2 done, 0 running"]
