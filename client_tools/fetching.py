"""Copying results to this machine, so that nothing is lost and nothing is copied twice."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from client_tools.broken_copy import Large
from client_tools.errors import LocalFile, WouldOverwrite
from client_tools.views.job import ResultFile
from client_tools.views.output import Output
from spool_layout.units import format_size
from wamspool.clock import Clock
from wamspool.errors import CopyDiffers, ShareError
from wamspool.gather import ShareSource
from wamspool.open_share import make_share
from wamspool.piecewise import LARGE_BYTES
from wamspool.share import Copied, Kind, Share
from wamspool.tree import make_folders

SHOWN_IN_MESSAGE = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here now; ``copied``: it was not before."""

    name: str
    held: Copied
    copied: bool


class Fetcher:
    """Copies files of one folder of a share into a folder of this machine."""

    def __init__(self, share: Share, folder: str, target: Path, clock: Clock) -> None:
        self._share = share
        self._folder = folder
        self._target = target
        self._clock = clock
        self._source = ShareSource(share, folder)

    def fetch(self, files: Sequence[ResultFile], *, force: bool, output: Output) -> list[Fetched]:
        """All files are here, as they are on the share.

        What is here already with the same content is left; a large file of which an earlier call
        has copied a part goes on there. Raises WouldOverwrite, before anything
        is copied, when another file would be lost and ``force`` is not given; CopyDiffers,
        LocalFile, ShareError.
        """
        try:
            local = make_share(str(self._target), self._clock)
            here = {file.name: self._is_here(local, file) for file in files}
            different = [name for name, same in here.items() if same is False]
            if different and not force:
                shown = ", ".join(different[:SHOWN_IN_MESSAGE])
                more = f" and {len(different) - SHOWN_IN_MESSAGE} more"
                raise WouldOverwrite(
                    f"{self._target} holds other files of these names: {shown}"
                    + (more if len(different) > SHOWN_IN_MESSAGE else "")
                )
            return [self._one(local, file, here=here[file.name], output=output) for file in files]
        except OSError as error:
            place = error.filename or self._target
            raise LocalFile(f"{place}: {error.strerror or error}") from None

    def _is_here(self, local: Share, file: ResultFile) -> bool | None:
        """True: the same; False: another; None: nothing of this name."""
        try:
            examined = local.examine(file.name)
        except ShareError:
            return None
        if examined.kind is not Kind.FILE:
            return False
        if examined.size_bytes != file.size_bytes:
            return False
        return ShareSource(local, "").digest_of(file.name) == self._source.digest_of(file.name)

    def _one(self, local: Share, file: ResultFile, *, here: bool | None, output: Output) -> Fetched:
        if here:
            return Fetched(file.name, self._source.digest_of(file.name), copied=False)
        output.passing(f"copying {file.name} ({format_size(file.size_bytes)})")
        folder, _, name = file.name.rpartition("/")
        if folder:
            make_folders(local, folder)
        # A name of its own until it is whole: what an interruption leaves is no result.
        begin = f"{folder}/.{name}" if folder else f".{name}"
        part, note = f"{begin}.wam-part", f"{begin}.wam-copied"
        if file.size_bytes > LARGE_BYTES:
            large = Large(self._share, f"{self._folder}/{file.name}", local, part, note)
            held = large.copy(lambda at, size: output.passing(_far(file.name, at, size)))
        else:
            held = self._small(local, file, part)
        if here is False:
            local.remove(file.name)
        local.move(part, file.name)
        with suppress(ShareError):
            local.remove(note)
        return Fetched(file.name, held, copied=True)

    def _small(self, local: Share, file: ResultFile, part: str) -> Copied:
        with suppress(ShareError):
            local.remove(part)
        try:
            held = self._share.copy_out(f"{self._folder}/{file.name}", self._target / part)
            if ShareSource(local, "").digest_of(part) != held:
                raise CopyDiffers(f"{self._target / file.name}: reads back differently")
        except BaseException:
            with suppress(ShareError):
                local.remove(part)
            raise
        return held


def _far(name: str, at_bytes: int, size_bytes: int) -> str:
    return f"copying {name}, {100 * at_bytes // size_bytes} % of {format_size(size_bytes)}"
