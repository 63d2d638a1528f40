"""A short way through the YAML that WAM itself writes: one field a line, plain or quoted words.

A node reads each ticket that it may claim, and the way through a YAML library takes longer than
the claim. What is taken here is a small part of YAML, without comments, escapes or line breaks in
values, in which every text has one meaning; anything else is left to the library.
"""

import re
from typing import Final

_KEY = r"[a-z][a-z0-9_]{0,60}"
_VALUE = r'(?:[A-Za-z_/][A-Za-z0-9_./+-]*|[0-9]{1,18}|"[ !#-\[\]-~]*")'
_PAIR = rf"{_KEY}: {_VALUE}"
_FIELD: Final = re.compile(rf"(  )?({_KEY}):(?: ({_VALUE}))?\Z")
_ITEM: Final = re.compile(rf"  - \{{{_PAIR}(?:, {_PAIR})*\}}\Z")
_PAIRS: Final = re.compile(rf"({_KEY}): ({_VALUE})")


Word = tuple[str, int, str]
"""One field: its name, its line (1-based), and its value as it is written."""

Plain = tuple[str, int, str | list[Word] | list[list[Word]]]
"""A word, or a field with what stands below it: a mapping, or a list of mappings."""


def plain_fields(text: str) -> list[Plain] | None:
    """The fields in their order, names given twice included; None for any other YAML."""
    lines = text.removesuffix("\n").split("\n")
    fields: list[Plain] = []
    number, count = 0, len(lines)
    while number < count:
        found = _FIELD.match(lines[number])
        number += 1
        if found is None or found[1]:
            return None
        if found[3]:
            fields.append((found[2], number, found[3]))
            continue
        named_in = number
        mapping: list[Word] = []
        items: list[list[Word]] = []
        while number < count and lines[number].startswith("  "):
            line = lines[number]
            number += 1
            inner = _FIELD.match(line)
            if inner and inner[3] and not items:
                mapping.append((inner[2], number, inner[3]))
            elif _ITEM.match(line) and not mapping:
                items.append([(name, number, value) for name, value in _PAIRS.findall(line)])
            else:
                return None
        if not mapping and not items:
            return None
        fields.append((found[2], named_in, mapping or items))
    return fields
