"""What is asked of a job in several places, laid over each other into one draft.

From weak to strong: the presets of the drop folders, from the outside in; the ``** WAM:`` lines
of the deck; the command line.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from spool_layout.fields import Fields
from spool_layout.ticket import Draft, draft_from_fields
from spool_layout.yaml_text import Section, load_mapping

RESOURCE_WORDS: Final = frozenset({"cpus", "gpus", "memory", "scratch", "walltime", "tokens"})
TEXT_WORDS: Final = frozenset(
    {
        "name",
        "solver",
        "email",
        "note",
        "nodes",
        "node",
        "tags",
        "tag",
        "after",
        "input",
        "files",
        "batch",
    }
)
_NESTED: Final = frozenset({"resources", "options"})


def section_of(
    words: Iterable[tuple[str, str, int]], *, source: str, permitted: frozenset[str] | None = None
) -> Section:
    """``name=value`` words (with their lines) as the fields of a ticket.

    The resources are named directly (``cpus=8``), a profile's option as ``option.<name>``.
    Raises FormatError for a word given twice, or outside of ``permitted`` where that is given.
    """
    section = Section(source, 1)
    for name, value, line in words:
        group, _, option = name.partition(".")
        path = ("resources", name) if name in RESOURCE_WORDS else (name,)
        path = ("options", option) if group == "option" and option else path
        inner = section
        for part in path[:-1]:
            inner.lines.setdefault(part, line)
            inner = inner.setdefault(part, Section(source, line))
        if path[-1] in inner:
            Fields(inner).refuse(path[-1], f"is given again in line {line}")
        inner.lines[path[-1]] = line
        is_text = path[0] == "options" or path[0] in TEXT_WORDS
        inner[path[-1]] = value if is_text else value_of(value)
        if permitted is not None and path[0] not in permitted:
            import difflib  # noqa: PLC0415 - for a slip only

            near = difflib.get_close_matches(name, permitted | RESOURCE_WORDS, n=1, cutoff=0.6)
            known = ", ".join(sorted((permitted - {"resources", "options"}) | RESOURCE_WORDS))
            cure = f"Did you mean '{near[0]}'?" if near else f"Known are: {known}."
            Fields(section).refuse(path[0], "cannot be set here", cure=cure)
    return section


def value_of(text: str) -> Any:
    """A value as YAML would read the word; anything that is no plain scalar stays a text."""
    if not text or len(text) > 64 or not text.replace("-", "").replace(".", "").isalnum():
        return text
    return load_mapping(f"v: {text}\n", source="")["v"]


def laid_over(*sections: Mapping[str, Any]) -> Section:
    """One mapping in which later sections win, field by field also inside resources and options.

    Lines and source are those of the strongest section that gives a field.
    """
    result = Section("", 1)
    for section in sections:
        if isinstance(section, Section):
            result.source = section.source or result.source
            result.lines |= section.lines
        for name, value in section.items():
            old = result.get(name)
            nested = name in _NESTED and isinstance(old, Mapping) and isinstance(value, Mapping)
            result[name] = laid_over(old or {}, value) if nested else value
    return result


def draft_of(*sections: Mapping[str, Any], source: str, need_input: bool = True) -> Draft:
    """The draft that the sections give together. Raises FormatError."""
    return draft_from_fields(Fields(laid_over(*sections)), source=source, need_input=need_input)
