"""Reads a deck as its solver would, includes expanded, to find files, steps and mistakes.

Both solvers put the text of an included file in the place of its *INCLUDE card, and look for it
from the folder in which they run, for nested includes too: a name means the same in every file.
The reader keeps a stack of open files, goes from card to card (lines.py) and never recurses.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath
from typing import Final

from wamspool.decks.abaqus import AbaqusDialect
from wamspool.decks.calculix import CalculixDialect
from wamspool.decks.card import Card, is_comment
from wamspool.decks.deck import Deck
from wamspool.decks.dialect import Dialect, Role
from wamspool.decks.errors import (
    BadInclude,
    ByteOrderMark,
    DeckMissing,
    IncludeCycle,
    IncludeTooDeep,
    NotADeck,
)
from wamspool.decks.findings import Findings, OpenStep
from wamspool.decks.lines import DeckLines, Line
from wamspool.decks.options import read_options
from wamspool.decks.source import DeckSource

_DIALECTS: Final[dict[str, Dialect]] = {"calculix": CalculixDialect(), "abaqus": AbaqusDialect()}
_BOM: Final = b"\xef\xbb\xbf"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")  # UTF-16, "Unicode" in older editors
_CONTROL: Final = bytes(set(range(32)) - {0, 9, 10, 12, 13, 26})
_CARD_LINES: Final = 50  # continuation lines of one card
_NUMBER: Final = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?")


def read_deck(source: DeckSource, name: str, *, family: str) -> Deck:
    """What the deck ``name`` says, read as ``family`` ('calculix', 'abaqus') reads it.

    For any other family nothing is known about decks: the deck itself is its only file. Time goes
    with the bytes of all files (hundreds of megabytes a second), memory does not.
    Raises DeckError (errors.py) for what no solver would survive.
    """
    pieces = source.read(name)
    if pieces is None:
        raise DeckMissing("there is no such file", file=name)
    dialect = _DIALECTS.get(family)
    if dialect is None:
        return Deck(name=name, files=(name,))
    return _Reading(source, dialect, name).read(pieces)


@dataclass(slots=True)
class _OpenFile:
    name: str
    lines: DeckLines
    cards: int = 0
    ends_in_comment: bool = False


class _Reading:
    """One pass over a deck and its includes."""

    def __init__(self, source: DeckSource, dialect: Dialect, name: str) -> None:
        self._source = source
        self._dialect = dialect
        self._stem = PurePosixPath(name).stem
        self._found = Findings(source=source, dialect=dialect, name=name)
        self._stack: list[_OpenFile] = []
        self._period_wanted = False  # the next data line holds the step time
        self._in_heading = False
        self._ended = False  # the last card is *END STEP, spelt out: not one that breaks off

    def read(self, pieces: Iterable[bytes]) -> Deck:
        self._open(self._found.name, pieces)
        while self._stack:
            file = self._stack[-1]
            line = file.lines.following() if self._period_wanted else file.lines.starred()
            if line is None:
                self._close(self._stack.pop())
            elif line.text.lstrip(b" \t").startswith(b"*"):
                self._starred(file, line)
            elif line.text.strip():
                self._take_period(line)
        self._judge_end()
        return self._found.deck()

    def _open(self, name: str, pieces: Iterable[bytes]) -> None:
        remaining = iter(pieces)
        start = b""
        for piece in remaining:
            start += piece
            if len(start) >= 4096:
                break
        if start.startswith(_WIDE):
            problem = "this is UTF-16 text, which no solver reads"
            raise NotADeck(problem, file=name, cure="Save the file as plain text (UTF-8, no BOM).")
        if start.startswith(_BOM):
            if not self._dialect.survives_bom:
                problem = "the file begins with a byte order mark (BOM): CalculiX crashes on it"
                raise ByteOrderMark(problem, file=name, line=1)
            self._found.remark(
                "the file begins with a byte order mark (BOM); save it as plain text without",
                file=name,
                line=1,
            )
            start = start[len(_BOM) :]
        head = start[:4096]
        if len(head) - len(head.translate(None, _CONTROL)) > len(head) // 20:
            raise NotADeck("this is a binary file, not a deck", file=name)
        self._found.files[name] = None
        self._stack.append(_OpenFile(name, DeckLines(chain((start,), remaining))))

    def _close(self, file: _OpenFile) -> None:
        last = file.lines.last_byte
        is_deck = not self._stack
        if last == b"\0":
            self._found.abrupt = (
                f"{file.name} ends in zero bytes: it has not been copied completely"
            )
        elif is_deck and not file.cards:
            problem = "no keyword card in it" if last else "the file is empty"
            raise NotADeck(problem, file=file.name)
        elif is_deck and last not in b"\r\n\x1a" and not self._may_end_here(file):
            self._found.abrupt = f"the last line of {file.name} has no end: the text breaks off"

    def _may_end_here(self, file: _OpenFile) -> bool:
        """Whether a last line without its end is nothing to worry about: many editors do that."""
        return file.ends_in_comment or self._ended

    def _starred(self, file: _OpenFile, line: Line) -> None:
        if self._in_heading and not line.text.startswith(b"*"):
            return  # only a '*' in the first column ends a heading
        file.ends_in_comment = is_comment(line)
        if file.ends_in_comment:
            options, remark = read_options(line, file=file.name)
            self._found.options += options
            if remark is not None:
                self._found.remark(remark.text, file=file.name, line=remark.line)
            return
        file.cards += 1
        self._card(file, self._dialect.card(self._whole_card(file, line)))

    def _whole_card(self, file: _OpenFile, line: Line) -> list[Line]:
        """The card's lines: the next ones belong to it after a trailing comma."""
        lines = [line]
        while lines[-1].text.rstrip().endswith(b",") and len(lines) < _CARD_LINES:
            after = file.lines.following()
            if after is None:
                break
            goes_on = not after.text.lstrip(b" \t").startswith(b"*") and b"=" in after.text
            if not goes_on or not self._dialect.continues:
                file.lines.put_back(after)
                if goes_on:
                    text = "CalculiX takes no continuation of a card: write it on one line"
                    self._found.remark(text, file=file.name, line=line.number)
                break
            lines.append(after)
        return lines

    def _card(self, file: _OpenFile, card: Card) -> None:
        role = self._dialect.role(card)
        for text in self._dialect.remarks(card):
            self._found.remark(text, file=file.name, line=card.line)
        if role is Role.INCLUDE:
            self._include(file, card)
            return
        self._period_wanted = False
        self._in_heading = role is Role.HEADING
        self._ended = role is Role.END_STEP and card.compact == "ENDSTEP"
        self._step(file, card, role)
        for mention in self._dialect.mentions(card, stem=self._stem):
            if mention.written not in self._found.made:
                self._found.refer(mention, card, file=file.name)
        self._found.made.update(self._dialect.made(card, stem=self._stem))

    def _step(self, file: _OpenFile, card: Card, role: Role) -> None:
        steps = self._found.steps
        if role is Role.STEP:
            if steps and not steps[-1].closed:
                text = f"a new *STEP begins before the *END STEP of line {steps[-1].line}"
                self._found.remark(text, file=file.name, line=card.line)
            steps.append(OpenStep(None, None, closed=False, file=file.name, line=card.line))
        elif steps and not steps[-1].closed:
            step = steps[-1]
            if role is Role.END_STEP:
                step.closed = True
            elif role in {Role.TIMED, Role.UNTIMED} and step.procedure is None:
                step.procedure = card.keyword
                if role is Role.TIMED:
                    step.period = 1.0  # both solvers' value when the line or the number is missing
                    self._period_wanted = True

    def _take_period(self, line: Line) -> None:
        self._period_wanted = False
        fields = line.text.translate(None, b" \t\r").upper().replace(b"D", b"E").split(b",")
        if len(fields) > 1 and _NUMBER.fullmatch(fields[1]):
            period = float(fields[1])
            if 0.0 < period < float("inf"):
                self._found.steps[-1].period = period

    def _include(self, file: _OpenFile, card: Card) -> None:
        mention = self._dialect.include(card)
        if isinstance(mention, str):
            raise BadInclude(mention, file=file.name, line=card.line)
        reference = self._found.refer(mention, card, file=file.name)[0]
        is_outside = bool(self._found.outside) and self._found.outside[-1] is reference
        if is_outside or not self._dialect.can_read_include(card):
            self._found.unread = True
            return
        open_now = [each.name for each in self._stack]
        if reference.name in open_now:
            way = " -> ".join([*open_now[open_now.index(reference.name) :], reference.name])
            raise IncludeCycle(f"files include each other: {way}", file=file.name, line=card.line)
        pieces = self._source.read(reference.name)
        if pieces is None:
            self._found.unread = True
            return
        if len(open_now) > self._dialect.include_levels:
            levels = self._dialect.include_levels
            problem = f"{self._dialect.solver} opens at most {levels} levels of *INCLUDE"
            raise IncludeTooDeep(problem, file=file.name, line=card.line)
        self._open(reference.name, pieces)

    def _judge_end(self) -> None:
        found = self._found
        if not found.steps and not found.unread:
            text = (
                "there is no *STEP: nothing would be computed, and CalculiX ends with exit code 0"
            )
            found.remark(text, file=found.name, line=None)
            found.abrupt = found.abrupt or "there is no *STEP: the text breaks off before it"
        elif found.steps and not found.steps[-1].closed and not found.unread:
            last = found.steps[-1]
            text = "this *STEP has no *END STEP: it would not be computed"
            found.remark(text, file=last.file, line=last.line)
            place = f"{last.file}:{last.line}"
            found.abrupt = (
                found.abrupt or f"the *STEP of {place} has no *END STEP: the text breaks off"
            )
