"""From a dropped deck or ticket to what can become a job, as far as its files are there."""

from collections.abc import Mapping
from dataclasses import dataclass

from spool_layout.errors import WamError
from spool_layout.profile import Profile
from spool_layout.ticket import parse_draft
from spool_layout.yaml_text import load_mapping
from wamspool.drops import Dropped
from wamspool.errors import BadInput
from wamspool.gather import FamilyOf, Gathered, ShareSource, explain_missing, gather
from wamspool.spool import Spool


class Unready(Exception):
    """Not yet: something may still arrive. ``problem`` is what to say when nothing does."""

    def __init__(self, problem: WamError, awaited: frozenset[str]) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.awaited = awaited


@dataclass(frozen=True, slots=True)
class Reading:
    """How drops of this spool are read."""

    spool: Spool
    family_of: FamilyOf
    profiles: Mapping[str, Profile] | None

    def gathered(self, drop: Dropped, source: ShareSource) -> Gathered:
        """The deck, read, with what travels. Raises Unready, and what reading them raises."""
        deck, strong = drop.name, None
        if drop.is_ticket:
            text = self.spool.share.read(drop.path)
            draft = parse_draft(text, source=drop.name)
            deck, strong = draft.input, load_mapping(text, source=drop.name)
            for name in (deck, *draft.files):
                _refuse_absent(source, name, drop.name)
        return gather(
            source,
            deck,
            family_of=self.family_of,
            default_solver=self.spool.settings.default_solver,
            weaker=drop.presets,
            stronger=strong,
            profiles=self.profiles,
        )


def refuse_incomplete(gathered: Gathered) -> None:
    """Raises Unready where the deck breaks off, or names files that are not there."""
    if gathered.missing:
        problem = BadInput(
            f"the deck names files that are not there: {explain_missing(gathered.missing)}",
            cure="Copy those files into the folder, and then the deck again.",
        )
        raise Unready(problem, frozenset(m.name for m in gathered.missing))
    if gathered.breaks_off:
        problem = BadInput(
            f"{gathered.deck.name} breaks off: {gathered.breaks_off}",
            cure="Copy the deck again, whole.",
        )
        raise Unready(problem, frozenset({gathered.deck.name}))


def _refuse_absent(source: ShareSource, name: str, ticket: str) -> None:
    if source.read(name) is None:
        problem = BadInput(
            f"{ticket}: '{name}' is not there",
            cure="Put it beside the ticket: both in one folder, or the deck before the ticket"
            " is written to its end.",
        )
        raise Unready(problem, frozenset({name}))
