"""From a dropped deck (or a dropped ticket) to a job in the queue.

    1  settled                             see settling
    2  jobs/<job>/                         the door: exactly one can make it. The job's name comes
                                           from what was seen (name, size, times), so that all who
                                           look at one drop mean the same job, and a new file of
                                           the same name is another
    3  deck read, includes copied          idempotent: a second adopter finds them there
    4  jobs/<job>/.adopt-<mark>.yaml       what the queue will get, as this adopter has made it
    5  incoming/<drop> -> .adopt-<mark>.drop   exactly one adopter's draft counts: whose mark the
                                           drop bears. Put back if it does not look as it did.
                                           From here on anybody can finish
    6  .adopt-<mark>.yaml -> ticket.draft.yaml
    7  .adopt-<mark>.drop -> jobs/<job>/<drop>
    8  ticket.draft.yaml -> incoming/<key>.yaml    THE change: the job is queued

A crash before 5 leaves the drop where it was, for whoever waits a grace longer; a later one is
finished by the sweep. Includes stay in ``incoming/`` for a while, since the next deck may name
them too.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from spool_layout import folders
from spool_layout.errors import BadName, FormatError, WamError
from spool_layout.names import check_file_path
from spool_layout.profile import Profile
from spool_layout.ticket import Draft, InputFile, Ticket, parse_ticket
from wamspool.adoption import DROPPED, Taken, complete_adoption
from wamspool.drop_cases import Case, Cases
from wamspool.drop_reading import Reading, Unready, refuse_incomplete
from wamspool.drops import Considered, Dropped, Step
from wamspool.errors import BadInput, Denied, Exists, Gone, ShareError
from wamspool.gather import FamilyOf, Gathered, ShareSource, mail_remarks
from wamspool.paired import Pairs
from wamspool.reject import reject
from wamspool.settling import Settling, Sight, sight_of
from wamspool.share import Copied, Examined, Kind, Settled
from wamspool.spool import Spool
from wamspool.submit import ticket_text
from wamspool.tree import make_folders

READ_AGAIN_S = 5.0
Check = Callable[[Draft], None]


def accept(draft: Draft) -> None:
    """Nothing is known against the job; a check that knows something raises BadInput."""
    del draft


class Adopter:
    """Turns drops into jobs, one at a time. ``used`` tells when an include was last taken."""

    def __init__(
        self,
        spool: Spool,
        settling: Settling,
        family_of: FamilyOf,
        check: Check = accept,
        profiles: Mapping[str, Profile] | None = None,
    ) -> None:
        self._spool = spool
        self._check = check
        self._share = spool.share
        self._settling = settling
        self._reading = Reading(spool, family_of, profiles)
        self._pairs = Pairs(spool.share)
        self._cases = Cases(spool, settling, self._pairs)
        self.used: dict[str, float] = {}

    def consider(self, drop: Dropped, names: frozenset[str]) -> Considered:
        """The drop one step further; ``names`` is what lies in its folder now."""
        try:
            return self._consider(drop, names)
        except Gone:
            self._cases.leave(drop.path)
            return Considered(Step.NOTHING, drop.path, "is gone")
        except Denied as error:
            return self._unreadable(drop, error)
        except ShareError as error:
            return Considered(Step.WAITING, drop.path, error.message)
        except Unready as error:
            return self._wait(drop, error)
        except WamError as error:
            return self._reject(drop, error)

    def _consider(self, drop: Dropped, names: frozenset[str]) -> Considered:
        check_file_path(drop.path.partition("/")[2])
        examined = self._settling.settled(drop.path)
        if examined is None:
            return Considered(Step.WAITING, drop.path, "is still being written")
        if examined.size_bytes == 0 and not self._is_late(drop.path):
            # Some copiers make the file, close it, and open it again to write.
            return Considered(Step.WAITING, drop.path, "is empty so far")
        if not drop.is_ticket and (t := self._pairs.ticket_of(drop.folder, drop.name, names)):
            return Considered(Step.WAITING, drop.path, f"belongs to {t}")
        case = self._cases.of(drop, sight_of(examined))
        if case.awaited and not self._worth_reading(drop.path, case, names):
            return Considered(Step.WAITING, drop.path, case.why, case.job)
        if not self._cases.may_adopt(case):
            return Considered(Step.WAITING, drop.path, "is being taken by another node", case.job)
        if not case.is_first and (drafted := self._drafted(case)):
            return self._hand_over(drop, case, drafted)
        source = ShareSource(self._share, drop.folder)
        gathered = self._reading.gathered(drop, source)
        refuse_incomplete(gathered)
        self._check(gathered.draft)
        for item in gathered.items:
            if item.name != drop.name and not self._settling.settled(f"{drop.folder}/{item.name}"):
                detail = f"{item.name} is still being written"
                return Considered(Step.WAITING, drop.path, detail, case.job)
        return self._adopt(drop, case, examined, source, gathered)

    def _worth_reading(self, path: str, case: Case, names: frozenset[str]) -> bool:
        since_s = self._spool.clock.monotonic_s() - case.read_at_s
        return bool(case.awaited & names) or since_s >= READ_AGAIN_S or self._is_late(path)

    def _is_late(self, path: str) -> bool:
        return self._settling.waiting_s(path) >= self._spool.settings.include_wait_s

    def _adopt(
        self, drop: Dropped, case: Case, seen: Examined, source: ShareSource, gathered: Gathered
    ) -> Considered:
        inputs = tuple(
            self._take_in(drop, case.job, source, item.name, item.staged) for item in gathered.items
        )
        now = self._share.now()
        draft = replace(gathered.draft, extra={**gathered.draft.extra, DROPPED: drop.path})
        remarks = (*gathered.remarks, *mail_remarks(draft, self._spool.settings))
        # A share that shows one account for all files does not tell whose the drop was.
        owner = seen.owner if self._share.traits.has_owner else ""
        ticket = Ticket(case.job, draft, now, owner, inputs, remarks)
        self._note_used(drop, inputs)
        return self._hand_over(drop, case, self._prepare(case, ticket))

    def _prepare(self, case: Case, ticket: Ticket) -> Ticket:
        """The ticket lies in the job's folder under a mark that nobody has used before."""
        mark = self._spool.new_suffix()
        self._share.create(folders.own_draft(case.job, mark), ticket_text(ticket))
        case.mark = mark
        return ticket

    def _drafted(self, case: Case) -> Ticket | None:
        """The ticket that we, or an adopter before us, have prepared, with all inputs beside it.

        Raises Gone when ours is not there any more: then the drop was taken, in a move to which
        we had no answer, and the job is on its way.
        """
        if case.mark:
            return self._parsed(folders.own_draft(case.job, case.mark))
        names = (entry.name for entry in self._share.list(folders.job(case.job)))
        case.others = tuple(
            f"{folders.job(case.job)}/{n}" for n in names if folders.is_own_draft(n)
        )
        for draft in case.others:
            with suppress(Gone, FormatError):
                return self._prepare(case, self._parsed(draft))
        return None

    def _parsed(self, draft: str) -> Ticket:
        return parse_ticket(self._share.read(draft), source=draft)

    def _hand_over(self, drop: Dropped, case: Case, ticket: Ticket) -> Considered:
        """From the draft to the queue. The deck that a dropped ticket names goes first: without
        its ticket it would be taken for a job of its own.
        """
        if sight_of(self._share.examine(drop.path)) != case.sight:
            self._cases.abandon(drop.path)
            return Considered(Step.WAITING, drop.path, "was written again")
        if drop.is_ticket:
            self._remove_named_deck(drop, ticket)
        if not self._takes(drop, case):
            self._cases.abandon(drop.path)
            return Considered(Step.WAITING, drop.path, "was written again")
        for draft in case.others:  # none of them can count any more
            with suppress(ShareError):
                self._share.remove(draft)
        name = complete_adoption(self._share, Taken(ticket, case.mark))
        self._cases.forget(drop.path)
        return Considered(Step.ADOPTED, drop.path, name, case.job)

    def _takes(self, drop: Dropped, case: Case) -> bool:
        """Whether the drop is this adopter's now; if not it is back, as another file than was seen.

        Raises Gone when another adopter has it.
        """
        taken = folders.taken(case.job, case.mark)
        with suppress(Gone):  # said, too, of a move that was done and asked for again
            self._share.move(drop.path, taken)
        is_other = self._is_other(taken, case.sight)
        if is_other:
            self._share.move(taken, drop.path)
        return not is_other

    def _is_other(self, taken: str, seen: Sight) -> bool:
        """Whether somebody has copied another file over the drop just before it was taken, or is
        at it: nobody can begin to after that, its name is gone.
        """
        if self._share.settled(taken) is Settled.WRITING:
            return True
        now = self._share.examine(taken)
        return (now.size_bytes, now.modified_ns) != (seen.size_bytes, seen.modified_ns)

    def _remove_named_deck(self, drop: Dropped, ticket: Ticket) -> None:
        deck = ticket.draft.input
        for copied in ticket.inputs:
            if copied.name == deck:
                with suppress(Gone):
                    found = ShareSource(self._share, drop.folder).digest_of(deck)
                    if found == Copied(copied.size_bytes, copied.sha256):
                        self._share.remove(f"{drop.folder}/{deck}")

    def _note_used(self, drop: Dropped, inputs: tuple[InputFile, ...]) -> None:
        now_s = self._spool.clock.monotonic_s()
        self.used |= {f"{drop.folder}/{i.name}": now_s for i in inputs if i.name != drop.name}

    def _take_in(
        self, drop: Dropped, job: str, source: ShareSource, name: str, staged: str
    ) -> InputFile:
        target = f"{folders.job(job)}/{name}"
        if name == drop.name:
            copied = source.digest_of(name)
            return InputFile(name, staged, copied.size_bytes, copied.sha256)
        if "/" in name:
            make_folders(self._share, target.rpartition("/")[0])
        try:
            copied = self._share.duplicate(f"{drop.folder}/{name}", target)
        except Exists:  # an adopter before us came as far as this
            copied = ShareSource(self._share, folders.job(job)).digest_of(name)
        return InputFile(name, staged, copied.size_bytes, copied.sha256)

    def _unreadable(self, drop: Dropped, error: Denied) -> Considered:
        try:
            kind = self._share.examine(drop.path).kind
        except ShareError:
            return Considered(Step.NOTHING, drop.path, "is gone")
        problem = BadInput(
            f"{drop.name} cannot be read: {error.message}",
            cure="Give the node's account the right to read it, or copy it again.",
        )
        if kind is Kind.OTHER:
            problem = BadInput(
                f"{drop.name} is a link, a pipe or a device, not a file",
                cure="Copy the file itself into incoming.",
            )
        elif not self._is_late(drop.path):
            return Considered(Step.WAITING, drop.path, error.message)
        return self._reject(drop, problem)

    def _wait(self, drop: Dropped, error: Unready) -> Considered:
        if self._is_late(drop.path):
            return self._reject(drop, error.problem)
        case = self._cases[drop.path]
        case.awaited, case.why = error.awaited, error.problem.message
        case.read_at_s = self._spool.clock.monotonic_s()
        return Considered(Step.WAITING, drop.path, case.why, case.job)

    def _reject(self, drop: Dropped, error: WamError) -> Considered:
        try:
            if drop.is_ticket:
                self._reject_deck(drop, error)
            name = reject(self._share, drop.path, error)
        except ShareError as obstacle:
            return Considered(Step.WAITING, drop.path, obstacle.message)
        self._cases.abandon(drop.path)
        if name is None:
            return Considered(Step.NOTHING, drop.path, "is gone")
        return Considered(Step.REJECTED, drop.path, f"{folders.REJECTED}/{name}: {error.message}")

    def _reject_deck(self, drop: Dropped, error: WamError) -> None:
        """The deck goes with its ticket: alone it would be run, without what the ticket asks."""
        deck = self._pairs.deck_of(drop.folder, drop.name)
        with suppress(Gone, BadName):
            path = f"{drop.folder}/{check_file_path(deck)}"
            if "/" not in deck and self._share.examine(path).kind is Kind.FILE:
                reject(self._share, path, error)
