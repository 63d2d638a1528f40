"""Puts other file names into a deck, leaving every other byte as it is."""

from collections.abc import Iterable, Iterator, Mapping

from wamspool.decks.errors import NotOnThisLine


def redirect(
    chunks: Iterable[bytes], *, changes: Mapping[int, tuple[str, str]], file: str = "deck"
) -> Iterator[bytes]:
    """The deck's bytes, with ``new`` for ``written`` on each line of ``changes``.

    ``changes`` maps line numbers (from 1) to ``(written, new)``; the last mention of ``written``
    on the line is the one replaced (a name stands behind its '='). Memory: one piece, and the
    line being changed. Raises NotOnThisLine, perhaps after most of the deck has been given out:
    only a copy that came to its end is one.
    """
    wanted = sorted(changes)
    pieces = iter(chunks)
    passed = 0  # lines that end before `text`
    text = b""
    for line in wanted:
        while True:
            ends = text.count(b"\n")
            if passed + ends >= line - 1:
                break
            passed += ends
            yield text
            text = _next_piece(pieces, line, changes[line][0], file)
        start = _after_lines(text, line - 1 - passed)
        yield text[:start]
        text, passed = text[start:], line - 1
        while b"\n" not in text:
            more = next(pieces, None)
            if more is None:
                break
            text += more
        end = text.find(b"\n") + 1 or len(text)
        yield _changed(text[:end], *changes[line], line=line, file=file)
        text, passed = text[end:], line
    yield text
    yield from pieces


def _next_piece(pieces: Iterator[bytes], line: int, written: str, file: str) -> bytes:
    piece = next(pieces, None)
    if piece is None:
        raise NotOnThisLine(f"the deck ends before {written!r}", file=file, line=line)
    return piece


def _after_lines(text: bytes, lines: int) -> int:
    at = 0
    for _ in range(lines):
        at = text.index(b"\n", at) + 1
    return at


def _changed(text: bytes, written: str, new: str, *, line: int, file: str) -> bytes:
    for encoding in ("utf-8", "latin-1"):  # as card.text_of reads names
        old = written.encode(encoding, "replace")
        at = text.rfind(old) if old else -1
        if at >= 0:
            return text[:at] + new.encode() + text[at + len(old) :]
    raise NotOnThisLine(f"{written!r} is not on this line", file=file, line=line)
