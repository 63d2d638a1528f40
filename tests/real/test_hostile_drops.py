"""What a careless or hostile user may drop: each is refused with a reason or left alone, the node
lives on and runs the next job, and nothing outside of the spool is read or written.
"""

import os
import re
import socket
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from node_service.loop import Loop
from tests.real.real_spool import (
    SHELL,
    LocalShare,
    SteppedClock,
    make_node,
    make_spool,
    open_at,
    outcomes,
    step,
    wait_for,
)

pytestmark = pytest.mark.real

CANARY = b"canary-5b1f: nobody may read this\n*NODE\n1,0,0,0\n*STEP\n*STATIC\n*END STEP\n"
SCRIPT = "echo done >deck.dat\n"
DECK = "*NODE\n1,0,0,0\n*STEP\n*STATIC\n*END STEP\n"
TICKET_NAME = "5-20260101-000000-000-job-abcde"


@dataclass(frozen=True)
class Case:
    """What is planted, and what must come of it: the state of ``name``, and words of the text."""

    name: str
    plant: Callable[["Yard"], None]
    end: str
    words: tuple[str, ...] = ()


class Yard:
    """A spool with a node in this process, and a file outside that nobody may touch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = make_spool(folder / "spool", default_solver="calculix")
        self.incoming = self.root / "incoming"
        self.outside = folder / "outside"
        self.outside.mkdir()
        self.canary = self.outside / "canary.inp"
        self.canary.write_bytes(CANARY)
        old_s = time.time() - 200_000
        os.utime(self.canary, (old_s - 1000, old_s))
        self.seen = self.canary.stat()
        clock = SteppedClock()
        self.share = LocalShare(self.root, clock, durable=False)
        programs = {"command": SHELL, "calculix": "/bin/true"}
        self.node = make_node(
            open_at(self.root, clock, self.share), folder / "scratch", programs=programs
        )
        self.loop = Loop(self.node)
        self.loop.begin()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.incoming / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def pass_time(self, duration_s: float = 12.0) -> None:
        for _ in range(int(duration_s / 0.25)):
            self.loop.turn()
            step(self.node)

    def turn_until(self, condition: Callable[[], object], what: str):
        def turned():
            self.loop.turn()
            step(self.node)
            return condition()

        return wait_for(turned, what, deadline_s=20)

    def run_good_job(self) -> None:
        """A job that comes after all that is run as if nothing had been."""
        self.write("good.inp", "echo good >good.dat\n")
        self.write("good.yaml", "input: good.inp\nsolver: command\n")
        self.turn_until(lambda: list(self.root.glob("done/*/good-*/good.dat")), "the good job")

    def check_canary(self) -> None:
        now = self.canary.stat()
        assert (now.st_mtime_ns, now.st_size) == (self.seen.st_mtime_ns, self.seen.st_size)
        assert now.st_nlink == 1 and now.st_mode == self.seen.st_mode
        if reading_shows(self.folder):
            assert now.st_atime_ns == self.seen.st_atime_ns, "the canary was read"
        for place in (self.root, self.folder / "scratch"):
            for path in place.rglob("*"):
                if stat.S_ISREG(path.lstat().st_mode) and path.lstat().st_size < 1 << 22:
                    assert b"canary-5b1f" not in path.read_bytes(), path

    def rejected(self) -> dict[str, str]:
        """What was refused, with its text."""
        texts = {}
        for why in (self.root / "rejected").glob("*.why.txt"):
            texts[why.name.removesuffix(".why.txt")] = why.read_text(encoding="utf-8")
        return texts


def reading_shows(folder: Path) -> bool:
    """Whether this file system notes when a file is read."""
    probe = folder / "probe"
    probe.write_bytes(b"x")
    os.utime(probe, (1, 2))
    probe.read_bytes()
    return probe.stat().st_atime > 1


@pytest.fixture
def yard(tmp_path):
    return Yard(tmp_path)


def ticket(text: str | bytes) -> Callable[[Yard], None]:
    """A dropped ticket with a good script beside it."""

    def plant(yard: Yard) -> None:
        yard.write("ticket.yaml", text)
        yard.write("deck.inp", SCRIPT)

    return plant


def field(text: str) -> Callable[[Yard], None]:
    """A ticket that is good but for these lines."""
    return ticket(f"input: deck.inp\nsolver: command\n{text}\n")


def deck(content: str | bytes, **others: str | bytes) -> Callable[[Yard], None]:
    """A dropped deck, with files beside it ('_' in their names stands for '.')."""

    def plant(yard: Yard) -> None:
        for name, text in others.items():
            yard.write(name.replace("_", "."), text)
        yard.write("deck.inp", content)

    return plant


def including(name: str) -> str:
    return f"*INCLUDE, INPUT={name}\n{DECK}"


def named(name: str | bytes) -> Callable[[Yard], None]:
    """A good deck under this name."""

    def plant(yard: Yard) -> None:
        raw = name if isinstance(name, bytes) else name.encode()
        (yard.incoming / os.fsdecode(raw)).write_text(DECK)

    return plant


def linked(place: str, target: str) -> Callable[[Yard], None]:
    def plant(yard: Yard) -> None:
        (yard.incoming / place).symlink_to(yard.folder / target)
        yard.write("deck.inp", including(f"{place}/canary.inp" if "." not in place else place))

    return plant


def bare_link(yard: Yard) -> None:
    (yard.incoming / "deck.inp").symlink_to(yard.canary)


def link_in_folder(yard: Yard) -> None:
    (yard.incoming / "study").mkdir()
    (yard.incoming / "study/deck.inp").symlink_to(yard.canary)


def folder_link(yard: Yard) -> None:
    (yard.incoming / "study").symlink_to(yard.outside)


def ticket_link(yard: Yard) -> None:
    (yard.incoming / "ticket.yaml").symlink_to(yard.canary)


def fifo(yard: Yard) -> None:
    os.mkfifo(yard.incoming / "deck.inp")


def fifo_include(yard: Yard) -> None:
    os.mkfifo(yard.incoming / "pipe.inc")
    yard.write("deck.inp", including("pipe.inc"))


def socket_deck(yard: Yard) -> None:
    here = Path.cwd()
    os.chdir(yard.incoming)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("deck.inp")
    finally:
        os.chdir(here)


def device(yard: Yard) -> None:
    try:
        os.mknod(yard.incoming / "deck.inp", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        if os.environ.get("CI"):
            pytest.fail("a device node can be made by root only: run the tests as root")
        pytest.skip("a device node can be made by root only")


def twins(yard: Yard) -> None:
    yard.write("deck.inp", DECK)
    yard.write("DECK.inp", DECK)


def ten_thousand_includes(yard: Yard) -> None:
    lines = [f"*INCLUDE, INPUT=part{n}.inc\n" for n in range(10_000)]
    for number in range(10_000):
        (yard.incoming / f"part{number}.inc").write_bytes(b"** nothing\n")
    yard.write("deck.inp", "".join(lines) + DECK)


def three_thousand_includes(yard: Yard) -> None:
    """More than a ticket can list, fewer than a deck may name."""
    lines = [f"*INCLUDE, INPUT=part{n}.inc\n" for n in range(3000)]
    for number in range(3000):
        (yard.incoming / f"part{number}.inc").write_bytes(b"** nothing\n")
    yard.write("deck.inp", "".join(lines) + DECK)


def hand_made(place: str, content: bytes = b"\x00garbage", name: str = f"{TICKET_NAME}.yaml"):
    def plant(yard: Yard) -> None:
        (yard.root / place / name).write_bytes(content)

    return plant


def hand_made_folder(place: str, name: str = f"{TICKET_NAME}.yaml"):
    def plant(yard: Yard) -> None:
        (yard.root / place / name / "in").mkdir(parents=True)

    return plant


def hand_made_link(yard: Yard) -> None:
    (yard.incoming / f"{TICKET_NAME}.yaml").symlink_to(yard.canary)


def hand_made_fifo(yard: Yard) -> None:
    os.mkfifo(yard.incoming / f"{TICKET_NAME}.yaml")


def imitation(yard: Yard) -> None:
    """A whole ticket, made by hand, whose inputs lead out of the spool."""
    text = (
        "wam: 1\njob: job-abcde\ninput: deck.inp\nsolver: command\n"
        "inputs:\n  - {name: deck.inp, staged: ../../../../outside/canary.inp, size: 1}\n"
    )
    yard.write(f"{TICKET_NAME}.yaml", text)


def forged_fields(yard: Yard) -> None:
    yard.write("deck.inp", SCRIPT)
    yard.write(
        "ticket.yaml",
        "input: deck.inp\nsolver: command\njob: other-abcde\nowner: root\n"
        "dropped: ../outside/canary.inp\nsubmitted: 1999-01-01\n"
        "inputs:\n  - {name: ../../outside/canary.inp, staged: deck.inp}\n",
    )


def garbage_in_nodes(yard: Yard) -> None:
    nodes = yard.root / "nodes"
    (nodes / "alpha.7.json").write_bytes(b"\xff\x00")
    (nodes / "beta.999999999999999.json").write_text("[]")
    (nodes / "gamma.1.json").mkdir()
    (nodes / "alpha.999999999999999.json").write_text("{}")
    (nodes / "nonsense").write_text("?")


def garbage_in_doors(yard: Yard) -> None:
    doors = yard.root / "doors"
    (doors / "job-abcde.g1").write_text("a file")
    (doors / "other-abcde.g999999999").mkdir()
    (doors / "full-abcde.g1/inside").mkdir(parents=True)
    (doors / "nonsense").mkdir()


def garbage_in_done(yard: Yard) -> None:
    done = yard.root / "done"
    (done / "a file").write_text("?")
    (done / "2026-01").mkdir()
    (done / "2026-01/.job-abcde.g1").mkdir()
    (done / "2026-01/.job-abcde.gx").mkdir()
    (done / "2026-01/job-abcde").mkdir()
    (done / "2026-01/job-abcde/outcome.yaml").write_bytes(b"\x00")
    (yard.root / "jobs/a file").write_text("?")
    (yard.root / "jobs/job-abcde").mkdir()
    for name in ("ticket.draft.yaml", ".adopt-.drop", ".adopt-x.drop", ".adopt-x.yaml"):
        (yard.root / "jobs/job-abcde" / name).write_bytes(b"\xff")


def broken_settings(yard: Yard) -> None:
    (yard.root / "spool.yaml").write_bytes(b"\xff\x00: [")


def strangers(yard: Yard) -> None:
    for number in range(1000):
        yard.write(f"study/file{number}.{'txt stl step cad'.split()[number % 4]}", "x")


def deep(yard: Yard) -> None:
    yard.write("/".join(["d"] * 40) + "/notes.txt", "x")


def cycle_in_folder(yard: Yard) -> None:
    yard.write("study/a.inp", including("b.inp"))
    yard.write("study/b.inp", including("a.inp"))


def odd_folder(yard: Yard) -> None:
    yard.write("stu\ndy\x07/deck.inp", DECK)


def foreign_folder(yard: Yard) -> None:
    folder = yard.incoming / os.fsdecode(b"stu\xff\xfedy")
    folder.mkdir()
    (folder / "deck.inp").write_text(DECK)


LAUGHS = "a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b]\ninput: deck.inp\n"
REJECTED, ALONE, WAITS, RUN = "rejected", "alone", "queued", "run"
FAILED, RUNS = "failed", "completed"
OUT = "leads out of its folder"
CASES = [
    # --- tickets
    Case("laughs", ticket(LAUGHS), REJECTED, ("anchors and aliases",)),
    Case("huge-ticket", ticket(b"# " + b"x" * (100 << 20)), REJECTED, ("at most 262144",)),
    Case("input-up", ticket("input: ../../outside/canary.inp\n"), REJECTED, (OUT, "input")),
    Case("input-absolute", ticket("input: /etc/passwd\n"), REJECTED, ("relative path",)),
    Case("input-drive", ticket("input: C:\\x\\deck.inp\n"), REJECTED, ("character",)),
    Case("input-unc", ticket("input: \\\\server\\share\\deck.inp\n"), REJECTED, ("character",)),
    Case("input-hidden", ticket("input: .deck.inp\n"), REJECTED, ("hidden",)),
    Case("files-up", field("files: [../../outside/canary.inp]"), REJECTED, (OUT, "files")),
    Case("files-absolute", field("files: [/etc/passwd]"), REJECTED, ("relative path",)),
    Case("files-drive", field("files: ['C:/x']"), REJECTED, ("character",)),
    Case("files-absent", field("files: [nowhere.inc]"), REJECTED, ("nowhere.inc", "not there")),
    Case("input-absent", ticket("input: nowhere.inp\n"), REJECTED, ("nowhere.inp", "not there")),
    Case("twice", field("note: a\nnote: b"), REJECTED, ("given twice", "line 3")),
    Case("list-for-text", ticket("input: [a, b]\n"), REJECTED, ("input", "one text")),
    Case("number-for-mapping", field("resources: 5"), REJECTED, ("resources", "mapping")),
    Case("list-for-options", field("options: [1]"), REJECTED, ("options", "mapping")),
    Case("future", field("wam: 99"), REJECTED, ("format 99", "Update WAM")),
    Case("no-version", field("wam: zero"), REJECTED, ("whole number",)),
    Case("cpus-negative", field("resources: {cpus: -1}"), REJECTED, ("cpus", "1 to")),
    Case("cpus-zero", field("resources: {cpus: 0}"), REJECTED, ("cpus", "1 to")),
    Case("cpus-huge", field("resources: {cpus: 10000000}"), REJECTED, ("cpus", "not 10000000")),
    Case("cpus-nan", field("resources: {cpus: .nan}"), REJECTED, ("cpus", "whole number")),
    Case("cpus-word", field("resources: {cpus: eight}"), REJECTED, ("cpus", "'eight'")),
    Case("cpus-part", field("resources: {cpus: 2.5}"), REJECTED, ("cpus", "2.5")),
    Case("cpus-yes", field("resources: {cpus: true}"), REJECTED, ("cpus", "whole number")),
    Case("cpus-outside", field("cpus: 4"), REJECTED, ("wrong place", "resources")),
    Case("walltime-word", field("resources: {walltime: long}"), REJECTED, ("'long'", "12 h")),
    Case("walltime-negative", field("resources: {walltime: -5}"), REJECTED, ("duration",)),
    Case("walltime-inf", field("resources: {walltime: .inf}"), REJECTED, ("walltime",)),
    Case(
        "walltime-digits",
        field("resources: {walltime: " + "9" * 400 + "}"),
        REJECTED,
        ("walltime",),
    ),
    Case("memory-digits", field("resources: {memory: " + "9" * 400 + "}"), REJECTED, ("memory",)),
    Case("memory-word", field("resources: {memory: lots}"), REJECTED, ("memory", "16 GB")),
    Case("priority", field("priority: 77"), REJECTED, ("priority", "high, normal, low")),
    Case("misspelt", field("resources: {walltme: 5}"), REJECTED, ("Did you mean",)),
    Case("too-many-cpus", field("resources: {cpus: 64}"), REJECTED, ("64 cores", "Ask for less")),
    Case(
        "unknown-solver",
        ticket("input: deck.inp\nsolver: nosuch\n"),
        REJECTED,
        ("solver 'nosuch'", "wam status"),
    ),
    Case("option", field("options: {run: 'rm -rf /'}"), FAILED, ("run",)),
    Case("not-utf8", ticket(b"input: \xff\xfe\n"), REJECTED, ("UTF-8",)),
    Case("utf16-ticket", ticket("input: deck.inp\n".encode("utf-16")), REJECTED, ("UTF-8",)),
    Case("zeros", ticket(b"\0" * 5000), REJECTED, ("ticket.yaml",)),
    Case("empty-ticket", ticket(""), REJECTED, ("name: value",)),
    Case("list", ticket("- a\n- b\n"), REJECTED, ("name: value",)),
    Case("two-documents", ticket("input: deck.inp\n---\ninput: b\n"), REJECTED, ("second '---'",)),
    Case("nested", ticket("a: " + "[" * 5000), REJECTED, ("ticket.yaml",)),
    Case("tag", ticket("input: !!python/object/apply:os.system [id]\n"), REJECTED, ("tag",)),
    Case("forged", forged_fields, REJECTED, ("job",)),
    Case("name-of-path", field("name: ../../../etc/x"), RUNS),
    Case("ticket-link", ticket_link, REJECTED, ("link", "Copy the file itself")),
    # --- links, pipes, devices
    Case("deck-link", bare_link, REJECTED, ("link", "Copy the file itself")),
    Case("link-in-folder", link_in_folder, REJECTED, ("link", "Copy the file itself")),
    Case("folder-link", folder_link, ALONE),
    Case("include-link", linked("part.inc", "outside/canary.inp"), REJECTED, ("part.inc",)),
    Case("middle-link", linked("sub", "outside"), REJECTED, ("sub/canary.inp",)),
    Case("fifo", fifo, REJECTED, ("pipe",)),
    Case("fifo-include", fifo_include, REJECTED, ("pipe.inc",)),
    Case("socket", socket_deck, REJECTED, ("pipe or a device",)),
    Case("device", device, REJECTED, ("device",)),
    Case("folder-as-deck", lambda y: (y.incoming / "deck.inp").mkdir(), ALONE),
    # --- names
    Case("newline", named("new\nline.inp"), REJECTED, ("shares refuse", "plain name")),
    Case("control", named("be\x07ll.inp"), REJECTED, ("shares refuse",)),
    Case("foreign-bytes", named(b"f\xff\xfe.inp"), REJECTED, ("Unicode",)),
    Case("long-name", named("n" * 251 + ".inp"), REJECTED, ("too long",)),
    Case("reserved", named("CON.inp"), REJECTED, ("device on Windows",)),
    Case("colon", named("a:b.inp"), REJECTED, ("shares refuse",)),
    Case("backslash", named("a\\..\\x.inp"), REJECTED, ("shares refuse",)),
    Case("trailing-dot", named("deck.inp."), ALONE),
    Case("trailing-blank", named("deck.inp "), ALONE),
    Case("look-alike", named("br\u0430cket\u202e.inp"), RUN),
    Case("twins", twins, RUN),
    Case("odd-folder", odd_folder, REJECTED, ("shares refuse",)),
    Case("foreign-folder", foreign_folder, REJECTED, ("Unicode",)),
    # --- decks
    Case("random", deck(bytes(range(256)) * 400), REJECTED, ("deck.inp",)),
    Case("nul-deck", deck(b"\0" * 70_000), REJECTED, ("deck.inp",)),
    Case("empty-deck", deck(b""), REJECTED, ("deck.inp",)),
    Case("utf16-deck", deck(DECK.encode("utf-16")), REJECTED, ("UTF-16", "Save the file")),
    Case("bom", deck(b"\xef\xbb\xbf" + DECK.encode()), REJECTED, ("BOM",)),
    Case("huge-line", deck(b"*HEADING\n" + b"x" * (30 << 20) + b"\n" + DECK.encode()), RUN),
    Case("breaks-off", deck("*NODE\n1,0,0,0\n*STEP\n*STA"), REJECTED, ("breaks off", "whole")),
    Case(
        "cycle",
        deck(including("a.inc"), a_inc="*INCLUDE, INPUT=deck.inp\n"),
        REJECTED,
        ("deck.inp",),
    ),
    Case("self", deck(including("deck.inp")), REJECTED, ("include", "Take out")),
    Case("cycle-in-folder", cycle_in_folder, REJECTED, ("Take out",)),
    Case("missing-include", deck(including("no.inc")), REJECTED, ("no.inc", "Copy those files")),
    Case("include-up", deck(including("../../outside/canary.inp")), REJECTED, ("outside",)),
    Case("include-absolute", deck(including("/etc/passwd")), REJECTED, ("outside",)),
    Case("include-unc", deck(including("\\\\srv\\x\\y.inc")), REJECTED, ("y.inc",)),
    Case("includes-10000", ten_thousand_includes, REJECTED, ("deck.inp",)),
    Case("includes-3000", three_thousand_includes, REJECTED, ("fewer files",)),
    Case("wam-cpus", deck("** WAM: cpus=many\n" + DECK), REJECTED, ("cpus", "'many'")),
    Case("wam-word", deck("** WAM: command=rm\n" + DECK), REJECTED, ("command",)),
    Case("wam-input", deck("** WAM: input=/etc/passwd\n" + DECK), REJECTED, ("input", "cannot be")),
    Case("wam-files", deck("** WAM: files=/etc/passwd\n" + DECK), REJECTED, ("files", "cannot be")),
    Case("wam-twice", deck("** WAM: cpus=1 cpus=2\n" + DECK), REJECTED, ("cpus", "again")),
    # --- other places of the spool
    Case("ticket-garbage", hand_made("incoming"), ALONE),
    Case("ticket-folder", hand_made_folder("incoming"), ALONE),
    Case("ticket-name-link", hand_made_link, REJECTED, ("link",)),
    Case("ticket-name-fifo", hand_made_fifo, REJECTED, ("pipe",)),
    Case("ticket-imitation", imitation, ALONE),
    Case("claimed-garbage", hand_made("claimed"), ALONE),
    Case("claimed-mine", hand_made("claimed", name=f"{TICKET_NAME}.g1.a0.alpha.yaml"), ALONE),
    Case("claimed-folder", hand_made_folder("claimed", f"{TICKET_NAME}.g1.a0.alpha.yaml"), ALONE),
    Case("running-garbage", hand_made("running"), ALONE),
    Case("running-mine", hand_made("running", name=f"{TICKET_NAME}.g1.a1.alpha.yaml"), ALONE),
    Case("running-folder", hand_made_folder("running", f"{TICKET_NAME}.g1.a1.alpha.yaml"), ALONE),
    Case("nodes", garbage_in_nodes, ALONE),
    Case("doors", garbage_in_doors, ALONE),
    Case("done", garbage_in_done, ALONE),
    Case("settings", broken_settings, ALONE),
    Case("strangers", strangers, ALONE),
    Case("deep", deep, ALONE),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_drop_ends_as_it_should_and_harms_nobody(yard, case):
    case.plant(yard)
    before = {path for path in yard.root.rglob("*") if path.name != "alpha.7.json"}
    yard.pass_time()
    check(yard, case, before)
    yard.run_good_job()
    yard.check_canary()


def check(yard: Yard, case: Case, before: set[Path]) -> None:
    if case.end == REJECTED:
        texts = yard.rejected()
        assert texts, left(yard)
        text = "\n".join(texts.values())
        assert not os.path.lexists(yard.incoming / "deck.inp")
        assert list((yard.root / "jobs").iterdir()) == []
        for word in case.words:
            assert word in text
        for name, said in texts.items():
            assert os.path.lexists(yard.root / "rejected" / name), f"{name} is lost"
            assert re.search(r"^Why: {8}\S.{10,}$", said, re.MULTILINE)
            assert re.search(r"^What to do: .{10,}$", said, re.MULTILINE)
        return
    assert yard.rejected() == {}
    if case.end == ALONE:
        gone = {p for p in before if not os.path.lexists(p)}
        assert {p for p in gone if p.parts[-2] != "nodes"} == set()
    elif case.end == WAITS:
        assert len(list(yard.incoming.glob("5-*-*.yaml"))) == 1
    elif case.end == RUN:
        assert {record.reason for record in ended(yard).values()} == {"incomplete"}
    else:
        assert {record.outcome for record in ended(yard).values()} == {case.end}
        for word in case.words:
            assert any(word in record.sentence for record in ended(yard).values())


def ended(yard: Yard):
    return yard.turn_until(lambda: outcomes(yard.root), "an outcome")


def left(yard: Yard) -> list[str]:
    return sorted(str(p.relative_to(yard.root)) for p in yard.root.rglob("*") if p.is_file())[:50]
