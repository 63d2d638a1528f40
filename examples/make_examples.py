"""Writes the example decks into this folder: ``python examples/make_examples.py``.

The meshes are boxes of eight-node bricks. Run it again after a change here; its output is
committed, and a test compares the two.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Point = tuple[float, float, float]
Cell = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Bricks on a grid: nodes by number, and the nodes of each element."""

    nodes: dict[int, Point]
    elements: list[tuple[int, ...]]

    def where(self, chosen: Callable[[Point], bool]) -> list[int]:
        """The numbers of the nodes at the chosen points."""
        return [number for number, point in self.nodes.items() if chosen(point)]


def brick_mesh(cells: Iterable[Cell], size: Point) -> Mesh:
    """A mesh of one brick a cell; ``size`` is a cell's edges in mm."""
    numbers: dict[Cell, int] = {}
    elements = []
    for x, y, z in cells:
        square = [(0, 0), (1, 0), (1, 1), (0, 1)]
        corners = [(x + i, y + j, z + k) for k in (0, 1) for i, j in square]
        elements.append(tuple(numbers.setdefault(each, len(numbers) + 1) for each in corners))
    nodes = {
        number: (i * size[0], j * size[1], k * size[2]) for (i, j, k), number in numbers.items()
    }
    return Mesh(nodes, elements)


def box(x: int, y: int, z: int) -> list[Cell]:
    """All cells of a box of x by y by z."""
    return [(i, j, k) for i in range(x) for j in range(y) for k in range(z)]


def node_lines(mesh: Mesh) -> list[str]:
    """The nodes, in the set NALL."""
    rows = [f"{number}, {x:g}, {y:g}, {z:g}" for number, (x, y, z) in mesh.nodes.items()]
    return ["*NODE, NSET=NALL", *rows]


def element_lines(mesh: Mesh, kind: str) -> list[str]:
    """The elements, in the set EALL."""
    rows = [
        f"{number}, " + ", ".join(map(str, nodes)) for number, nodes in enumerate(mesh.elements, 1)
    ]
    return [f"*ELEMENT, TYPE={kind}, ELSET=EALL", *rows]


def set_lines(name: str, numbers: list[int]) -> list[str]:
    """A node set."""
    rows = [", ".join(map(str, numbers[at : at + 10])) + "," for at in range(0, len(numbers), 10)]
    return [f"*NSET, NSET={name}", *rows]


STEEL = ["*MATERIAL, NAME=STEEL", "*ELASTIC", "210000., 0.3"]
SECTION = ["*SOLID SECTION, ELSET=EALL, MATERIAL=STEEL"]
CLAMP = ["*BOUNDARY", "ROOT, 1, 3"]
RESULTS = ["*NODE FILE", "U", "*EL FILE", "S", "*NODE PRINT, NSET=TIP", "U"]


def static_step(loads: list[str]) -> list[str]:
    """One linear static step with results."""
    return ["*STEP", "*STATIC", *loads, *RESULTS, "*END STEP"]


def tip_load(mesh: Mesh, tip: list[int], force: float) -> list[str]:
    """``force`` in N, downwards, spread evenly over the tip."""
    assert set(tip) <= set(mesh.nodes)  # noqa: S101 - a slip in this script, no input
    return ["*CLOAD", f"TIP, 2, {-force / len(tip):.6g}"]


def bracket() -> list[str]:
    """An L of 60 x 60 x 15 mm, clamped at its top, loaded at the end of its foot."""
    cells = [(i, j, k) for i, j, k in box(24, 24, 3) if i < 4 or j < 4]
    mesh = brick_mesh(cells, (2.5, 2.5, 5.0))
    tip = mesh.where(lambda p: p[0] == 60.0)
    return [
        "*HEADING",
        "L bracket, linear static; mm, N, MPa",
        '** WAM: cpus=1 priority=normal note="bracket example"',
        *node_lines(mesh),
        *element_lines(mesh, "C3D8I"),
        *set_lines("ROOT", mesh.where(lambda p: p[1] == 60.0)),
        *set_lines("TIP", tip),
        *STEEL, *SECTION, *CLAMP,
        *static_step(tip_load(mesh, tip, 500.0)),
    ]  # fmt: skip


def press(increments: int = 200) -> list[str]:
    """A steel block pressed to four fifths of its height, plastic, in equal increments."""
    mesh = brick_mesh(box(9, 9, 9), (4.0, 4.0, 4.0))
    share = f"{1 / increments:g}"
    return [
        "*HEADING",
        "Block under a press, large plastic strains; mm, N, MPa",
        '** WAM: cpus=1 note="watch its progress"',
        *node_lines(mesh),
        *element_lines(mesh, "C3D8"),
        *set_lines("ROOT", mesh.where(lambda p: p[1] == 0.0)),
        *set_lines("TIP", mesh.where(lambda p: p[1] == 36.0)),
        *STEEL,
        "*PLASTIC", "250., 0.", "350., 0.1", "420., 0.5",
        *SECTION, *CLAMP,
        f"*STEP, NLGEOM, INC={10 * increments}",
        "*STATIC", f"{share}, 1., 1.E-5, {share}",
        "*BOUNDARY", "TIP, 1, 1", "TIP, 3, 3", "TIP, 2, 2, -7.2",
        f"*NODE FILE, FREQUENCY={increments}", "U",
        f"*EL FILE, FREQUENCY={increments}", "S, PEEQ",
        "*NODE PRINT, NSET=TIP, TOTALS=ONLY", "RF",
        "*END STEP",
    ]  # fmt: skip


def plate(number: int) -> list[str]:
    """Cantilever plate ``number`` of a family: 100 x 40 mm, 2.0 to 6.5 mm thick."""
    thickness = 1.5 + 0.5 * number
    mesh = brick_mesh(box(12, 1, 5), (100.0 / 12, thickness, 8.0))
    tip = mesh.where(lambda p: p[0] > 99.9)
    return [
        "*HEADING",
        f"Plate {number} of 10, {thickness:g} mm thick; mm, N, MPa",
        f'** WAM: cpus=1 note="plate {thickness:g} mm"',
        *node_lines(mesh),
        *element_lines(mesh, "C3D8I"),
        *set_lines("ROOT", mesh.where(lambda p: p[0] == 0.0)),
        *set_lines("TIP", tip),
        *STEEL, *SECTION, *CLAMP,
        *static_step(tip_load(mesh, tip, 20.0)),
    ]  # fmt: skip


def assembly() -> dict[str, list[str]]:
    """A bar in four files. Included names count from the folder of assembly.inp, nested too."""
    mesh = brick_mesh(box(20, 3, 3), (5.0, 5.0, 5.0))
    tip = mesh.where(lambda p: p[0] == 100.0)
    deck = [
        "*HEADING",
        "Bar put together from included files; mm, N, MPa",
        "*INCLUDE, INPUT=mesh/part.inc",
        "*INCLUDE, INPUT=material.inc",
        *SECTION, *CLAMP,
        *static_step(tip_load(mesh, tip, 1000.0)),
    ]  # fmt: skip
    part = [
        "** nodes, elements and sets of the bar",
        *node_lines(mesh),
        *element_lines(mesh, "C3D8I"),
        "*INCLUDE, INPUT=mesh/sets.inc",
    ]
    root = mesh.where(lambda p: p[0] == 0.0)
    sets = [*set_lines("ROOT", root), *set_lines("TIP", tip)]
    return {
        "assembly/assembly.inp": deck,
        "assembly/mesh/part.inc": part,
        "assembly/mesh/sets.inc": sets,
        "assembly/material.inc": ["** structural steel", *STEEL],
    }


def broken() -> list[str]:
    """The first plate with the load on a set that does not exist: TIPP for TIP."""
    lines = ["** This deck must fail: the set TIPP is misspelt." if "WAM" in line else line
             for line in plate(1)]  # fmt: skip
    return [line.replace("TIP, 2,", "TIPP, 2,") for line in lines]


def all_files() -> dict[str, str]:
    """Every example by its name in this folder."""
    lines = {"bracket.inp": bracket(), "press.inp": press(), "broken.inp": broken(), **assembly()}
    lines |= {f"family/plate-{number:02d}.inp": plate(number) for number in range(1, 11)}
    return {name: "\n".join(text) + "\n" for name, text in lines.items()}


def main() -> None:
    """Writes all examples, and says how large each is."""
    here = Path(__file__).parent
    for name, text in all_files().items():
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii", newline="\n")
        print(f"{len(text):7} {name}")


if __name__ == "__main__":
    main()
