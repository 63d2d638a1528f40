"""``wam-node config``: what is wrong with a settings file, what can stand in it, what holds."""

import argparse
import difflib
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from node_service.config_file import (
    FORMAT,
    VERSION_NAME,
    Filed,
    InForce,
    NothingConfigured,
    read_file,
)
from node_service.settings_table import BY_NAME, SETTINGS, Setting
from node_service.wiring import configured, settings_file
from spool_layout.errors import WamError
from spool_layout.units import count

WIDTH: Final = 92
EXAMPLES: Final = """examples:
  wam-node config explain > node.yaml       every setting, explained; a file to begin from
  wam-node config explain memory
  wam-node config check /etc/wam/node.yaml
  wam-node config show --json
"""


class NoSuchSetting(WamError):
    """A node has no setting of this name."""

    exit_code = 82
    remedy = "See all of them with 'wam-node config explain'."


def add_config(parser: argparse.ArgumentParser) -> None:
    """The parser takes ``check``, ``explain`` and ``show``."""
    parser.epilog, parser.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    check = commands.add_parser("check", help="say every problem of a settings file")
    check.set_defaults(act=_check)
    check.epilog = "Exit code: 0 when the file can be used, 1 when it cannot."
    check.add_argument("file", nargs="?", type=Path, help="the file (default: the usual one)")
    explain = commands.add_parser("explain", help="what a setting means; all of them as a file")
    explain.set_defaults(act=_explain)
    explain.add_argument("setting", nargs="?", help="its name")
    show = commands.add_parser("show", help="the settings that hold, and where each comes from")
    show.set_defaults(act=_show)
    for command in (check, show):
        command.add_argument("--config", type=Path, metavar="FILE", help="the node's settings file")
    for command in (check, explain, show):
        command.add_argument("--json", action="store_true", help="print one JSON document instead")


def _write(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _write_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"wam": 1, **document}, indent=2) + "\n")


def _named_file(named: Path | None) -> Path:
    file = settings_file(named, usual=True)
    if file is None:
        raise NothingConfigured(
            "this machine has no settings file of a node",
            cure="Name one, or begin with 'wam-node config explain > node.yaml'.",
        )
    return file


def _check(arguments: argparse.Namespace) -> int:
    filed = read_file(_named_file(arguments.file or arguments.config))
    if arguments.json:
        _write_json(problems_document(filed))
    else:
        _write(problem_lines(filed))
    return 1 if filed.problems else 0


def problems_document(filed: Filed) -> dict[str, Any]:
    """The findings for programs."""
    problems = [
        {"file": p.source, "line": p.line, "problem": p.problem, "cure": p.cure}
        for p in filed.problems
    ]
    return {"file": filed.source, "usable": not problems, "problems": problems}


def problem_lines(filed: Filed) -> Iterator[str]:
    """The findings for people."""
    for problem in filed.problems:
        yield f"{problem.message}"
        yield f"  -> {problem.cure}"
    if not filed.problems:
        yield f"{filed.source}: can be used ({count(len(filed.values), 'setting')})"
        if BY_NAME["spool"].field not in filed.values:
            yield "  It names no spool: write 'spool: FOLDER', or say --spool to 'wam-node run'."


def _explain(arguments: argparse.Namespace) -> int:
    settings = SETTINGS if arguments.setting is None else (_setting(arguments.setting),)
    if arguments.json:
        _write_json({"settings": [explained(setting) for setting in settings]})
    elif arguments.setting is None:
        sys.stdout.write(template())
    else:
        _write(explain_lines(settings[0]))
    return 0


def _setting(name: str) -> Setting:
    if name in BY_NAME:
        return BY_NAME[name]
    near = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.6)
    cure = f"Did you mean '{near[0]}'?" if near else None
    raise NoSuchSetting(f"a node has no setting '{name}'", cure=cure)


def explained(setting: Setting) -> dict[str, Any]:
    """One setting for programs."""
    return {
        "setting": setting.name,
        "kind": setting.kind.words,
        "default": setting.default,
        "example": f"{setting.name}: {setting.example}",
        "meaning": setting.meaning,
        "live": setting.live,
        "option": setting.option.flag if setting.option else None,
    }


def explain_lines(setting: Setting) -> Iterator[str]:
    """One setting for people."""
    yield f"{setting.name}: {setting.kind.words}"
    yield from textwrap.wrap(setting.meaning, WIDTH)
    yield f"default: {setting.default}"
    yield f"example: {setting.name}: {setting.example}"
    if setting.option:
        yield f"option:  {setting.option.flag} {setting.option.metavar}".rstrip()
    yield _when(setting)


def _when(setting: Setting) -> str:
    if setting.live:
        return "A change of the file is followed while the service runs."
    return "A change of the file is followed from the service's next start on."


def template() -> str:
    """A settings file that changes nothing: every setting explained, and commented out."""
    lines = [
        "# Settings of this machine's WAM node. 'wam-node config check' says what is wrong here.",
        "# A line that begins with '# name:' is an example; remove the '#' to use it.",
        f"{VERSION_NAME}: {FORMAT}",
    ]
    for setting in SETTINGS:
        said = f"{setting.meaning} {_when(setting)} Default: {setting.default}."
        lines += ["", *(f"# {line}" for line in textwrap.wrap(said, WIDTH))]
        lines.append(f"# {setting.name}: {setting.example}")
    return "\n".join([*lines, ""])


def _show(arguments: argparse.Namespace) -> int:
    file = settings_file(arguments.config, usual=True)
    shown = configured({}, file)
    if arguments.json:
        rows = [
            {"setting": s.name, "value": _plain(shown, s), "from": shown.origins[s.name]}
            for s in SETTINGS
        ]
        _write_json({"file": str(file) if file else None, "settings": rows})
    else:
        _write(show_lines(shown))
    return 0


def _plain(shown: InForce, setting: Setting) -> object:
    value = getattr(shown.settings, setting.field)
    return None if value in (None, "") else setting.kind.plain(value)


def show_lines(shown: InForce) -> Iterator[str]:
    """The settings for people, with the origin of each."""
    for setting in SETTINGS:
        value = getattr(shown.settings, setting.field)
        said = "none" if value in (None, "", {}, ()) else setting.kind.show(value)
        yield f"{setting.name}: {said}  (from {shown.origins[setting.name]})"
