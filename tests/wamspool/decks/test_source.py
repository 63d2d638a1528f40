"""Files in memory, as the tests of this package give them to the reader."""

from wamspool.decks.source import MappingSource


def test_pieces_put_together_are_the_file():
    source = MappingSource({"a.inp": b"0123456789"}, chunk_bytes=3)
    assert list(source.read("a.inp")) == [b"012", b"345", b"678", b"9"]
    assert list(source.names()) == ["a.inp"]


def test_a_file_that_is_not_there_is_none_and_an_empty_one_is_not():
    source = MappingSource({"empty.inp": b""})
    assert source.read("a.inp") is None
    assert list(source.read("empty.inp")) == []
