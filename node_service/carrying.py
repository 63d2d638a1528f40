"""Results on their way to the spool: each file verified there, and none carried twice.

What has arrived is noted on scratch. A large stage-out that an outage or the end of the service
has cut off goes on from there: whole files stay, a large one goes on at its last verified block.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from node_service.attempt import Attempt
from node_service.node import Node
from node_service.scratch import AttemptFolder
from node_service.settings import INLINE_BYTES
from wamspool.piecewise import LARGE_BYTES, copy_blocks
from wamspool.publish import Publication, prepare, publication_of, take_up
from wamspool.tree import make_folders


@dataclass(frozen=True, slots=True)
class Arrival:
    """How much of a result has arrived, and what the result was like then."""

    size_bytes: int
    modified_ns: int
    arrived_bytes: int

    @property
    def is_whole(self) -> bool:
        """Whether all of it has arrived."""
        return self.arrived_bytes == self.size_bytes


@dataclass(slots=True)
class Progress:
    """What has arrived of an attempt's results, in the folder of which month."""

    folder: AttemptFolder
    month: str
    arrivals: dict[str, Arrival]

    @classmethod
    def of(cls, folder: AttemptFolder) -> "Progress":
        """As it was noted last. A line that was cut off says nothing."""
        found = cls(folder, "", {})
        for line in folder.carried():
            try:
                month, name, *numbers = json.loads(line)
                arrival = Arrival(*numbers)
            except (ValueError, TypeError):
                continue
            if month != found.month:
                found.month, found.arrivals = month, {}
            found.arrivals[name] = arrival
        return found

    def note(self, name: str, arrival: Arrival) -> None:
        """A service that comes after this one knows it, unless the scratch is full.

        A full scratch is what a job may leave: when this was an error, its results never left.
        """
        self.arrivals[name] = arrival
        numbers = (arrival.size_bytes, arrival.modified_ns, arrival.arrived_bytes)
        with suppress(OSError):
            self.folder.note_carried(json.dumps([self.month, name, *numbers]))

    def restrict(self, names: Iterable[str]) -> None:
        """Of other files nothing has arrived."""
        self.arrivals = {name: self.arrivals[name] for name in names}


def earlier_publication(node: Node, attempt: Attempt) -> Publication:
    """Where an earlier try has prepared the job's end, or where the first one will."""
    month = Progress.of(attempt.folder).month
    if month:
        return Publication(attempt.job, month, attempt.generation)
    return publication_of(attempt.place, now=node.spool.share.now())


def carry_results(node: Node, attempt: Attempt, name_shown_of: Mapping[str, str]) -> Publication:
    """All results lie verified in the hidden folder, each under the name that is given for the one
    in the run's folder (see ``names_shown``), and nothing else does.

    Raises TicketGone when the job is done already, CutOff, CopyDiffers, OSError and ShareError;
    then the next call goes on from what has arrived.
    """
    progress = Progress.of(attempt.folder)
    found = {shown: name for name, shown in name_shown_of.items()}
    sizes = {shown: attempt.folder.stamp(name) for shown, name in found.items()}
    publication = _folder_for(node, attempt, progress, sizes)
    is_large = sum(size for size, _ in sizes.values()) > INLINE_BYTES
    made: set[str] = set()
    for name, source in found.items():
        folder = name.rpartition("/")[0]
        if folder and folder not in made:
            make_folders(node.spool.share, f"{publication.folder}/{folder}")
            made.add(folder)
        arrival = progress.arrivals.get(name, Arrival(*sizes[name], 0))
        if arrival.size_bytes > LARGE_BYTES:
            _carry_blocks(node, publication, progress, (source, name), arrival)
        elif name not in progress.arrivals:
            _carry_whole(
                node, attempt.folder.run / source, f"{publication.folder}/{name}", waits=is_large
            )
            if is_large:
                progress.note(name, Arrival(*sizes[name], sizes[name][0]))
    return publication


def _folder_for(
    node: Node, attempt: Attempt, progress: Progress, sizes: Mapping[str, tuple[int, int]]
) -> Publication:
    share, now = node.spool.share, node.spool.share.now()
    same = {
        name: arrival.arrived_bytes
        for name, arrival in progress.arrivals.items()
        if sizes.get(name) == (arrival.size_bytes, arrival.modified_ns)
        and (arrival.is_whole or arrival.size_bytes > LARGE_BYTES)
    }
    if same:
        publication = Publication(attempt.job, progress.month, attempt.generation)
        kept = take_up(share, publication, same)
        progress.restrict(kept)
        kept_bytes = sum(same[name] for name in kept)
        extra = {"job": attempt.job, "files": len(kept), "bytes": kept_bytes}
        node.log.info("stage-out goes on", extra=extra)
        return publication
    progress.restrict(())
    publication = prepare(share, attempt.place, now=now)
    progress.month = publication.month
    return publication


def _carry_whole(node: Node, source: Path, path: str, *, waits: bool) -> None:
    if waits:
        node.spool.share.copy_in(source, path, transform=node.link.paced)
    else:  # it is the loop that carries what is small, and the loop must not wait
        node.link.note_sent(node.spool.share.copy_in(source, path).size_bytes)


def _carry_blocks(
    node: Node,
    publication: Publication,
    progress: Progress,
    names: tuple[str, str],
    arrival: Arrival,
) -> None:
    source, name = names
    size_bytes, modified_ns = arrival.size_bytes, arrival.modified_ns

    def read(offset: int, most_bytes: int) -> bytes:
        block = progress.folder.part(source, offset, most_bytes)
        if offset < size_bytes:
            node.link.take(len(block))
        return block

    copy_blocks(
        read,
        node.spool.share,
        f"{publication.folder}/{name}",
        start=arrival.arrived_bytes,
        size_bytes=size_bytes,
        arrived=lambda at, _: progress.note(name, Arrival(size_bytes, modified_ns, at)),
    )
