"""From a profile and a job's figures to the solver's command, environment and results."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

from spool_layout.errors import WamError
from spool_layout.profile import OPTIONS_PLACE, Profile
from spool_layout.profile_fields import PLACEHOLDER, Group


class OptionNotPermitted(WamError):
    """A ticket asks for an option, or a value of one, that its solver profile does not permit."""

    exit_code = 7
    remedy = "Choose among what the profile permits, or ask who keeps it to permit more."


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverArguments:
    """What a profile's placeholders stand for in one attempt.

    ``program`` is a full path; ``job`` the deck's staged stem, ``input`` its name, ``run`` the
    full path of the run folder.
    """

    program: str
    job: str
    input: str
    run: str
    cpus: int
    gpus: int
    memory_mb: int

    def fill(self, text: str) -> str:
        """The text with its placeholders filled in; what a value holds is not read again."""
        return PLACEHOLDER.sub(lambda match: str(getattr(self, match[1])), text)

    def fill_group(self, group: Group) -> tuple[str, ...]:
        """The arguments filled in; none where a number that they stand for is 0."""
        words = (word for argument in group for word in PLACEHOLDER.findall(argument))
        if any(getattr(self, word) == 0 for word in words):
            return ()
        return tuple(self.fill(argument) for argument in group)


def build_command(
    profile: Profile, arguments: SolverArguments, options: Mapping[str, str]
) -> tuple[str, ...]:
    """The command as the system takes it, argument by argument. Raises OptionNotPermitted."""
    chosen = tuple(_option_argument(profile, name, options[name]) for name in options)
    command: list[str] = []
    for argument in profile.command:
        if argument == OPTIONS_PLACE:
            command += chosen
        elif isinstance(argument, tuple):
            command += arguments.fill_group(argument)
        else:
            command.append(arguments.fill(argument))
    return tuple(command)


def build_version_command(profile: Profile, program: str) -> tuple[str, ...]:
    """The command that prints the solver's version; empty where the profile has none."""
    return tuple(argument.replace("{program}", program) for argument in profile.version_command)


def fill_command(command: tuple[str, ...], arguments: SolverArguments) -> tuple[str, ...]:
    """A command by which a run is told something; to be called from the run folder."""
    return tuple(arguments.fill(argument) for argument in command)


def build_environment(
    profile: Profile, arguments: SolverArguments, inherited: Mapping[str, str]
) -> dict[str, str]:
    """The solver's whole environment: what is inherited, less what is unset, and what is set."""
    kept = {n: v for n, v in inherited.items() if not _matches(n, profile.environment_unset)}
    return kept | {name: arguments.fill(v) for name, v in profile.environment_set.items()}


def is_brought_back(profile: Profile, name: str) -> bool:
    """Whether a file of the run folder (``sub/name`` with '/') is a result; ``leave`` wins."""
    return _matches(name, profile.results_bring) and not _matches(name, profile.results_leave)


def _option_argument(profile: Profile, name: str, value: str) -> str:
    option = profile.options.get(name)
    if option is None:
        known = ", ".join(profile.options) or "none"
        raise OptionNotPermitted(
            f"option '{name}' is not one that the solver profile '{profile.name}' permits",
            cure=f"It permits: {known}.",
        )
    if not option.permits(value):
        wanted = f"one of {', '.join(option.values)}" if option.values else option.pattern
        raise OptionNotPermitted(
            f"option '{name}' of the solver profile '{profile.name}' does not take '{value}'",
            cure=f"It takes {wanted}.",
        )
    return option.argument.replace("{value}", value)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(pattern.match(name) for pattern in _compiled(patterns))


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(translate(pattern)) for pattern in patterns)
