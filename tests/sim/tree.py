"""The true tree of a simulated share: what lies on the server, whatever its clients believe.

Every operation here is atomic; what a client's verb does in several requests is several
operations. Files are objects that handles may go on pointing to when their names change.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from wamspool.errors import Busy, Denied, Exists, Gone
from wamspool.share import Entry, Kind

START_NS = 1_795_000_000_000_000_000  # late in 2026, for people who read a trace


@dataclass(slots=True, eq=False)
class Handle:
    """An open file of one client of the SMB server; others' opens leave no trace there."""

    node: "Node"
    client: str
    deletes: bool
    shares_delete: bool
    is_stale: bool = False


@dataclass(slots=True, eq=False)
class Node:
    """A file or a folder. ``names`` is None for files."""

    path: str
    content: bytes = b""
    names: dict[str, "Node"] | None = None
    modified_ns: int = 0
    changed_ns: int = 0
    owner: str = "jo"
    writers: int = 0
    handles: list[Handle] = field(default_factory=list)
    delete_pending: bool = False
    is_unlinked: bool = False

    @property
    def kind(self) -> Kind:
        return Kind.FILE if self.names is None else Kind.FOLDER


class Observer(Protocol):
    """Is told of every change, after it was made."""

    def added(self, node: Node) -> None: ...

    def removed(self, path: str, node: Node) -> None: ...

    def moved(self, source: str, node: Node) -> None: ...

    def changed(self, node: Node) -> None: ...

    def overwritten(self, path: str, node: Node) -> None: ...


class Silent:
    """Nobody listens."""

    def added(self, node: Node) -> None:
        pass

    def removed(self, path: str, node: Node) -> None:
        pass

    def moved(self, source: str, node: Node) -> None:
        pass

    def changed(self, node: Node) -> None:
        pass

    def overwritten(self, path: str, node: Node) -> None:
        pass


class Tree:
    """Files and folders by path, with '/', relative to the root, which is ''."""

    def __init__(self, now_ns: Callable[[], int] | None = None) -> None:
        self._count = 0
        self._now_ns = now_ns
        self.nodes: dict[str, Node] = {"": Node("", names={})}
        self.observer: Observer = Silent()

    def _time(self) -> int:
        self._count += 1
        if self._now_ns is not None:
            return self._now_ns() + self._count
        return START_NS + self._count * 1000

    # -------------------------------------------------------------- looking

    def find(self, path: str) -> Node | None:
        node = self.nodes.get(path)
        return None if node is None or node.delete_pending else node

    def at(self, path: str) -> Node:
        node = self.nodes.get(path)
        if node is None or node.delete_pending:
            raise Gone(path, "no such file")
        return node

    def listing(self, folder: str) -> list[Entry]:
        node = self.at(folder)
        if node.names is None:
            raise Denied(folder, "is no folder")
        # A name whose deletion is pending is still listed.
        return [Entry(name, inner.kind) for name, inner in node.names.items()]

    def below(self, folder: str) -> Iterator[Node]:
        """All nodes under a folder."""
        for inner in list((self.nodes[folder].names or {}).values()):
            yield inner
            if inner.names is not None:
                yield from self.below(inner.path)

    def _parent(self, path: str) -> tuple[Node, str]:
        folder, _, name = path.rpartition("/")
        parent = self.nodes.get(folder)
        if parent is None or parent.names is None:
            raise Gone(path, "no folder for it")
        return parent, name

    # -------------------------------------------------------------- changing

    def add(self, path: str, content: bytes | None, *, owner: str = "jo") -> Node:
        """A new file, or with None a folder. Raises Exists, Gone."""
        parent, name = self._parent(path)
        if path in self.nodes:
            raise Exists(path, "is there already")
        now = self._time()
        names: dict[str, Node] | None = {} if content is None else None
        node = Node(path, content or b"", names, now, now, owner)
        parent.names[name] = node  # type: ignore[index]
        self.nodes[path] = node
        self.observer.added(node)
        return node

    def write(self, node: Node, content: bytes) -> None:
        node.content = content
        node.modified_ns = node.changed_ns = self._time()
        if not node.is_unlinked:
            self.observer.changed(node)

    def rename(self, node: Node, target: str, *, over: bool = False) -> None:
        """The node has another name. ``over``: as POSIX does it, over a file that is there."""
        parent, name = self._parent(target)
        there = self.nodes.get(target)
        if there is not None and there is not node:
            replaces = over and (
                (there.names is None and node.names is None)
                or (there.names is not None and not there.names and node.names is not None)
            )
            if not replaces:
                raise Exists(target, "is there already")
            self._unlink(there)
            self.observer.overwritten(target, there)
        source = node.path
        if f"{target}/".startswith(f"{source}/") and target != source:
            raise Denied(source, "cannot lie in itself")
        self._take_out(node)
        self._put_in(node, parent, name, target)
        node.changed_ns = self._time()
        self.observer.moved(source, node)

    def _take_out(self, node: Node) -> None:
        folder, _, name = node.path.rpartition("/")
        del self.nodes[folder].names[name]  # type: ignore[union-attr]
        moving = [node, *self.below(node.path)] if node.names else [node]
        for one in moving:
            del self.nodes[one.path]

    def _put_in(self, node: Node, parent: Node, name: str, target: str) -> None:
        old = node.path
        node.path = target
        self.nodes[target] = node
        parent.names[name] = node  # type: ignore[index]
        if node.names:
            self._renamed_below(node, old)

    def _renamed_below(self, node: Node, old: str) -> None:
        for name, inner in (node.names or {}).items():
            inner.path = f"{node.path}/{name}"
            self.nodes[inner.path] = inner
            if inner.names:
                self._renamed_below(inner, old)

    def _unlink(self, node: Node) -> None:
        folder, _, name = node.path.rpartition("/")
        del self.nodes[folder].names[name]  # type: ignore[union-attr]
        del self.nodes[node.path]
        node.is_unlinked = True

    def remove(self, node: Node) -> None:
        """Raises Exists for a folder in use."""
        if node.names:
            raise Exists(node.path, "is not empty")
        if not node.path:
            raise Denied("", "is the root")
        self._unlink(node)
        self.observer.removed(node.path, node)

    # -------------------------------------------------------------- SMB handles

    def open(self, node: Node, client: str, *, deletes: bool, shares_delete: bool) -> Handle:
        """A handle, if those of others permit it. Raises Busy: a sharing violation."""
        for other in node.handles:
            if (deletes and not other.shares_delete) or (other.deletes and not shares_delete):
                raise Busy(node.path, "is in use by another client")
        if deletes and node.names is not None:
            for inner in self.below(node.path):
                if inner.handles:
                    raise Busy(node.path, "a file inside is in use by another client")
        handle = Handle(node, client, deletes, shares_delete)
        node.handles.append(handle)
        return handle

    def close(self, handle: Handle) -> None:
        node = handle.node
        if handle in node.handles:
            node.handles.remove(handle)
        if node.delete_pending and not node.handles and not node.is_unlinked:
            node.delete_pending = False
            self._unlink(node)

    def remove_when_closed(self, node: Node) -> None:
        """As SMB deletes: the name goes with the last handle."""
        if node.names:
            raise Exists(node.path, "is not empty")
        if not node.handles:
            self.remove(node)
            return
        if any(not other.shares_delete for other in node.handles):
            raise Busy(node.path, "is in use by another client")
        node.delete_pending = True
        self.observer.removed(node.path, node)
