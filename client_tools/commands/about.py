"""``wam about``: what this program is."""

import sys

from client_tools import config, wiring
from client_tools.commands.options import JsonOption
from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen, Tone


def about(as_json: JsonOption = False) -> None:
    """Tell the version, the licence, and where your settings are."""
    version, file = wiring.version(), config.config_file()
    python = ".".join(str(part) for part in sys.version_info[:3])
    lines = [
        Line(f"WAM {version}: solver jobs through a folder that all machines see", Tone.TITLE),
        Line("MIT licence: use, change and pass it on, without any warranty."),
        Line(f"Python {python}; your settings: {file}"),
        Line("wam --help lists the commands; wam demo shows them at work; wam ham is for lunch."),
    ]
    document = {"version": version, "licence": "MIT", "python": python, "settings": str(file)}
    choose_output(as_json=as_json).show(Screen(document, lines))
