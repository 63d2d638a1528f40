"""Which example decks the demo runs, how each is handed in, and how it is expected to end."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import client_tools
from client_tools.errors import DemoImpossible
from spool_layout.states import Outcome

SOLVER = "ccx"


@dataclass(frozen=True, slots=True)
class Example:
    """One deck. ``dropped``: copied into the spool's drop folder, else submitted as a ticket."""

    path: str
    dropped: bool
    expected: Outcome = Outcome.COMPLETED

    @property
    def deck(self) -> str:
        """The deck's own name, by which its job is known again."""
        return self.path.rpartition("/")[2]


SHORT = (
    Example("bracket.inp", dropped=True),
    Example("broken.inp", dropped=True, expected=Outcome.FAILED),
    Example("assembly/assembly.inp", dropped=False),
    *(Example(f"family/plate-{n:02}.inp", dropped=n % 2 == 1) for n in range(1, 5)),
)
ALL = (
    Example("press.inp", dropped=False),
    *SHORT,
    *(Example(f"family/plate-{n:02}.inp", dropped=n % 2 == 1) for n in range(5, 11)),
)


def examples_folder() -> Path:
    """Where the example decks lie: beside the package, as in a checkout. Raises DemoImpossible."""
    folder = Path(client_tools.__file__).resolve().parent.parent / "examples"
    missing = [one.path for one in ALL if not (folder / one.path).is_file()]
    if missing:
        raise DemoImpossible(
            f"the example decks are not in {folder} ({missing[0]} is missing)",
            cure="Run the demo from a checkout of WAM, installed with 'pip install -e .'.",
        )
    return folder


def check_solver() -> None:
    """CalculiX is on the PATH. Raises DemoImpossible with how to install it."""
    if shutil.which(SOLVER) is None:
        raise DemoImpossible(
            f"CalculiX is not installed: there is no program '{SOLVER}' on the PATH",
            cure="Install it: 'apt install calculix-ccx', or see www.calculix.de.",
        )
