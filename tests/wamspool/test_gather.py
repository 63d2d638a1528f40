"""From a deck to what must travel with it, and the settings that count."""

import hashlib

import pytest

from spool_layout.errors import BadName, FormatError
from tests.clocks import FakeClock
from tests.faults import FaultyShare
from tests.mapping_source import MappingSource
from tests.spools import DECK
from wamspool.errors import BadInput, Denied, Gone
from wamspool.gather import Item, ShareSource, explain_missing, gather, staged_deck
from wamspool.share import Copied
from wamspool.shares.local import LocalShare

MESH = b"*NODE\n2, 0., 0., 0.\n"
FAMILIES = {"calculix": "calculix", "abaqus": "abaqus", "nastran": "command"}


def gathered(files, name="bracket.inp", **said):
    said = {"family_of": lambda s: FAMILIES.get(s, "command"), "default_solver": "calculix"} | said
    return gather(MappingSource(files), name, **said)


def test_a_deck_alone():
    found = gathered({"bracket.inp": DECK})
    assert found.items == (Item("bracket.inp", "bracket.inp"),)
    assert (found.draft.input, found.draft.solver, found.draft.files) == (
        "bracket.inp",
        "calculix",
        (),
    )
    assert found.missing == () and found.breaks_off is None and found.remarks == ()


def test_includes_travel_with_the_deck_that_names_them():
    deck = b"*INCLUDE, INPUT=parts/mesh.inc\n" + DECK
    inner = b"*INCLUDE, INPUT=more.inc\n"
    found = gathered({"bracket.inp": deck, "parts/mesh.inc": inner, "more.inc": MESH, "x": b""})
    assert [item.name for item in found.items] == ["bracket.inp", "parts/mesh.inc", "more.inc"]
    assert found.draft.files == ("parts/mesh.inc", "more.inc")
    assert [item.staged for item in found.items] == ["bracket.inp", "parts/mesh.inc", "more.inc"]


def test_what_the_ticket_adds_travels_too_and_nothing_twice():
    deck = b"*INCLUDE, INPUT=mesh.inc\n" + DECK
    found = gathered(
        {"a.inp": deck, "mesh.inc": MESH}, "a.inp", stronger={"files": ["mesh.inc", "notes.txt"]}
    )
    assert [item.name for item in found.items] == ["a.inp", "mesh.inc", "notes.txt"]


def test_what_is_missing_is_named_with_the_card_that_wants_it():
    deck = b"*HEADING\nx\n*INCLUDE, INPUT=mesh.inc\n*INCLUDE, INPUT=more.inc\n" + DECK
    found = gathered({"bracket.inp": deck})
    assert explain_missing(found.missing) == (
        "bracket.inp:3: *INCLUDE wants 'mesh.inc'; bracket.inp:4: *INCLUDE wants 'more.inc'"
    )


def test_a_text_that_breaks_off_says_why():
    assert "zero bytes" in gathered({"bracket.inp": DECK + bytes(100)}).breaks_off


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.inc", "C:\\secret.inc"])
def test_what_lies_outside_is_refused_with_file_line_and_cure(path):
    deck = f"*INCLUDE, INPUT={path}\n".encode() + DECK
    with pytest.raises(
        BadInput, match=r"^bracket\.inp:1: \*INCLUDE names '.*', which lies"
    ) as caught:
        gathered({"bracket.inp": deck})
    assert "Copy that file beside the deck" in caught.value.cure


def test_names_that_one_system_takes_for_one_are_refused():
    deck = b"*INCLUDE, INPUT=Mesh.inc\n*INCLUDE, INPUT=mesh.inc\n" + DECK
    with pytest.raises(BadInput, match=r"'Mesh\.inc' and 'mesh\.inc' differ only in case"):
        gathered({"bracket.inp": deck, "Mesh.inc": MESH, "mesh.inc": MESH})


@pytest.mark.parametrize("name", ["live/mesh.inc", "LIVE", "ticket.draft.yaml"])
def test_a_name_that_is_our_own_beside_the_inputs_is_refused(name):
    deck = f"*INCLUDE, INPUT={name}\n".encode() + DECK
    with pytest.raises(BadInput, match="uses itself"):
        gathered({"bracket.inp": deck, name: MESH})


def test_a_name_that_only_resembles_our_own_is_an_input():
    deck = b"*INCLUDE, INPUT=alive/live\n" + DECK
    found = gathered({"bracket.inp": deck, "alive/live": MESH})
    assert [item.name for item in found.items] == ["bracket.inp", "alive/live"]


def test_a_name_that_no_share_takes_is_refused():
    deck = b"*INCLUDE, INPUT=aux.inc\n" + DECK
    with pytest.raises(BadName, match=r"'aux\.inc' is the name of a device"):
        gathered({"bracket.inp": deck, "aux.inc": MESH})


@pytest.mark.parametrize(
    ("name", "staged"),
    [
        ("bracket.inp", "bracket.inp"),
        ("Mesh Study (3).INP", "Mesh_Study_3.inp"),
        ("decks/Träger.inp", "Trager.inp"),
        ("梁.inp", "job.inp"),
        ("con.inp", "con_.inp"),
        ("a.b.inp", "a_b.inp"),
        ("bracket", "bracket"),
        (".inp", "job"),
    ],
)
def test_the_solver_sees_a_safe_name(name, staged):
    assert staged_deck(name) == staged


def test_settings_win_from_the_folders_over_the_deck_to_the_ticket():
    deck = b"** WAM: cpus=4 note=deck priority=low\n" + DECK
    weaker = ({"resources": {"cpus": 2, "memory": "1 GB"}}, {"tags": ["big"], "note": "folder"})
    found = gathered({"bracket.inp": deck}, weaker=weaker, stronger={"priority": "high"}).draft
    assert (found.resources.cpus, found.resources.memory_bytes) == (4, 1024**3)
    assert (found.tags, found.note, found.priority) == (("big",), "deck", 2)


@pytest.mark.parametrize(
    ("line", "weaker", "stronger", "solver"),
    [
        (b"", (), None, "calculix"),
        (b"", ({"solver": "abaqus"},), None, "abaqus"),
        (b"** WAM: solver=Nastran\n", ({"solver": "abaqus"},), None, "nastran"),
        (b"** WAM: solver=nastran\n", ({"solver": "abaqus"},), {"solver": "calculix"}, "calculix"),
    ],
)
def test_the_solver_is_that_of_the_nearest(line, weaker, stronger, solver):
    found = gathered({"bracket.inp": line + DECK}, weaker=weaker, stronger=stronger)
    assert found.draft.solver == solver


def test_a_deck_of_an_unknown_kind_travels_as_it_is():
    found = gathered({"a.inp": b"\x00\x01 INCLUDE 'x'"}, "a.inp", stronger={"solver": "nastran"})
    assert [item.name for item in found.items] == ["a.inp"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("priorty=high", r"bracket\.inp:2: priorty: cannot be set here"),
        ("input=/etc/passwd", r"bracket\.inp:2: input: cannot be set here"),
        ("files=x", r"bracket\.inp:2: files: cannot be set here"),
        ("job=x", r"bracket\.inp:2: job: cannot be set here"),
        ("cpus=0", r"bracket\.inp:2: resources\.cpus: must be 1 to"),
        ("cpus=8 cpus=4", "given again in line 2"),
    ],
)
def test_a_mistake_in_a_wam_line_is_named_with_its_line(words, problem):
    deck = f"** a comment\n** WAM: {words}\n".encode() + DECK
    with pytest.raises(FormatError, match=problem):
        gathered({"bracket.inp": deck})


# ------------------------------------------------------------------ decks on a share


@pytest.fixture
def share(tmp_path):
    (tmp_path / "share/folder/inner").mkdir(parents=True)
    (tmp_path / "share/folder/a.inp").write_bytes(DECK)
    (tmp_path / "share/folder/inner/b").write_bytes(b"")
    (tmp_path / "share/folder/link").symlink_to("a.inp")
    return FaultyShare(LocalShare(tmp_path / "share", FakeClock(), durable=False))


def test_what_was_read_whole_is_not_read_again_for_its_digest(share):
    source = ShareSource(share, "folder")
    assert b"".join(source.read("a.inp")) == DECK
    before = share.calls
    expected = Copied(len(DECK), hashlib.sha256(DECK).hexdigest())
    assert source.digest_of("a.inp") == expected
    assert share.calls == before
    assert ShareSource(share, "folder").digest_of("a.inp") == expected


def test_what_was_read_in_part_has_no_digest_yet(share, tmp_path):
    large = bytes(3 << 20)
    (tmp_path / "share/folder/large").write_bytes(large)
    source = ShareSource(share, "folder")
    next(iter(source.read("large")))
    assert source.digest_of("large").sha256 == hashlib.sha256(large).hexdigest()


def test_an_empty_file_is_there_and_an_absent_one_is_not(share):
    source = ShareSource(share, "folder")
    assert list(source.read("inner/b")) == [b""]
    assert source.read("absent") is None and source.read("absent/b") is None
    with pytest.raises(Gone):
        source.digest_of("absent")


def test_a_link_is_denied_not_followed(share):
    with pytest.raises(Denied):
        ShareSource(share, "folder").read("link")
    assert ShareSource(share, "folder").names() == {"a.inp", "inner/b"}
