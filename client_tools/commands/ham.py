"""``wam ham``: for old times' sake."""

from client_tools.views.output import choose_output
from client_tools.views.screen import Line, Screen

HAM = r"""
                 .-~~~~~~~~~-.
              .-'   .-----.    '-.
            .'    .'  ___  '.     '.           ___
           /     /  .'   '.  \      '-._____.-'   )
          |     |   |  O  |   |       _____       )
           \     \  '.___.'  /    .-'       '-.___)
            '.    '._______.'   .'
              '-.            .-'
                 '~-.____.-~'
             ham: the job is done, have a bite
"""


def ham() -> None:
    """Serve a ham."""
    lines = [Line(line) for line in HAM.strip("\n").splitlines()]
    choose_output(as_json=False).show(Screen({}, lines))
