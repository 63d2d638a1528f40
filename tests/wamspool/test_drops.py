"""What a name in a drop folder is."""

import pytest

from wamspool.drops import Drop, classify
from wamspool.share import Entry, Kind

TICKET = "5-20261122-093000-123-bracket-k7f3x.g1.a0.yaml"


@pytest.mark.parametrize(
    ("name", "kind", "drop"),
    [
        (TICKET, Kind.FILE, Drop.TICKET),
        (TICKET, Kind.OTHER, Drop.DRAFT),
        (TICKET, Kind.FOLDER, Drop.FOLDER),
        ("bracket.inp", Kind.FILE, Drop.DECK),
        ("BRACKET.INP", Kind.FILE, Drop.DECK),
        ("bracket.inp", Kind.OTHER, Drop.DECK),
        ("bracket.inp", Kind.FOLDER, Drop.FOLDER),
        ("study.yaml", Kind.FILE, Drop.DRAFT),
        ("Study.YML", Kind.FILE, Drop.DRAFT),
        ("high", Kind.FOLDER, Drop.FOLDER),
        ("mesh.inc", Kind.FILE, Drop.STRANGER),
        (".bracket.inp", Kind.FILE, Drop.STRANGER),
        (".git", Kind.FOLDER, Drop.STRANGER),
        ("~$bracket.inp", Kind.FILE, Drop.STRANGER),
        ("$RECYCLE.BIN", Kind.FOLDER, Drop.STRANGER),
        ("bracket.inp.tmp", Kind.FILE, Drop.STRANGER),
        ("bracket.inp.filepart", Kind.FILE, Drop.STRANGER),
        ("bracket.inp~", Kind.FILE, Drop.STRANGER),
        ("bracket.inp.crdownload", Kind.FILE, Drop.STRANGER),
        ("bracket.inp - Shortcut.lnk", Kind.FILE, Drop.STRANGER),
        ("Thumbs.db", Kind.FILE, Drop.STRANGER),
        ("desktop.ini", Kind.FILE, Drop.STRANGER),
        ("Icon\r", Kind.FILE, Drop.STRANGER),
        ("inp", Kind.FILE, Drop.STRANGER),
        ("", Kind.FILE, Drop.STRANGER),
    ],
)
def test_what_a_name_is(name, kind, drop):
    assert classify(Entry(name, kind)) is drop
