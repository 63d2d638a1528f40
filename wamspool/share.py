"""The one narrow interface to the shared folder. Nothing above it touches the spool's files.

Paths are relative to the spool's root, with '/'. Every verb is one request in the terms of a
network share, and costs about one round trip, except where it says otherwise. Every verb may
raise Denied and Unreachable. After Unreachable from a changing verb it is not known whether the
change was made: the caller looks before it decides, and retries verbs, never procedures.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol

CHUNK_BYTES = 1 << 20
SMALL_FILE_BYTES = 8 << 20


class Kind(StrEnum):
    """What a name in a listing stands for. Links, pipes and devices are OTHER, never followed."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"


class Settled(StrEnum):
    """Whether a file's writer has finished, as far as this share can tell at this moment."""

    WRITING = "writing"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Entry(NamedTuple):
    """One name of a listing. A tuple, since there may be a hundred thousand of them."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file is like. ``changed_ns`` is the last change of anything about the file, by the
    server's clock where there is one; it does not move when a copy keeps old modification times.
    """

    kind: Kind
    size_bytes: int
    modified_ns: int
    changed_ns: int
    owner: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What a verified copy holds."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What a share can do; asked instead of what kind it is.

    ``answers_at_once``: a verb waits for nothing, so that nothing is won by several at a time.
    """

    has_owner: bool
    notifies: bool
    sees_writers: bool
    lookups_are_cached: bool
    answers_at_once: bool = False


Transform = Callable[[Iterator[bytes]], Iterator[bytes]]


class Watch(Protocol):
    """A running request to be told of changes."""

    def stop(self) -> None:
        """Nothing is told from now on."""


class Share(Protocol):
    """A shared folder."""

    @property
    def traits(self) -> Traits:
        """What this share can do."""

    @property
    def location(self) -> str:
        """What people call it: a path or an address, without secrets."""

    def list(self, folder: str) -> list[Entry]:
        """The names in the folder, hidden ones too, in no order; the freshest thing there is.

        A name in it may be gone already. Raises Gone when there is no such folder.
        """

    def examine(self, path: str) -> Examined:
        """What the file or folder is like now. Raises Gone. Does not follow links."""

    def read(self, path: str, *, most_bytes: int = SMALL_FILE_BYTES) -> bytes:
        """At most the first ``most_bytes`` of a file, without keeping anybody from it.

        Raises Gone; Denied for what is no plain file.
        """

    def read_from(self, path: str, offset: int, *, most_bytes: int) -> bytes:
        """A part of a file; empty at its end. Raises as ``read`` does."""

    def chunks(self, path: str) -> Iterator[bytes]:
        """The whole file in pieces, as ``read`` would give it; costs a trip a megabyte."""

    def create(self, path: str, content: bytes) -> None:
        """The file exists, whole; no reader ever saw less. Raises Exists, Gone (no folder), Full."""

    def replace(self, path: str, content: bytes) -> None:
        """Readers see the old content or the new. Raises Busy on shares where a reader blocks it."""

    def append(self, path: str, content: bytes) -> None:
        """The content stands at the end of the file, which is made if needed. For one writer."""

    def write_at(self, path: str, offset: int, content: bytes) -> None:
        """The file, made if needed, holds the content from ``offset`` on, and reads back so.

        For one writer, who makes a large file under a name that nobody looks at, from its
        beginning to its end: cut off, he goes on where the last call returned. Whoever has
        read it before may see what was there for a while yet. Costs a trip a megabyte, twice.
        Raises Gone (no folder), Full, CopyDiffers.
        """

    def make_folder(self, path: str) -> None:
        """**The door: exactly one caller returns**; all others raise Exists. Gone: no parent."""

    def move(self, source: str, target: str) -> None:
        """The file or folder lies at the target. Never over an existing name: raises Exists.

        Promises nothing when two callers move one source at once: contended moves go through a
        door first. Raises Gone when the source, or the target's folder, is not there.
        """

    def remove(self, path: str) -> None:
        """The file, or the empty folder, is gone. Raises Gone, Busy; Exists for a folder in use."""

    def copy_in(self, source: Path, path: str, *, transform: Transform | None = None) -> Copied:
        """A new file holds the (transformed) content of a local one, and was read back equal.

        Costs a trip a megabyte, twice. Raises Exists, Full, CopyDiffers.
        """

    def copy_out(self, path: str, target: Path) -> Copied:
        """A new local file holds what the share's file held; size and digest are of what was read.

        Raises OSError for what is wrong with the local file, which is left as far as it came.
        """

    def duplicate(self, source: str, target: str) -> Copied:
        """A new file of the share holds what another of its files held, and was read back equal.

        Costs as ``copy_out`` and ``copy_in`` where the server cannot copy by itself. Raises Gone,
        Exists, Full, CopyDiffers.
        """

    def settled(self, path: str) -> Settled:
        """Whether somebody is still writing the file, as far as this share can tell."""

    def now(self) -> datetime:
        """The share's clock (UTC); where it cannot be read, this machine's."""

    def free_bytes(self) -> int | None:
        """The room that this account has left on the share; None where it cannot be told."""

    def lock(self, path: str, *, timeout_s: float) -> AbstractContextManager[bool]:
        """A hint that spares contention; yields whether it was had. Nothing may depend on it."""

    def watch(self, folders: tuple[str, ...], changed: Callable[[str], None]) -> Watch | None:
        """``changed(folder)`` is called, on some thread, soon after a change in a folder: a hint.

        None where the share cannot tell. Some changes may be missed: polling is the contract.
        """
