"""The settings that speak of hours, as they stand in a node's file."""

from typing import Final

from node_service.opening import IN_USE, USED_BY_OTHERS, KeptBack
from node_service.setting_kinds import COUNT_MAX, Kind
from spool_layout.fields import Fields
from spool_layout.windows import Window, parse_window, window_text

ENTRIES_MAX: Final = 50


def gather_windows(texts: list[str]) -> tuple[Window, ...]:
    """The windows that the texts say. Raises ValueError."""
    return tuple(parse_window(text) for text in texts)


def _windows(fields: Fields, name: str) -> tuple[Window, ...]:
    value = fields.raw(name)
    # One text alone is one window: commas in it part days.
    texts = (value,) if isinstance(value, str) else fields.texts(name, count_max=ENTRIES_MAX)
    try:
        return gather_windows(list(texts))
    except ValueError as error:
        fields.refuse(name, str(error))


def _keep_back(fields: Fields, name: str) -> tuple[KeptBack, ...]:
    entries = fields.sections(name)
    if len(entries) > ENTRIES_MAX:
        fields.refuse(name, f"has more than {ENTRIES_MAX} entries")
    return tuple(_kept_back(entry) for entry in entries)


def _kept_back(entry: Fields) -> KeptBack:
    cpus = entry.integer("cpus", 0, least=1, most=COUNT_MAX)
    if entry.raw("cpus") is None:
        entry.refuse("cpus", "is missing", cure="Write {cpus: 4, when: mon-fri 08:00-18:00}.")
    when = " ".join(entry.text("when", "daily").lower().split())
    entry.refuse_unknown(("cpus", "when"))
    if when in {IN_USE, USED_BY_OTHERS}:
        return KeptBack(cpus, None, by_load=when == USED_BY_OTHERS)
    return KeptBack(cpus, entry.parsed("when", parse_window("daily"), parse_window))


def _when(kept: KeptBack) -> str:
    if kept.by_load:
        return USED_BY_OTHERS
    return window_text(kept.window) if kept.window else IN_USE


def _shown(kept: KeptBack) -> dict[str, object]:
    return {"cpus": kept.cpus, "when": _when(kept)}


def _words(kept: KeptBack) -> str:
    return f"{kept.cpus} {_when(kept)}"


WINDOWS: Final = Kind(
    "a list of hours",
    _windows,
    lambda windows: "; ".join(window_text(one) for one in windows) or "always",
    lambda windows: [window_text(one) for one in windows],
)
KEEP_BACK: Final = Kind(
    "a list of cpus and when",
    _keep_back,
    lambda kept: "; ".join(_words(one) for one in kept) or "none",
    lambda kept: [_shown(one) for one in kept],
)
