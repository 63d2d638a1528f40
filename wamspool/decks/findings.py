"""What has been found so far while a deck is read; becomes a Deck at the end."""

from dataclasses import dataclass, field
from typing import Final

from wamspool.decks.card import Card, Mention, relative_name
from wamspool.decks.deck import Deck, Kind, Reference, Remark, Step, WamOption
from wamspool.decks.dialect import Dialect
from wamspool.decks.errors import TooManyFiles
from wamspool.decks.source import DeckSource

MENTIONS: Final = 10_000  # real decks name a few; files that include each other n times over, 2^n
_REMARKS: Final = 100
_NAMES: Final = 1000  # in larger folders only a name that differs in case is looked for


@dataclass(slots=True)
class OpenStep:
    """The step being read: as Step, but still changing."""

    procedure: str | None
    period: float | None
    closed: bool
    file: str
    line: int


@dataclass(slots=True)
class Findings:
    """Collects, in the order of the text. Asks the source whether a file is there, once each."""

    source: DeckSource
    dialect: Dialect
    name: str
    files: dict[str, None] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    missing: list[Reference] = field(default_factory=list)
    outside: list[Reference] = field(default_factory=list)
    steps: list[OpenStep] = field(default_factory=list)
    options: list[WamOption] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    unread: bool = False  # some part of the text was not to be had
    abrupt: str | None = None
    made: set[str] = field(default_factory=set)  # files that an earlier card of the deck writes
    _there: dict[str, bool] = field(default_factory=dict)
    _missed: set[str] = field(default_factory=set)
    _unsaid: int = 0

    def remark(self, text: str, *, file: str, line: int | None) -> None:
        """Keeps a remark; of the same kind of mistake made thousands of times, a number only."""
        if len(self.notes) < _REMARKS:
            self.notes.append(Remark(file=file, line=line, text=text))
        else:
            self._unsaid += 1

    def refer(self, mention: Mention, card: Card, *, file: str) -> tuple[Reference, ...]:
        """The files that ``mention`` means, sorted into there, missing and outside."""
        name = relative_name(mention.written, keeps_blanks=self.dialect.keeps_blanks)
        names = self._with_endings(name, mention) if name is not None else [mention.written]
        found = tuple(
            Reference(
                name=each,
                written=mention.written,
                keyword=f"*{card.keyword}",
                file=file,
                line=mention.line,
                kind=mention.kind,
                required=mention.required,
            )
            for each in names
        )
        if len(self.references) + len(found) > MENTIONS:
            problem = f"with this one, the deck {self.name} names more than {MENTIONS} files"
            raise TooManyFiles(problem, file=file, line=mention.line)
        self.references += found
        if name is None:
            self.outside += found
            self._remark_outside(found[0])
        else:
            self._judge(found, mention)
        return found

    def is_there(self, name: str) -> bool:
        """Whether the source has the file."""
        if name not in self._there:
            self._there[name] = self.source.read(name) is not None
        return self._there[name]

    def _with_endings(self, name: str, mention: Mention) -> list[str]:
        if not mention.endings or self.is_there(name):
            return [name]
        return [name + end for end in mention.endings if self.is_there(name + end)] or [name]

    def _judge(self, found: tuple[Reference, ...], mention: Mention) -> None:
        reference = found[0]
        if reference.written != reference.name and mention.kind is not Kind.BY_NAME:
            self._remark_spelling(reference)
        if self.is_there(reference.name):
            return
        if reference.required and reference.name not in self._missed:
            self._missed.add(reference.name)
            self.missing.append(reference)  # once a file, however often it is named
            hint = self._similar(reference.name)
            self.remark(
                f"{reference.keyword} needs the file {reference.name}, which is not there."
                f"{hint} Put it beside the deck, or correct the name",
                file=reference.file,
                line=reference.line,
            )

    def _similar(self, name: str) -> str:
        if len(self.notes) >= _REMARKS:
            return ""  # nobody would see it, and comparing names takes time
        names = list(self.source.names())
        same = [each for each in names if each.lower() == name.lower()]
        if same:
            return f" There is {same[0]}: upper and lower case count."
        import difflib  # noqa: PLC0415 - for a slip only

        near = difflib.get_close_matches(name, names, n=1) if len(names) <= _NAMES else []
        return f" Did you mean {near[0]}?" if near else ""

    def _remark_spelling(self, reference: Reference) -> None:
        if "\\" in reference.written:
            text = "a backslash is a folder separator on Windows only"
        elif not self.dialect.keeps_blanks and {" ", "\t"} & set(reference.written):
            text = f"{self.dialect.solver} takes the blanks out of a file name, in quotes too"
        else:
            return
        self.remark(f"{text}: write {reference.name}", file=reference.file, line=reference.line)

    def _remark_outside(self, reference: Reference) -> None:
        self.remark(
            f"{reference.keyword} names {reference.written}, which is not in the deck's folder:"
            " a node may not see it. Put the file beside the deck and name it without its folder",
            file=reference.file,
            line=reference.line,
        )

    def deck(self) -> Deck:
        """All of it, as it will not change any more."""
        if self._unsaid:
            text = f"and {self._unsaid} further remarks, not shown"
            self.notes.append(Remark(file=self.name, line=None, text=text))
        steps = tuple(
            Step(
                number=number,
                procedure=step.procedure,
                period=step.period,
                closed=step.closed,
                file=step.file,
                line=step.line,
            )
            for number, step in enumerate(self.steps, start=1)
        )
        return Deck(
            name=self.name,
            files=tuple(self.files),
            references=tuple(self.references),
            missing=tuple(self.missing),
            outside=tuple(self.outside),
            steps=steps,
            options=tuple(self.options),
            remarks=tuple(self.notes),
            ends_abruptly=self.abrupt,
        )
