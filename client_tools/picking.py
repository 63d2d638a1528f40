"""The pick list of ``wam batch``: decks of a folder by number, and which of them are meant."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from client_tools.config_submitted import LastRun, last_runs
from client_tools.decks_named import NamedDeck
from client_tools.views.screen import Column, Line, Screen, Table, Tone
from client_tools.views.text import duration
from spool_layout.errors import FormatError
from spool_layout.units import format_size
from wamspool.errors import BadInput, NoSuchJob, ShareError, TicketGone
from wamspool.find import Found, account_of, find_flying, find_job
from wamspool.spool import Spool

_RANGE: Final = re.compile(r"(\d+)(?:\s*-\s*(\d+))?\Z")
HELP: Final = "numbers such as 1-4,7, a part of a name, all, changed; list, tc: nodes, tokens"


@dataclass(frozen=True, slots=True)
class Choice:
    """A deck of the list. ``last`` says how its last run went, empty where none is known."""

    deck: NamedDeck
    size_bytes: int
    changed: datetime
    last: str
    is_changed: bool

    @property
    def path(self) -> Path:
        """The deck."""
        return self.deck.folder / self.deck.name


def choices_of(spool: Spool, decks: Sequence[NamedDeck]) -> list[Choice]:
    """The decks as the list shows them. Costs a look at the spool for each that was run before."""
    runs = last_runs(spool.settings.spool_id)
    flying = find_flying(spool.share) if runs else {}
    choices = []
    for deck in decks:
        path = deck.folder / deck.name
        run = runs.get(str(path.resolve()))
        stat = path.stat()
        changed = datetime.fromtimestamp(stat.st_mtime, UTC)
        last = _how_it_went(spool, run, flying) if run else ""
        is_changed = run is None or run.is_outdated()
        choices.append(Choice(deck, stat.st_size, changed, last, is_changed))
    return choices


def _how_it_went(spool: Spool, run: LastRun, flying: Mapping[str, Found]) -> str:
    try:
        account = account_of(spool, find_job(spool, run.job, flying=flying))
    except (NoSuchJob, TicketGone, FormatError, ShareError):
        return f"gone ({run.job})"
    return f"{account.outcome.outcome if account.outcome else account.state} ({run.job})"


def list_screen(choices: Sequence[Choice], now: datetime) -> Screen:
    """The numbered table."""
    columns = (
        Column("#", right=True),
        Column("deck", gives_way=True),
        Column("size", right=True),
        Column("changed", right=True),
        Column("last run", gives_way=True),
    )
    rows = [
        (
            str(number),
            one.deck.name,
            format_size(one.size_bytes),
            f"{duration((now - one.changed).total_seconds())} ago",
            (one.last + (", changed since" if one.is_changed else "")) if one.last else "-",
        )
        for number, one in enumerate(choices, start=1)
    ]
    documents = [
        {"deck": str(c.path), "size": c.size_bytes, "last": c.last or None, "changed": c.is_changed}
        for c in choices
    ]
    return Screen({"decks": documents}, [Table(columns, rows)])


def picked(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """The decks that the words mean, in the order of the list.

    Words are set apart by commas: numbers, ranges, 'all', 'changed', parts of names. Raises
    BadInput for a word that means none of them.
    """
    wanted: set[int] = set()
    for word in filter(None, (word.strip() for word in text.split(","))):
        found = _meant(word, choices)
        if not found:
            cure = "Choose by number (1-4,7), by a part of the name, or say all or changed."
            raise BadInput(f"'{word}' is none of the {len(choices)} decks", cure=cure)
        wanted |= found
    return [one for index, one in enumerate(choices) if index in wanted]


def _meant(word: str, choices: Sequence[Choice]) -> set[int]:
    if word.lower() == "all":
        return set(range(len(choices)))
    if word.lower() == "changed":
        found = {index for index, one in enumerate(choices) if one.is_changed}
        if not found:
            raise BadInput("no deck has changed since its last run", cure="Say all, or numbers.")
        return found
    if match := _RANGE.match(word):
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= len(choices):
            return set()
        return set(range(first - 1, last))
    part = word.lower()
    return {index for index, one in enumerate(choices) if part in one.deck.name.lower()}


def ask_which(
    choices: Sequence[Choice],
    ask: Callable[[str], str],
    say: Callable[[Line], None],
    tables: dict[str, Callable[[], None]],
) -> list[Choice]:
    """What the person picks; none for an empty answer. ``tables`` are shown when they are named."""
    while True:
        answer = ask("which decks? (? helps, nothing ends)").strip()
        if answer in {"", "exit", "q"}:
            return []
        if answer in {"?", "help"}:
            say(Line(HELP, Tone.QUIET))
        elif answer in tables:
            tables[answer]()
        else:
            try:
                return picked(answer, choices)
            except BadInput as error:
                say(Line(f"{error.message}: {HELP}", Tone.WARN))


def ask_wishes(
    known: dict[str, str | None],
    ask: Callable[[str], str],
    tables: dict[str, Callable[[], None]],
) -> dict[str, str | None]:
    """The wishes, with an answer for each that was not given; nothing keeps what WAM would take."""
    answers = dict(known)
    for name, value in known.items():
        while value is None:
            answer = ask(f"{name}? (nothing: as the deck or the spool says)").strip()
            if answer in tables:
                tables[answer]()
                continue
            answers[name] = answer or None
            break
    return answers
