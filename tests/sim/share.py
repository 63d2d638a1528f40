"""A share in memory, seen through one client: the tree is common, the beliefs are its own.

Each verb is one or more requests. Before a request the port may let others go first, lose it,
lose its answer, or end the process; only a request touches the tree.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from tests.sim.access import LOCAL, Access
from tests.sim.caches import Contents, Lookups
from tests.sim.tree import Handle, Node, Tree
from wamspool.clock import Clock
from wamspool.errors import Busy, CopyDiffers, Denied, Exists, Gone, ShareError, Unreachable
from wamspool.share import (
    CHUNK_BYTES,
    SMALL_FILE_BYTES,
    Copied,
    Entry,
    Examined,
    Settled,
    Traits,
    Transform,
    Watch,
)

T = TypeVar("T")
NOTHING: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what it is called, and what it depends on and changes."""

    verb: str
    path: str
    lists: tuple[str, ...] = NOTHING
    looks: tuple[str, ...] = NOTHING
    changes: tuple[str, ...] = NOTHING
    target: str = ""


class Port(Protocol):
    """The way from a client to the tree."""

    def ask(self, request: Request, perform: Callable[[], T]) -> T:
        """What performing gave; or an error, with the request done or not."""

    def now(self) -> float:
        """The time that beliefs age by."""


class SimulatedShare:
    """One client of the simulated share."""

    def __init__(
        self, tree: Tree, port: Port, clock: Clock, *, access: Access = LOCAL, client: str = "a"
    ) -> None:
        self.tree = tree
        self.access = access
        self._port = port
        self._clock = clock
        self._client = client
        self._lookups = Lookups(tree, port.now, access.lookups_s)
        self._contents = Contents(port.now, access.rereads_s)
        self._handles: list[Handle] = []
        self._news: list[tuple[str, Node | None]] = []
        self._hidden = 0
        self._locks: dict[str, str] = tree.__dict__.setdefault("locks", {})
        self.traits = Traits(
            answers_at_once=True,  # an actor has one thread, which alone may take the baton
            has_owner=True,
            notifies=False,
            sees_writers=access.sees_writers,
            lookups_are_cached=access.lookups_s > 5,
        )

    @property
    def location(self) -> str:
        return f"simulated:{self.access.name}"

    def disconnect(self) -> None:
        """The client's process or its connection is gone: the server closes what it had open."""
        for handle in self._handles:
            self.tree.close(handle)
        self._handles.clear()

    def _ask(self, request: Request, perform: Callable[[], T]) -> T:
        try:
            result = self._port.ask(request, perform)
        except Unreachable:
            if self.access.is_smb:  # the connection is gone, and with it what was open
                self.disconnect()
            self._news.clear()
            raise
        if self._news:
            for path, node in self._news:
                self._lookups.learn(path, node)
            self._news.clear()
        return result

    # -------------------------------------------------------------- names

    def _spelt(self, path: str) -> str:
        """The path as the server spells it, where the client is blind to case."""
        if not self.access.blind_to_case or path in self.tree.nodes:
            return path
        node = self.tree.nodes[""]
        for part in path.split("/"):
            same = [n for n in node.names or {} if n.casefold() == part.casefold()]
            if not same:
                return path
            node = (node.names or {})[same[0]]
        return node.path

    def _find(self, path: str) -> Node | None:
        if not self.access.lookups_s:
            return self.tree.find(self._spelt(path))
        return self._lookups.find(self._spelt(path))

    def _at(self, path: str) -> Node:
        node = self._find(path)
        if node is None:
            raise Gone(path, "no such file")
        return node

    def _place(self, path: str) -> str:
        """Where the server puts a name that this client gives: its folder may be elsewhere now."""
        if not self.access.lookups_s:
            return self._spelt(path)
        parent, name = self._lookups.parent_of(self._spelt(path))
        if parent.is_unlinked:
            raise Gone(path, "no folder for it")
        return f"{parent.path}/{name}" if parent.path else name

    def _learn(self, path: str, node: Node | None) -> None:
        """This client has changed the name itself, and knows once it is told so."""
        if self.access.lookups_s:
            self._news.append((path, node))

    def _open(self, node: Node, *, deletes: bool, shares_delete: bool) -> Handle:
        handle = self.tree.open(node, self._client, deletes=deletes, shares_delete=shares_delete)
        self._handles.append(handle)
        return handle

    def _close(self, handle: Handle) -> None:
        if handle in self._handles:
            self._handles.remove(handle)
        self.tree.close(handle)

    def _patiently(self, verb: Callable[[], T]) -> T:
        """Sharing violations are tried again for a while: scanners hold files for moments."""
        for _ in range(self.access.patience):
            try:
                return verb()
            except Busy:
                self._clock.sleep(0.1)
        return verb()

    # -------------------------------------------------------------- looking

    def list(self, folder: str) -> list[Entry]:
        def perform() -> list[Entry]:
            node = self._at(folder)
            if node.names is None:
                raise Denied(folder, "is no folder")
            self._contents.forget(folder)
            self._lookups.listed(node)
            return [Entry(name, inner.kind) for name, inner in node.names.items()]

        return self._ask(Request("list", folder, lists=(folder,)), perform)

    def examine(self, path: str) -> Examined:
        def perform() -> Examined:
            node = self._at(path)
            return Examined(
                node.kind, len(node.content), node.modified_ns, node.changed_ns, node.owner
            )

        return self._ask(Request("examine", path, looks=(path,)), perform)

    def read(self, path: str, *, most_bytes: int = SMALL_FILE_BYTES) -> bytes:
        return self.read_from(path, 0, most_bytes=most_bytes)

    def _file(self, path: str) -> Node:
        node = self._at(path)
        if node.names is not None:
            raise Denied(path, "is no plain file")
        return node

    def read_from(self, path: str, offset: int, *, most_bytes: int) -> bytes:
        if self.access.slow_reads:
            return self._slow_read(path, offset, most_bytes)

        def perform() -> bytes:
            content = self._contents.read(path, self._file(path).content)
            return content[offset : offset + most_bytes]

        return self._ask(Request("read", path, looks=(path,)), perform)

    def _slow_read(self, path: str, offset: int, most_bytes: int) -> bytes:
        handle = self._ask(
            Request("open", path, looks=(path,)),
            lambda: self._open(self._file(path), deletes=False, shares_delete=True),
        )

        def perform() -> bytes:
            return handle.node.content[offset : offset + most_bytes]

        try:
            return self._ask(Request("read", path, looks=(path,)), perform)
        finally:
            self._close(handle)

    def chunks(self, path: str) -> Iterator[bytes]:
        handle = None
        try:

            def begin() -> Node:
                nonlocal handle
                node = self._file(path)
                if self.access.is_smb:
                    handle = self._open(node, deletes=False, shares_delete=True)
                return node

            node = self._ask(Request("open", path, looks=(path,)), begin)
            offset = 0
            while True:
                at = offset

                def piece(at: int = at) -> bytes:
                    return node.content[at : at + CHUNK_BYTES]

                if offset:
                    found = self._ask(Request("read", path, looks=(path,)), piece)
                else:
                    found = piece()
                if not found:
                    return
                yield found
                offset += len(found)
                if offset >= len(node.content):
                    return
        finally:
            if handle is not None:
                self._close(handle)

    # -------------------------------------------------------------- making

    def create(self, path: str, content: bytes) -> None:
        self._make(path, content)

    def _make(self, path: str, content: bytes) -> None:
        if not self.access.hidden_first:
            self._ask(Request("create", path, changes=(path,)), lambda: self._add(path, content))
            return
        hidden = self._write_hidden(path, content)
        try:
            self._ask(
                Request("name", hidden, changes=(hidden, path), target=path),
                lambda: self._name(hidden, path),
            )
        except ShareError:
            self._clear(hidden)
            raise
        if not self.access.is_smb:  # by a second name, as NFS does it; the first one goes
            self._clear(hidden)

    def _write_hidden(self, path: str, content: bytes) -> str:
        folder = path.rpartition("/")[0]
        self._hidden += 1
        hidden = f"{folder}/.wam-{self._client}-{self._hidden}".lstrip("/")
        self._ask(Request("write", hidden, changes=(hidden,)), lambda: self._add(hidden, content))
        return hidden

    def _clear(self, hidden: str) -> None:
        def perform() -> None:
            node = self.tree.find(self._place(hidden))
            if node is not None:
                self.tree.remove(node)

        try:
            self._ask(Request("clear", hidden, changes=(hidden,)), perform)
        except ShareError:
            return

    def _name(self, hidden: str, path: str) -> None:
        place = self._place(path)
        found = self.tree.nodes.get(place)
        unnamed = self.tree.find(self._place(hidden))
        if unnamed is None:
            raise Exists(path, "is there already") if found else Gone(hidden, "no such file")
        if found is not None:
            raise Exists(path, "is there already")
        if self.access.is_smb:
            self.tree.rename(unnamed, place)
            self._learn(path, unnamed)
        else:  # a hard link, of which the tree knows nothing: a new file of the same content
            self._learn(path, self.tree.add(place, unnamed.content))

    def _add(self, path: str, content: bytes | None) -> None:
        place = self._place(path)
        if place in self.tree.nodes:
            raise Exists(path, "is there already")
        self._learn(path, self.tree.add(place, content))

    def replace(self, path: str, content: bytes) -> None:
        hidden = self._write_hidden(path, content)

        def perform() -> None:
            place = self._place(path)
            there = self.tree.find(place)
            if there is not None and there.handles and self.access.is_smb:
                raise Busy(path, "somebody reads it")
            node = self.tree.at(self._place(hidden))
            self.tree.rename(node, place, over=True)
            self._learn(path, node)

        request = Request("replace", path, changes=(hidden, path))
        try:
            self._patiently(lambda: self._ask(request, perform))
        except ShareError:
            self._clear(hidden)
            raise

    def append(self, path: str, content: bytes) -> None:
        def perform() -> None:
            place = self._place(path)
            node = self.tree.find(place)
            if node is None:
                self._add(path, content)
            elif node.names is not None:
                raise Denied(path, "is no plain file")
            else:
                self.tree.write(node, node.content + content)

        self._ask(Request("append", path, changes=(path,)), perform)

    def write_at(self, path: str, offset: int, content: bytes) -> None:
        def perform() -> None:
            node = self.tree.find(self._place(path))
            if node is None:
                self._add(path, b"\0" * offset + content)
            elif node.names is not None:
                raise Denied(path, "is no plain file")
            else:
                old = node.content.ljust(offset, b"\0")
                self.tree.write(node, old[:offset] + content + old[offset + len(content) :])

        self._ask(Request("write_at", path, changes=(path,)), perform)

    def make_folder(self, path: str) -> None:
        self._ask(Request("make_folder", path, changes=(path,)), lambda: self._add(path, None))

    # -------------------------------------------------------------- moving and removing

    def move(self, source: str, target: str) -> None:
        if self.access.moves_by_handle:
            self._patiently(lambda: self._move_by_handle(source, target))
        elif self.access.never_over:
            self._ask(
                Request("move", source, changes=(source, target), target=target),
                lambda: self._rename(source, target, over=False),
            )
        else:
            self._look_and_move(source, target)

    def _look_and_move(self, source: str, target: str) -> None:
        def look() -> None:
            if self._find(target) is not None:
                raise Exists(target, "is there already")

        self._ask(Request("look", target, looks=(target,)), look)
        self._ask(
            Request("move", source, changes=(source, target), target=target),
            lambda: self._rename(source, target, over=True),
        )

    def _rename(self, source: str, target: str, *, over: bool) -> None:
        self._at(source)  # what is believed to be gone is not even asked for
        node = self.tree.find(self._place(source))
        if node is None:
            self._learn(source, None)
            raise Gone(source, "no such file")
        if self.access.is_smb and any(not handle.shares_delete for handle in node.handles):
            raise Busy(source, "is in use by another client")
        self.tree.rename(node, self._place(target), over=over)
        if not self.access.is_smb:
            for handle in node.handles:
                handle.is_stale = True
        self._learn(source, None)
        self._learn(target, node)

    def _move_by_handle(self, source: str, target: str) -> None:
        shares = not self.access.withholds_delete
        handle = self._ask(
            Request("open", source, looks=(source,), changes=(f"{source}#handle",)),
            lambda: self._open(self._at(source), deletes=True, shares_delete=shares),
        )

        def perform() -> None:
            node = handle.node
            self._close(handle)
            if handle.is_stale or node.is_unlinked or node.delete_pending:
                raise Gone(source, "no such file")
            self.tree.rename(node, self._place(target))

        request = Request(
            "move", source, changes=(source, f"{source}#handle", target), target=target
        )
        try:
            self._ask(request, perform)
        finally:
            self._close(handle)

    def remove(self, path: str) -> None:
        def perform() -> None:
            node = self.tree.find(self._place(path))
            if node is None:
                raise Gone(path, "no such file")
            if self.access.is_smb and node.names is None:
                self.tree.remove_when_closed(node)
            else:
                self.tree.remove(node)
            self._learn(path, None)

        request = Request("remove", path, lists=(path,), changes=(path,))
        self._patiently(lambda: self._ask(request, perform))

    # -------------------------------------------------------------- copying

    def copy_in(self, source: Path, path: str, *, transform: Transform | None = None) -> Copied:
        try:
            content: bytes = source.read_bytes()
        except FileNotFoundError:
            raise Gone(str(source), "no such file") from None
        if transform:
            pieces = (
                content[at : at + CHUNK_BYTES] for at in range(0, len(content) or 1, CHUNK_BYTES)
            )
            content = b"".join(transform(pieces))
        return self._write_verified(path, content)

    def _write_verified(self, path: str, content: bytes) -> Copied:
        self._make(path, content)
        if self.read(path, most_bytes=len(content) + 1) != content:
            self.remove(path)
            raise CopyDiffers(f"{path}: what was written reads back differently")
        return Copied(len(content), hashlib.sha256(content).hexdigest())

    def copy_out(self, path: str, target: Path) -> Copied:
        content = b"".join(self.chunks(path))
        if target.exists():
            raise FileExistsError(str(target))
        target.write_bytes(content)
        return Copied(len(content), hashlib.sha256(content).hexdigest())

    def duplicate(self, source: str, target: str) -> Copied:
        return self._write_verified(target, b"".join(self.chunks(source)))

    # -------------------------------------------------------------- hints

    def settled(self, path: str) -> Settled:
        def perform() -> Settled:
            node = self._file(path)
            if not self.access.sees_writers:
                return Settled.UNKNOWN
            return Settled.WRITING if node.writers else Settled.CLOSED

        return self._ask(Request("settled", path, looks=(path,)), perform)

    def free_bytes(self) -> int | None:
        return None

    def now(self) -> datetime:
        return self._clock.utc_now()

    @contextmanager
    def _lock(self, path: str) -> Iterator[bool]:
        folder = path.rpartition("/")[0]
        had = (
            self.tree.nodes.get(folder, Node("")).names is not None
            and self._locks.setdefault(path, self._client) == self._client
            and self._locks.get(f"{path}#held") is None
        )
        if had:
            self._locks[f"{path}#held"] = self._client
        try:
            yield had
        finally:
            if had:
                self._locks.pop(path, None)
                self._locks.pop(f"{path}#held", None)

    def lock(self, path: str, *, timeout_s: float) -> AbstractContextManager[bool]:
        return self._lock(path)

    def watch(self, folders: tuple[str, ...], changed: Callable[[str], None]) -> Watch | None:
        return None
