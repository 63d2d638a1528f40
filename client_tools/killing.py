"""Ending jobs, or their runs: those that wait at once, those that a node holds by asking it."""

from collections.abc import Callable
from dataclasses import dataclass

from client_tools.asking import Following
from client_tools.changing import patiently
from client_tools.errors import NotInThisState
from client_tools.requester import Requester
from spool_layout.request import RequestName, Verb
from spool_layout.states import State
from wamspool.asking import ask, cancel_waiting, withdraw
from wamspool.find import Account, Found, account_of, find_job
from wamspool.spool import Spool
from wamspool.transition import Place


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it. ``asked``: the node has been asked, and nobody has waited for it."""

    found: Found
    account: Account | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Killing:
    """How to do it. ``tell`` gets lines about how a request stands."""

    spool: Spool
    requester: Requester
    why: str
    wait: bool
    tell: Callable[[str], None]

    def kill(self, found: Found) -> Acted:
        """The job is done, cancelled, unless it ended by itself meanwhile.

        Raises NotInThisState for one that was done before, NotPermitted, NodeSilent.
        """
        if found.state is State.DONE:
            outcome = account_of(self.spool, found).outcome
            how = f" ({outcome.outcome})" if outcome else ""
            raise NotInThisState(
                f"{found.job} is done already{how}", cure="There is nothing to end."
            )
        left: list[RequestName] = []
        while True:
            came = patiently(self.spool, found, self._kill_waiting)
            place = came.found.place
            if place is None:
                withdraw(self.spool.share, left)
                return came
            acted = self._ask(place, Verb.CANCEL, left)
            if acted is not None:
                withdraw(self.spool.share, left)
                return acted
            found = find_job(self.spool, found.job)  # it waits again: ended at once

    def _kill_waiting(self, found: Found) -> Acted | None:
        """The job is done, or nothing was done to it because a node holds it. None: try again."""
        place = found.place
        if place is None:  # it has ended while we looked
            return Acted(found, account_of(self.spool, found))
        self.requester.check(place, "kill")
        if place.name.node is not None:
            return Acted(found)
        folder = cancel_waiting(self.spool, place, by=self.requester.shown, why=self.why)
        if folder is None:
            return None
        self.requester.note("cancel", place, detail=self.why)
        ended = Found(found.job, State.DONE, folder=folder)
        return Acted(ended, account_of(self.spool, ended))

    def requeue(self, found: Found) -> Acted:
        """The job's run has been stopped, and the job waits again.

        Raises NotInThisState for a job that has no run, NotPermitted, NodeSilent.
        """
        place = patiently(self.spool, found, self._running_place)
        acted = self._ask(place, Verb.REQUEUE, [])
        return acted or Acted(find_job(self.spool, found.job))

    def _running_place(self, found: Found) -> Place:
        place = found.place
        if place is None or place.name.node is None:
            now = {State.HELD: "is held", State.DONE: "is done"}.get(found.state, "waits")
            cure = "Let it start: wam release JOB." if found.state is State.HELD else None
            raise NotInThisState(f"{found.job} {now}; it has no run to stop", cure=cure)
        self.requester.check(place, "requeue")
        return place

    def _ask(self, place: Place, verb: Verb, left: list[RequestName]) -> Acted | None:
        """None: a job that was to end waits; its request is among those that are ``left``."""
        job = place.name.job
        generation = place.name.generation if verb is Verb.REQUEUE else 0
        name = ask(
            self.spool, verb, job, by=self.requester.said, why=self.why, generation=generation
        )
        if not self.wait:
            return Acted(Found(job, place.state, place=place), asked=True)
        came = Following(self.spool, name, self.tell).until_acted(place)
        if isinstance(came, Account):
            return Acted(came.found, came)
        if verb is Verb.CANCEL:
            left.append(name)
            return None
        return Acted(came)
