"""Adoption: each drop becomes one job, whoever dies or sleeps at whatever instant."""

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from spool_layout import folders
from spool_layout.names import parse_ticket_name
from spool_layout.states import State
from spool_layout.ticket import Resources
from tests.adopting import LONG_S, Adopting, inputs_of, jobs
from tests.faults import Crash, FaultyShare, raising
from tests.spools import DECK, new_spool, tree
from wamspool.drops import Step
from wamspool.errors import Denied, Exists, Unreachable
from wamspool.transition import Place, claim

MESH = b"*ELEMENT, TYPE=C3D4, ELSET=EALL\n1, 1, 2, 3, 4\n"
WITH_MESH = b"*INCLUDE, INPUT=mesh.inc\n" + DECK
TICKET = b"input: bracket.inp\npriority: high\n"


@pytest.fixture
def spool(tmp_path):
    return new_spool(tmp_path / "spool")


@pytest.fixture
def incoming(tmp_path, spool):
    return tmp_path / "spool/incoming"


@pytest.fixture
def node(spool):
    return Adopting(spool)


def only(spool):
    found = list(jobs(spool).values())
    assert len(found) == 1, found
    return found[0]


def why(tmp_path, name):
    return (tmp_path / f"spool/rejected/{name}.why.txt").read_text()


def names(folder):
    return sorted(p.name for p in folder.iterdir() if p.is_file() and p.suffix != ".yaml")


# ------------------------------------------------------------------ what becomes of a drop


def test_a_dropped_deck_is_a_job(spool, node, incoming, tmp_path):
    (incoming / "bracket.inp").write_bytes(DECK)
    (came,) = node.settle(for_s=30)
    ticket = only(spool)
    assert (came.step, came.job) == (Step.ADOPTED, ticket.job)
    assert ticket.job.startswith("bracket-")
    assert inputs_of(spool, ticket) == {"bracket.inp": DECK}
    assert ticket.owner == spool.share.examine(came.detail).owner
    assert ticket.draft.solver == "calculix" and ticket.submitted == spool.share.now()
    assert names(incoming) == []
    assert tree(tmp_path / "spool/jobs") == {f"{ticket.job}/bracket.inp"}


def test_a_deck_is_a_job_under_whatever_name_a_person_gives_it(spool, node, incoming):
    for name in ("Mesh Study (3).INP", "Träger.inp", "梁.inp", "a.b.c.inp", "x" * 190 + ".inp"):
        (incoming / name).write_bytes(DECK)
    node.settle(for_s=30)
    found = jobs(spool).values()
    staged = sorted(ticket.staged_deck for ticket in found)
    assert staged == sorted(
        ["Mesh_Study_3.inp", "Trager.inp", "job.inp", "a_b_c.inp", "x" * 40 + ".inp"]
    )
    assert all(inputs_of(spool, ticket) == {ticket.draft.input: DECK} for ticket in found)


def test_settings_come_from_folders_deck_and_ticket_and_the_nearest_wins(spool, node, incoming):
    (incoming / "high/8cpus").mkdir()
    deck = b"** WAM: cpus=4 note=deck email=jo@example.com\n" + DECK
    (incoming / "high/8cpus/bracket.inp").write_bytes(deck)
    (incoming / "high/8cpus/plate.inp").write_bytes(DECK)
    (incoming / "8cpus/bracket.inp").write_bytes(deck)
    (incoming / "8cpus/bracket.yaml").write_bytes(
        b"input: bracket.inp\nnote: ticket\npriority: low\n"
    )
    node.settle(for_s=60)
    asked = sorted(
        (t.draft.priority, t.draft.resources.cpus, t.draft.note, t.draft.email)
        for t in jobs(spool).values()
    )
    assert asked == [
        (2, 4, "deck", "jo@example.com"),
        (2, 8, "", ""),
        (8, 4, "ticket", "jo@example.com"),
    ]
    remarked = {t.draft.note: " ".join(t.remarks) for t in jobs(spool).values()}
    no_mail = "no mail will go to jo@example.com: this spool has no mail server (spool.yaml)"
    assert remarked == {"deck": no_mail, "ticket": no_mail, "": ""}


def test_a_dropped_ticket_and_its_deck_are_one_job(spool, node, incoming, tmp_path):
    (incoming / "study.yaml").write_bytes(
        b"input: bracket.inp\nfiles: [notes.txt]\nresources: {memory: 1 GB}\ncolour: red\n"
    )
    (incoming / "bracket.inp").write_bytes(WITH_MESH)
    (incoming / "mesh.inc").write_bytes(MESH)
    (incoming / "notes.txt").write_bytes(b"by hand")
    node.settle(for_s=60)
    ticket = only(spool)
    expected = {"bracket.inp": WITH_MESH, "mesh.inc": MESH, "notes.txt": b"by hand"}
    assert inputs_of(spool, ticket) == expected
    assert ticket.draft.resources == Resources(memory_bytes=1024**3)
    assert ticket.draft.extra["colour"] == "red"
    assert names(incoming) == ["mesh.inc", "notes.txt"]
    assert tree(tmp_path / "spool/rejected") == set()


def test_a_deck_may_come_after_its_ticket(spool, node, incoming):
    (incoming / "bracket.yaml").write_bytes(TICKET)
    assert node.settle(for_s=30) == []
    (incoming / "bracket.inp").write_bytes(DECK)
    node.settle(for_s=60)
    assert only(spool).draft.priority == 2


def test_a_deck_beside_an_unwritten_ticket_waits_for_it(spool, node, incoming):
    (incoming / "bracket.yaml").write_bytes(b"")
    (incoming / "bracket.inp").write_bytes(DECK)
    assert node.settle(for_s=30) == []
    (incoming / "bracket.yaml").write_bytes(TICKET)
    node.settle(for_s=60)
    assert only(spool).draft.priority == 2


def test_an_empty_file_is_waited_for(spool, node, incoming):
    """Some copiers make the file, close it, and open it again to write."""
    (incoming / "bracket.inp").write_bytes(b"")
    assert node.settle(for_s=60) == []
    (incoming / "bracket.inp").write_bytes(DECK)
    node.settle(for_s=30)
    assert inputs_of(spool, only(spool)) == {"bracket.inp": DECK}


def test_a_held_job_is_held(spool, node, incoming, tmp_path):
    (incoming / "bracket.inp").write_bytes(b"** WAM: hold=yes\n" + DECK)
    node.settle(for_s=30)
    assert only(spool).draft.hold
    assert len(list((tmp_path / "spool/held").iterdir())) == 1


def test_the_same_name_later_is_another_job(spool, node, incoming):
    contents = [DECK, DECK, DECK + b"** changed\n"]
    for content in contents:
        (incoming / "bracket.inp").write_bytes(content)
        node.settle(for_s=30)
        time.sleep(0.005)  # as coarse as a disk's clock may be
    assert len(jobs(spool)) == 3
    found = [inputs_of(spool, ticket)["bracket.inp"] for ticket in jobs(spool).values()]
    assert sorted(found) == sorted(contents)


def test_includes_may_be_shared_by_two_decks(spool, node, incoming):
    for name in ("a.inp", "b.inp"):
        (incoming / name).write_bytes(WITH_MESH)
    (incoming / "mesh.inc").write_bytes(MESH)
    node.settle(for_s=30)
    found = jobs(spool).values()
    assert len(found) == 2
    assert all(inputs_of(spool, t)["mesh.inc"] == MESH for t in found)
    assert names(incoming) == ["mesh.inc"]


def test_a_folder_of_includes_comes_along(spool, node, incoming):
    (incoming / "parts/fine").mkdir(parents=True)
    (incoming / "parts/fine/mesh.inc").write_bytes(MESH)
    (incoming / "bracket.inp").write_bytes(WITH_MESH.replace(b"mesh.inc", b"parts/fine/mesh.inc"))
    node.settle(for_s=30)
    assert inputs_of(spool, only(spool))["parts/fine/mesh.inc"] == MESH


def test_what_is_no_drop_is_left_alone(spool, node, incoming):
    strangers = [
        "mesh.inc",
        "notes.txt",
        "~$bracket.inp",
        ".bracket.inp",
        "bracket.inp.tmp",
        "Thumbs.db",
    ]
    for name in strangers:
        (incoming / name).write_bytes(DECK)
    assert node.settle() == []
    assert names(incoming) == sorted(strangers) and jobs(spool) == {}


# ------------------------------------------------------------------ not yet


def test_a_missing_include_is_waited_for(spool, node, incoming):
    (incoming / "bracket.inp").write_bytes(WITH_MESH)
    for _ in range(3):
        (waiting,) = node.turn()
        assert waiting.step is Step.WAITING
        node.spool.clock.advance(10)
    assert "bracket.inp:1: *INCLUDE wants 'mesh.inc'" in waiting.detail
    (incoming / "mesh.inc").write_bytes(MESH)
    node.settle(for_s=30)
    assert inputs_of(spool, only(spool)) == {"bracket.inp": WITH_MESH, "mesh.inc": MESH}


def test_waiting_for_an_include_does_not_read_the_deck_each_time(spool, incoming):
    faulty = FaultyShare(spool.share)
    node = Adopting(spool, faulty)
    (incoming / "bracket.inp").write_bytes(WITH_MESH)
    for _ in range(3):
        node.turn()
        node.spool.clock.advance(1)
    reads = []
    faulty.at("chunks", before=lambda: reads.append(1), times=100)
    node.turn()
    assert reads == []


def test_an_include_that_never_comes_is_named_in_the_rejection(spool, node, incoming, tmp_path):
    (incoming / "bracket.inp").write_bytes(WITH_MESH)
    (came,) = node.settle()
    assert came.step is Step.REJECTED
    assert (tmp_path / "spool/rejected/bracket.inp").read_bytes() == WITH_MESH
    text = why(tmp_path, "bracket.inp")
    assert "bracket.inp:1: *INCLUDE wants 'mesh.inc'" in text and "outcome: rejected" in text
    assert "What to do: Copy those files into the folder" in text
    assert jobs(spool) == {} and tree(tmp_path / "spool/jobs") == set()


def test_a_ticket_whose_deck_never_comes_is_rejected(spool, node, incoming, tmp_path):
    (incoming / "bracket.yaml").write_bytes(TICKET)
    (came,) = node.settle()
    assert came.step is Step.REJECTED
    assert "bracket.yaml: 'bracket.inp' is not there" in why(tmp_path, "bracket.yaml")


def test_a_growing_file_is_waited_for(spool, node, incoming):
    with (incoming / "bracket.inp").open("wb") as file:
        for line in DECK.splitlines(keepends=True):
            file.write(line)
            file.flush()
            assert all(c.step is Step.WAITING for c in node.turn())
            node.spool.clock.advance(spool.settings.quiet_s - 1)
    node.settle(for_s=30)
    assert inputs_of(spool, only(spool)) == {"bracket.inp": DECK}


@pytest.mark.parametrize("content", [DECK + bytes(4096), DECK[:-6], DECK[:-1] + b"\n*STEP\n*STA"])
def test_a_text_that_breaks_off_waits_for_its_rest(spool, node, incoming, tmp_path, content):
    """A copy over a slow line may pause; one that is cut off is rejected when nobody goes on."""
    (incoming / "bracket.inp").write_bytes(content)
    assert node.settle(for_s=60) == []
    (came,) = node.settle()
    assert came.step is Step.REJECTED and "breaks off" in came.detail
    (incoming / "bracket.inp").write_bytes(content)
    node.settle(for_s=30)
    (incoming / "bracket.inp").write_bytes(DECK)
    node.settle(for_s=30)
    assert inputs_of(spool, only(spool)) == {"bracket.inp": DECK}


@pytest.mark.parametrize("when", ["examine", "create", "duplicate"])
def test_a_deck_rewritten_while_it_is_taken_is_taken_as_it_is_then(spool, incoming, tmp_path, when):
    """The same size, too: what was read and what lies there now must not be mixed."""
    (incoming / "bracket.inp").write_bytes(WITH_MESH)
    (incoming / "mesh.inc").write_bytes(MESH)
    newer = WITH_MESH.replace(b"STATIC", b"DYNAMI")

    def rewrite():
        time.sleep(0.005)
        (incoming / "bracket.inp").write_bytes(newer)

    parts = {"examine": "bracket.inp", "create": ".adopt-", "duplicate": "mesh.inc"}
    faulty = FaultyShare(spool.share).at(when, parts[when], after=rewrite)
    node = Adopting(spool, faulty)
    node.settle()
    assert inputs_of(spool, only(spool))["bracket.inp"] == newer
    assert names(incoming) == ["mesh.inc"]
    assert len(list((tmp_path / "spool/jobs").iterdir())) == 1


# ------------------------------------------------------------------ what can be no job


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (bytes(5000), ""),
        (b"\xef\xbb\xbf" + DECK, "byte order mark"),
        ("*STEP\n".encode("utf-16"), "UTF-16"),
        (b"** WAM: priorty=high\n" + DECK, "bracket.inp:1: priorty"),
        (b"** WAM: cpus=none\n" + DECK, "bracket.inp:1: resources.cpus"),
        (b"** WAM: memory=" + b"9" * 400 + b"\n" + DECK, "bracket.inp:1: resources.memory"),
        (b"** WAM: walltime=" + b"9" * 400 + b"\n" + DECK, "bracket.inp:1: resources.walltime"),
        (b"*INCLUDE, INPUT=/etc/passwd\n" + DECK, "outside the deck's folder"),
        (b"*INCLUDE, INPUT=../spool.yaml\n" + DECK, "outside the deck's folder"),
        (b"*INCLUDE, INPUT=bracket.inp\n" + DECK, "include each other"),
    ],
)
def test_what_can_be_no_job_is_rejected_with_the_reason(
    spool, node, incoming, tmp_path, content, problem
):
    (incoming / "bracket.inp").write_bytes(content)
    came = node.settle()
    assert [c.step for c in came] == [Step.REJECTED]
    assert problem in why(tmp_path, "bracket.inp")
    assert (tmp_path / "spool/rejected/bracket.inp").read_bytes() == content
    assert jobs(spool) == {} and tree(tmp_path / "spool/jobs") == set()
    assert list((tmp_path / "spool/jobs").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"input: ../../etc/passwd\n", "leads out"),
        (b"input: [a]\n", "bracket.yaml:1: input: must be one text"),
        (b"note: x\n", "says no input"),
        (b"a: &a [x]\nb: *a\n", "anchors and aliases"),
        (b"wam: 2\ninput: bracket.inp\n", "has format 2"),
        (b"\x00\x01\x02", "not valid YAML"),
        (b"", "must hold 'name: value' lines"),
        (b"input: bracket.inp\nresources: {cpus: lots}\n", "bracket.yaml:2: resources.cpus"),
    ],
)
def test_a_ticket_that_cannot_be_read_is_rejected_with_the_line(
    spool, node, incoming, tmp_path, text, problem
):
    (incoming / "bracket.yaml").write_bytes(text)
    (came,) = node.settle()
    assert came.step is Step.REJECTED
    assert problem in why(tmp_path, "bracket.yaml")


def test_links_are_rejected_not_followed(spool, node, incoming, tmp_path):
    (tmp_path / "secret.inp").write_bytes(DECK)
    (incoming / "link.inp").symlink_to(tmp_path / "secret.inp")
    (incoming / "way").symlink_to(tmp_path)
    (incoming / "dangling.inp").symlink_to("absent.inp")
    came = node.settle(for_s=30)
    assert {(c.step, c.path) for c in came} == {
        (Step.REJECTED, "incoming/link.inp"),
        (Step.REJECTED, "incoming/dangling.inp"),
    }
    assert "is a link, a pipe or a device" in why(tmp_path, "link.inp")
    assert (tmp_path / "secret.inp").read_bytes() == DECK and jobs(spool) == {}


def test_an_include_that_is_a_link_is_not_followed(spool, node, incoming, tmp_path):
    (tmp_path / "secret").write_bytes(b"*NODE\n")
    (incoming / "mesh.inc").symlink_to(tmp_path / "secret")
    (incoming / "bracket.inp").write_bytes(WITH_MESH)
    (came,) = node.settle()
    assert came.step is Step.REJECTED and jobs(spool) == {}
    assert "mesh.inc" in why(tmp_path, "bracket.inp")


def test_a_pipe_is_rejected_not_waited_for(spool, node, incoming, tmp_path):
    os.mkfifo(incoming / "bracket.inp")
    (came,) = node.settle(for_s=30)
    assert came.step is Step.REJECTED
    assert "is a link, a pipe or a device" in why(tmp_path, "bracket.inp")


ODD_NAMES = [
    *(
        b"new\nline.inp",
        b"tab\t.inp",
        b"aux.inp",
        b"a:b.inp",
        b"a*.inp",
        b"dot. .inp ",
        b"\xff\xfe.inp",
    ),
    *(b"x" * 251 + b".inp", b"back\\slash.inp", b'quo"te.yaml'),
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_that_no_share_takes_is_rejected_under_a_safe_one(
    spool, node, incoming, tmp_path, name
):
    path = os.fsencode(incoming) + b"/" + name
    Path(os.fsdecode(path)).write_bytes(DECK)
    came = node.settle()
    if name.endswith(b" "):  # no deck by its name: a stranger
        assert came == []
        return
    assert [c.step for c in came] == [Step.REJECTED]
    rejected = sorted(p.name for p in (tmp_path / "spool/rejected").iterdir())
    assert len(rejected) == 2 and rejected[1] == f"{rejected[0]}.why.txt"
    assert rejected[0].isascii() and rejected[0].isprintable()
    assert (tmp_path / "spool/rejected" / rejected[0]).read_bytes() == DECK


def test_a_deck_that_may_not_be_read_is_rejected_when_it_stays_so(spool, incoming, tmp_path):
    faulty = FaultyShare(spool.share)
    for verb in ("settled", "chunks"):
        faulty.at(
            verb, "bracket.inp", before=raising(Denied("x", "Permission denied")), times=10**6
        )
    node = Adopting(spool, faulty)
    (incoming / "bracket.inp").write_bytes(DECK)
    assert node.settle(for_s=60) == []
    (came,) = node.settle()
    assert came.step is Step.REJECTED
    assert "Give the node's account the right to read it" in why(tmp_path, "bracket.inp")


def test_names_that_differ_only_in_case_cannot_travel_together(spool, node, incoming, tmp_path):
    deck = b"*INCLUDE, INPUT=Mesh.inc\n*INCLUDE, INPUT=mesh.inc\n" + DECK
    (incoming / "bracket.inp").write_bytes(deck)
    (incoming / "Mesh.inc").write_bytes(MESH)
    (incoming / "mesh.inc").write_bytes(MESH)
    (came,) = node.settle(for_s=30)
    assert came.step is Step.REJECTED
    assert "differ only in case" in why(tmp_path, "bracket.inp")


# ------------------------------------------------------------------ whoever dies or sleeps


def drop_deck(folder):
    (folder / "mesh.inc").write_bytes(MESH)
    (folder / "bracket.inp").write_bytes(WITH_MESH)


def drop_ticket(folder):
    (folder / "bracket.yaml").write_bytes(TICKET)
    drop_deck(folder)


DROPS = {"deck": drop_deck, "ticket": drop_ticket}


def plain_spool(root):
    """One without drop folders: each would be looked into again and again, at every instant."""
    spool = new_spool(root)
    for preset in (root / "incoming").iterdir():
        preset.rmdir()
    return spool


def calls_of(tmp_path, drop):
    """How many verbs an undisturbed adoption takes until nothing is left to do."""
    spool = plain_spool(tmp_path / "counted")
    faulty = FaultyShare(spool.share)
    node = Adopting(spool, faulty)
    drop(tmp_path / "counted/incoming")
    for _ in range(4):
        node.turn()
        node.spool.clock.advance(spool.settings.quiet_s)
    only(spool)
    return faulty.calls


def check_one_job(spool, root, *, instant):
    ticket = only(spool)
    assert inputs_of(spool, ticket) == {"bracket.inp": WITH_MESH, "mesh.inc": MESH}, instant
    left = {p for p in tree(root / "incoming") if not p.endswith(".yaml") or p == "bracket.yaml"}
    assert left <= {"mesh.inc"}, instant
    assert not any(".adopt-" in path for path in tree(root / "jobs")), instant
    assert tree(root / "rejected") == set(), instant


@pytest.mark.parametrize("kind", DROPS)
def test_a_crash_at_any_instant_ends_with_exactly_one_job(tmp_path, kind):
    for instant in range(2, calls_of(tmp_path, DROPS[kind]) + 1):
        root = tmp_path / f"crash-{instant}"
        spool = plain_spool(root)
        dying = FaultyShare(spool.share, crash_before=instant)
        DROPS[kind](root / "incoming")
        with pytest.raises(Crash):
            Adopting(spool, dying).settle(for_s=60, every_s=spool.settings.quiet_s)
        Adopting(spool).settle(for_s=2 * LONG_S, every_s=20.0)
        check_one_job(spool, root, instant=instant)


@pytest.mark.parametrize("kind", DROPS)
@pytest.mark.parametrize("then", ["queued", "claimed"])
def test_a_sleep_at_any_instant_ends_with_exactly_one_job(tmp_path, kind, then):
    """Another takes the drop over while this one sleeps; then it wakes and goes on."""
    for instant in range(2, calls_of(tmp_path, DROPS[kind]) + 1):
        root = tmp_path / f"sleep-{instant}"
        spool = plain_spool(root)
        other = Adopting(spool)

        def meanwhile(spool=spool, other=other):
            other.settle(for_s=2 * LONG_S, every_s=20.0)
            if then == "claimed":
                for entry in spool.share.list(folders.INCOMING):
                    if name := parse_ticket_name(entry.name):
                        claim(spool.share, other.spool.doors, Place(State.QUEUED, name), "cougar")

        sleeper = Adopting(spool, FaultyShare(spool.share, at_call=(instant, meanwhile)))
        DROPS[kind](root / "incoming")
        sleeper.settle(for_s=60, every_s=10.0)
        other.settle()
        check_one_job(spool, root, instant=instant)


def test_a_sleeper_does_not_remove_the_inputs_of_a_job(tmp_path):
    """It slept, another made the drop a job, and the user has dropped the next version since."""
    for instant in range(2, calls_of(tmp_path, drop_deck) + 1):
        root = tmp_path / f"sleep-{instant}"
        spool = plain_spool(root)
        other = Adopting(spool)
        newer = WITH_MESH + b"** second version\n"

        def meanwhile(root=root, other=other, newer=newer):
            other.settle(for_s=2 * LONG_S, every_s=20.0)
            (root / "incoming/bracket.inp").write_bytes(newer)

        sleeper = Adopting(spool, FaultyShare(spool.share, at_call=(instant, meanwhile)))
        drop_deck(root / "incoming")
        sleeper.settle(for_s=60, every_s=10.0)
        other.settle(for_s=2 * LONG_S, every_s=20.0)
        found = [inputs_of(spool, ticket)["bracket.inp"] for ticket in jobs(spool).values()]
        assert sorted(found) == [WITH_MESH, newer], instant


@pytest.mark.parametrize("kind", DROPS)
@pytest.mark.parametrize("reply", ["before", "after"])
def test_an_outage_at_any_instant_ends_with_exactly_one_job(tmp_path, kind, reply):
    """A verb that was not answered, whether it was done or not; the same node goes on."""
    no_answer = raising(Unreachable("spool", "the server did not answer"))
    for instant in range(2, calls_of(tmp_path, DROPS[kind]) + 1):
        root = tmp_path / f"outage-{instant}"
        spool = plain_spool(root)
        moment = (instant, no_answer)
        faulty = (
            FaultyShare(spool.share, at_call=moment)
            if reply == "before"
            else FaultyShare(spool.share, after_call=moment)
        )
        DROPS[kind](root / "incoming")
        node = Adopting(spool, faulty)
        for _ in range(27):
            with suppress(Unreachable):
                node.turn()
                node.sweep.sweep()
            node.spool.clock.advance(15)
        check_one_job(spool, root, instant=instant)


def test_two_that_look_at_once_make_one_job(tmp_path):
    for instant in range(2, calls_of(tmp_path, drop_deck) + 1):
        root = tmp_path / f"two-{instant}"
        spool = plain_spool(root)
        drop_deck(root / "incoming")
        other = Adopting(spool)
        one = Adopting(spool, FaultyShare(spool.share, at_call=(instant, lambda o=other: o.turn())))
        for _ in range(4):
            one.turn()
            other.turn()
            for node in (one, other):
                node.spool.clock.advance(spool.settings.quiet_s)
        Adopting(spool).settle(for_s=2 * LONG_S, every_s=20.0)
        check_one_job(spool, root, instant=instant)


def test_all_who_look_at_one_drop_mean_the_same_job(spool, incoming):
    """By what they see, not by when they look; so that the folder is a door for this drop alone."""
    (incoming / "bracket.inp").write_bytes(WITH_MESH)
    one, other = Adopting(spool), Adopting(spool)
    other.spool.clock.advance(12345)
    (first,) = one.turn()
    (second,) = other.turn()
    assert first.job == second.job != ""
    assert second.detail == "is being taken by another node"


def test_an_input_that_is_there_already_is_not_copied_over(spool, node, incoming, tmp_path):
    """As an adopter before us has left it; the ticket describes what lies in the job's folder."""
    drop_deck(incoming)
    faulty = FaultyShare(spool.share)
    faulty.at("create", ".adopt-", before=faulty.crash)
    dying = Adopting(spool, faulty)
    with pytest.raises(Crash):
        dying.settle(for_s=30)
    (incoming / "mesh.inc").write_bytes(b"*NODE\n9, 0., 0., 0.\n")
    node.settle(for_s=2 * LONG_S, every_s=20.0)
    assert inputs_of(spool, only(spool))["mesh.inc"] == MESH


def test_a_folder_that_cannot_be_made_does_not_end_the_node(spool, incoming):
    faulty = FaultyShare(spool.share)
    faulty.at("make_folder", "jobs/", before=raising(Exists("jobs", "odd")), times=3)
    (incoming / "bracket.inp").write_bytes(DECK)
    Adopting(spool, faulty).settle(for_s=2 * LONG_S, every_s=20.0)
    assert inputs_of(spool, only(spool)) == {"bracket.inp": DECK}


def test_an_adopter_that_comes_too_late_leaves_no_folder(spool, incoming, tmp_path):
    """It saw the drop, slept, and makes the job's folder when the job is done and gone."""
    (incoming / "bracket.inp").write_bytes(DECK)
    faulty = FaultyShare(spool.share)
    late = Adopting(spool, faulty)
    faulty.at("make_folder", "jobs/", before=(incoming / "bracket.inp").unlink)
    late.settle(for_s=30)
    assert list((tmp_path / "spool/jobs").iterdir()) == []


def test_a_deck_that_is_copied_over_at_the_last_moment_is_the_job(spool, node, incoming):
    """Between the last look and the move: then it goes back, and is taken as what it is."""
    (incoming / "bracket.inp").write_bytes(DECK)
    faulty = FaultyShare(spool.share)
    seen = Adopting(spool, faulty)
    newer = DECK + b"** another, longer\n"
    faulty.at("move", "incoming/bracket.inp", before=lambda: overwrite(incoming, newer))
    seen.settle(for_s=60)
    ticket = only(spool)
    assert inputs_of(spool, ticket) == {"bracket.inp": newer}
    assert names(incoming) == []


def overwrite(incoming, content):
    (incoming / "bracket.inp").write_bytes(content)
