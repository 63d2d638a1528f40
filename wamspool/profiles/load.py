"""The solver profiles of a site: those that come with WAM, then its own, which win by name."""

import pkgutil
from collections.abc import Mapping
from typing import Final

from spool_layout.errors import FormatError
from spool_layout.profile import Profile, parse_profile

BUNDLED: Final = ("abaqus", "calculix", "command")


def bundled_text(name: str) -> str:
    """The text of a profile that comes with WAM, with its comments: a start for one's own."""
    text = pkgutil.get_data("wamspool.profiles", f"{name}.yaml")
    if text is None:
        raise FileNotFoundError(f"this installation lacks the solver profile {name}.yaml")
    return text.decode("utf-8")


def load_profiles(site_texts: Mapping[str, str | bytes]) -> dict[str, Profile]:
    """All profiles by name. ``site_texts``: the site's own texts by where they were read.

    A site's profile replaces the bundled one of its name as a whole. Raises FormatError for a
    text that is no profile, and for two of the site's that have one name.
    """
    profiles = {name: parse_profile(bundled_text(name), source=f"{name}.yaml") for name in BUNDLED}
    sources: dict[str, str] = {}
    for source, text in site_texts.items():
        profile = parse_profile(text, source=source)
        if profile.name in sources:
            raise FormatError(
                f"the name '{profile.name}' is taken by {sources[profile.name]}",
                source=source,
                cure="Give one of the two profiles another name.",
            )
        sources[profile.name] = source
        profiles[profile.name] = profile
    return profiles
