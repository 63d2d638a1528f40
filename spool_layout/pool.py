"""Licence pools as ``spool.yaml`` defines them: how many tokens, and how many of them for others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from spool_layout.fields import Fields
from spool_layout.tokens import POOL_TOKENS_MAX, check_pool_name
from spool_layout.windows import Window, is_open, next_change, parse_window

_FIELDS: Final = ("tokens", "outside", "reserve")
_RESERVE: Final = ("tokens", "when")
WHEN_MAX: Final = 20
_SOME_DAY: Final = datetime(2001, 1, 1, tzinfo=UTC)  # all weeks are alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Tokens that are left to people while one of the windows is open; always, without any."""

    tokens: int
    when: tuple[Window, ...] = ()

    def holds(self, moment: datetime) -> bool:
        """Whether they are left at the moment."""
        return not self.when or is_open(self.when, moment)


@dataclass(frozen=True, slots=True)
class Pool:
    """The licences of a site. ``outside``: what is declared to be used by others than WAM's jobs."""

    tokens: int
    outside: int = 0
    reserve: tuple[Reserve, ...] = ()

    def reserved(self, moment: datetime) -> int:
        """What is left to people at the moment, which is told in the zone that the hours mean."""
        return sum(one.tokens for one in self.reserve if one.holds(moment))

    def room(self, moment: datetime, *, seen_outside: int = 0) -> int:
        """The tokens that WAM's jobs may hold together at the moment.

        What others were seen to use comes out of what is kept for them anyhow, and counts as far
        as it is more than that.
        """
        kept = self.outside + self.reserved(moment)
        return max(0, self.tokens - max(kept, seen_outside))

    def most(self) -> int:
        """What WAM's jobs may hold at the best hour of the week."""
        moments = [_SOME_DAY]
        while (change := self.next_change(moments[-1])) and change < _SOME_DAY + timedelta(days=8):
            moments.append(change)
        return max(self.room(one) for one in moments)

    def next_change(self, moment: datetime) -> datetime | None:
        """When ``reserved`` may first be otherwise than at the moment; None: it stays so."""
        changes = (next_change(one.when, moment) for one in self.reserve)
        return min((change for change in changes if change), default=None)


def parse_pools(f: Fields) -> Mapping[str, Pool]:
    """The pools that ``spool.yaml`` defines, by name. Raises FormatError."""
    return {check_pool_name(f, name, name): _pool(f, name) for name in f.names()}


def _pool(pools: Fields, name: str) -> Pool:
    f = pools.section(name)
    if f.raw("tokens") is None:
        pools.refuse(name, "says no 'tokens'", cure=f"Write '{name}: {{tokens: 20}}'.")
    tokens = f.integer("tokens", 1, least=1, most=POOL_TOKENS_MAX)
    pool = Pool(
        tokens,
        outside=f.integer("outside", 0, least=0, most=tokens),
        reserve=tuple(_reserve(one, most=tokens) for one in f.sections("reserve")),
    )
    f.refuse_unknown(_FIELDS)
    if pool.most() < 1:
        f.refuse(
            "reserve" if pool.reserve else "outside",
            "leaves nothing for jobs at any hour",
            cure="Keep less back, or remove the pool's profiles from the nodes.",
        )
    return pool


def _reserve(f: Fields, *, most: int) -> Reserve:
    for name in _RESERVE:
        f.raw(name)
    f.refuse_unknown(_RESERVE)
    if f.raw("tokens") is None:
        cure = "Write 'reserve: [{tokens: 8, when: \"mon-fri 08:00-18:00\"}]'."
        f.refuse("tokens", "is missing", cure=cure)
    return Reserve(tokens=f.integer("tokens", 1, least=1, most=most), when=_windows(f, "when"))


def _windows(f: Fields, name: str) -> tuple[Window, ...]:
    """One window or a list of them; commas are part of one."""
    value = f.raw(name)
    texts = value if isinstance(value, list) else [] if value is None else [value]
    if len(texts) > WHEN_MAX:
        f.refuse(name, f"has more than {WHEN_MAX} entries")
    windows = []
    for text in texts:
        try:
            windows.append(parse_window(text))
        except ValueError as error:
            f.refuse(name, str(error))
    return tuple(windows)
