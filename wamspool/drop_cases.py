"""What an adopter remembers of each drop, and the folders ``jobs/<job>/`` that it holds as doors."""

from contextlib import suppress
from dataclasses import dataclass

from spool_layout import folders
from wamspool.drop_names import job_of_drop
from wamspool.drops import Dropped
from wamspool.errors import Exists, Gone, ShareError
from wamspool.paired import Pairs
from wamspool.settling import Settling, Sight
from wamspool.share import Kind
from wamspool.spool import Spool
from wamspool.tree import remove_tree


@dataclass(slots=True)
class Case:
    """One drop between looks; spares reading the deck again. ``awaited`` may come yet. ``mark``:
    under which the draft lies that this adopter has made; empty before. ``others``: drafts of
    adopters before it.
    """

    sight: Sight
    job: str
    mark: str = ""
    others: tuple[str, ...] = ()
    awaited: frozenset[str] = frozenset()
    why: str = ""
    read_at_s: float = 0.0
    is_first: bool = False


class Cases:
    """The drops that an adopter is at; of what it leaves or abandons nothing stays behind."""

    def __init__(self, spool: Spool, settling: Settling, pairs: Pairs) -> None:
        self._spool = spool
        self._share = spool.share
        self._settling = settling
        self._pairs = pairs
        self._cases: dict[str, Case] = {}
        self._mine: set[str] = set()
        self._doors_seen: dict[str, float] = {}

    def __getitem__(self, path: str) -> Case:
        return self._cases[path]

    def of(self, drop: Dropped, sight: Sight) -> Case:
        """The case of the drop as it looks now; of how it looked before nothing is left."""
        case = self._cases.get(drop.path)
        if case is None or case.sight != sight:
            self.abandon(drop.path)
            job = job_of_drop(self._share, self._spool.settings.spool_id, drop, sight)
            case = self._cases[drop.path] = Case(sight, job)
        return case

    def may_adopt(self, case: Case) -> bool:
        """Whether the job's folder is this adopter's: made just now, or left by another for long."""
        job, case.is_first = case.job, False
        if job in self._mine:
            return True
        try:
            self._share.make_folder(folders.job(job))
        except Exists:
            settings = self._spool.settings
            now_s = self._spool.clock.monotonic_s()
            seen_s = now_s - self._doors_seen.setdefault(job, now_s)
            # The one who has it may be waiting for an include all that time.
            if seen_s < settings.door_grace_s + settings.include_wait_s:
                return False
        else:
            case.is_first = True
        self._mine.add(job)
        return True

    def leave(self, path: str) -> None:
        """Another was first: our draft cannot count any more. A folder that we have made just now,
        after the job had been adopted and even done, would stay for ever; one that holds something
        is not ours to remove.
        """
        case = self._cases.get(path)
        if case and case.mark:
            with suppress(ShareError):
                self._remove_draft(case)
        if case and case.is_first:
            with suppress(ShareError):
                self._share.remove(folders.job(case.job))
        self.forget(path)

    def _remove_draft(self, case: Case) -> None:
        """Unless it was we who took the drop, in a move to which we had no answer."""
        try:
            self._share.examine(folders.taken(case.job, case.mark))
        except Gone:
            self._share.remove(folders.own_draft(case.job, case.mark))

    def abandon(self, path: str) -> None:
        """Nothing is left of what this adopter prepared for the drop, which is still there."""
        case = self._cases.get(path)
        if case and case.job in self._mine:
            with suppress(ShareError):
                self._remove_prepared(folders.job(case.job), path.rpartition("/")[2])
        self.forget(path)

    def _remove_prepared(self, folder: str, drop: str) -> None:
        """The folder is gone, unless the drop lies in it: then another, who had waited longer
        than we were away, has made it a job. Only what was listed is removed, since that other
        may be putting it there at this moment.
        """
        entries = self._share.list(folder)
        if any(e.name == drop or folders.adopter_of_taken(e.name) for e in entries):
            return
        for entry in entries:
            path = f"{folder}/{entry.name}"
            if entry.kind is Kind.FOLDER:
                remove_tree(self._share, path)
            else:
                self._share.remove(path)
        self._share.remove(folder)

    def forget(self, path: str) -> None:
        """The drop is no case any more."""
        case = self._cases.pop(path, None)
        if case:
            self._mine.discard(case.job)
            self._doors_seen.pop(case.job, None)
        self._pairs.forget(path)
        self._settling.forget(path)
