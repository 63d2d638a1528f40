"""What a deck's bundle holds."""

from wamspool.decks.deck import Deck, Kind, Reference


def reference(name, *, required=True):
    return Reference(
        name=name,
        written=name,
        keyword="*X",
        file="a.inp",
        line=1,
        kind=Kind.DATA,
        required=required,
    )


def test_the_bundle_is_what_travels_each_once():
    here, gone, away = reference("d.txt"), reference("gone"), reference("/lib/x")
    deck = Deck(
        name="a.inp",
        files=("a.inp", "m.inc"),
        references=(reference("m.inc"), here, gone, here, away),
        missing=(gone,),
        outside=(away,),
    )
    assert deck.bundle() == ("a.inp", "m.inc", "d.txt")
