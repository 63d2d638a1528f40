"""Who is told of what, as a ticket's ``email`` says it: ``jo@example.com:started,failed``."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from spool_layout.mail import parse_addresses
from spool_layout.states import Outcome


class Told(StrEnum):
    """What somebody may be told of a job."""

    STARTED = "started"
    WAITING = "waiting"
    ENDED = "ended"
    FAILED = "failed"
    LOST = "lost"


UNLESS_SAID: Final = frozenset({Told.ENDED})


@dataclass(frozen=True, slots=True)
class Recipient:
    """A plain address, and what is told to it."""

    address: str
    told: frozenset[Told] = UNLESS_SAID


def parse_recipients(text: str) -> tuple[Recipient, ...]:
    """Addresses with commas, each perhaps with ':' and what it is told, with commas too.

    Raises ValueError with a phrase.
    """
    chosen: dict[str, set[Told]] = {}
    last = ""
    for word in (part.strip() for part in text.split(",")):
        if not word:
            continue
        if "@" in word:
            last, colon, event = (part.strip() for part in word.partition(":"))
            chosen.setdefault(last, set())
            if colon:
                chosen[last].add(_told(event))
        elif last and chosen[last]:
            chosen[last].add(_told(word))
        else:
            parse_addresses(word)  # says that it is none
    parse_addresses(",".join(chosen))
    return tuple(Recipient(a, frozenset(told) or UNLESS_SAID) for a, told in chosen.items())


def _told(word: str) -> Told:
    try:
        return Told(word.lower())
    except ValueError:
        raise ValueError(f"'{word[:40]}' is none of {', '.join(Told)}") from None


def told_of_end(outcome: Outcome) -> frozenset[Told]:
    """What the end of a job is, to who asked: an end, and perhaps a failure, or a loss."""
    if outcome is Outcome.LOST:
        return frozenset({Told.ENDED, Told.FAILED, Told.LOST})
    if outcome in {Outcome.COMPLETED, Outcome.CANCELLED}:
        return frozenset({Told.ENDED})
    return frozenset({Told.ENDED, Told.FAILED})


def addresses_told(text: str, told: frozenset[Told]) -> tuple[str, ...]:
    """Who of a ticket's ``email`` wants to be told of any of these; a text that is none: nobody."""
    try:
        recipients = parse_recipients(text) if text.strip() else ()
    except ValueError:
        return ()
    return tuple(one.address for one in recipients if one.told & told)
