"""The keyword cards of CalculiX 2.20, and how it recognises them.

Each was run in a deck of its own: a card is unknown when the solver prints "Card image cannot be
interpreted"; it then computes on without it and ends with exit code 0. Found that way:
blanks do not count, and a card is taken by its beginning (*CLOADX is *CLOAD, without a word),
except for those of ``_WHOLE``. *MEMBRANE, *FACE PRINT and *RATE DEPENDENT are unknown to 2.20.
"""

from typing import Final

CARDS: Final = """
AMPLITUDE, BASE MOTION, BEAM GENERAL SECTION, BEAM SECTION, BOUNDARY, BOUNDARYF, BUCKLE, CFD, CFLUX,
CHANGE FRICTION, CHANGE MATERIAL, CHANGE PLASTIC, CHANGE SOLID SECTION, CHANGE SURFACE BEHAVIOR,
CLEARANCE, CLOAD, COMPLEX FREQUENCY, CONDUCTIVITY, CONSTRAINT, CONTACT DAMPING, CONTACT FILE,
CONTACT OUTPUT, CONTACT PAIR, CONTACT PRINT, CONTROLS, CORRELATION LENGTH,
COUPLED TEMPERATURE-DISPLACEMENT, COUPLING, CRACK PROPAGATION, CREEP, CYCLIC HARDENING,
CYCLIC SYMMETRY MODEL, DAMPING, DASHPOT, DEFORMATION PLASTICITY, DENSITY, DEPVAR, DESIGN RESPONSE,
DESIGN VARIABLES, DFLUX, DISTRIBUTING, DISTRIBUTING COUPLING, DISTRIBUTION, DISTRIBUTION TABLE,
DLOAD, DSLOAD, DYNAMIC, EL FILE, EL PRINT, ELASTIC, ELECTRICAL CONDUCTIVITY, ELECTROMAGNETICS,
ELEMENT, ELEMENT OUTPUT, ELSET, END STEP, EQUATION, EQUATIONF, EXPANSION, FEASIBLE DIRECTION, FILM,
FILTER, FLUID CONSTANTS, FLUID SECTION, FREQUENCY, FRICTION, GAP, GAP CONDUCTANCE,
GAP HEAT GENERATION, GEOMETRIC CONSTRAINT, GEOMETRIC TOLERANCE, GREEN, HCF, HEADING, HEAT TRANSFER,
HYPERELASTIC, HYPERFOAM, INCLUDE, INITIAL CONDITIONS, INITIAL STRAIN INCREASE, KINEMATIC,
MAGNETIC PERMEABILITY, MASS, MASS FLOW, MATERIAL, MEMBRANE SECTION, MODAL DAMPING, MODAL DYNAMIC,
MODEL CHANGE, MPC, NETWORK MPC, NO ANALYSIS, NODAL THICKNESS, NODE, NODE FILE, NODE OUTPUT,
NODE PRINT, NORMAL, NSET, OBJECTIVE, ORIENTATION, OUTPUT, PHYSICAL CONSTANTS, PLASTIC,
PRE-TENSION SECTION, RADIATE, RANDOM FIELD, REFINE MESH, RESTART, RETAINED NODAL DOFS, RIGID BODY,
ROBUST DESIGN, SECTION PRINT, SELECT CYCLIC SYMMETRY MODES, SENSITIVITY, SHELL SECTION,
SOLID SECTION, SPECIFIC GAS CONSTANT, SPECIFIC HEAT, SPRING, STATIC, STEADY STATE DYNAMICS, STEP,
SUBMODEL, SUBSTRUCTURE GENERATE, SUBSTRUCTURE MATRIX OUTPUT, SURFACE, SURFACE BEHAVIOR,
SURFACE INTERACTION, TEMPERATURE, TIE, TIME POINTS, TRANSFORM, TRANSFORMF,
UNCOUPLED TEMPERATURE-DISPLACEMENT, USER ELEMENT, USER MATERIAL, USER SECTION, VALUES AT INFINITY,
VIEWFACTOR, VISCO
"""

_BY_COMPACT: Final = {
    card.replace(" ", ""): card for card in " ".join(CARDS.split()).split(", ")
}  # "ENDSTEP" -> "END STEP"
_WHOLE: Final = frozenset({"GAP", "SURFACE", "TRANSFORM", "VISCO"})
_LONGEST: Final = max(map(len, _BY_COMPACT))

# The first of these in a step is its procedure. Timed ones write rows to .sta; the others (and
# EXPLICIT dynamics, and HEAT TRANSFER, FREQUENCY) write none. CFD has a period but no rows.
TIMED: Final = frozenset({
    "COUPLED TEMPERATURE-DISPLACEMENT",
    "DYNAMIC",
    "ELECTROMAGNETICS",
    "HEAT TRANSFER",
    "STATIC",
    "UNCOUPLED TEMPERATURE-DISPLACEMENT",
    "VISCO",
})  # fmt: skip
UNTIMED: Final = frozenset({
    "BUCKLE",
    "CFD",
    "COMPLEX FREQUENCY",
    "CRACK PROPAGATION",
    "FEASIBLE DIRECTION",
    "FREQUENCY",
    "GREEN",
    "HCF",
    "MODAL DYNAMIC",
    "NO ANALYSIS",
    "ROBUST DESIGN",
    "SENSITIVITY",
    "STEADY STATE DYNAMICS",
    "SUBSTRUCTURE GENERATE",
})  # fmt: skip


def recognise(compact: str) -> str | None:
    """The card that CalculiX takes ``compact`` (upper case, no blanks, no '*') for, or None."""
    exact = _BY_COMPACT.get(compact)
    if exact is not None:
        return exact
    for length in range(min(len(compact) - 1, _LONGEST), 2, -1):
        start = compact[:length]
        if start in _BY_COMPACT and start not in _WHOLE:
            return _BY_COMPACT[start]
    return None


def is_exact(compact: str) -> bool:
    """Whether the card is spelt out exactly, so that nothing of it is passed over."""
    return compact in _BY_COMPACT


def did_you_mean(compact: str) -> str | None:
    """The known card that is spelt most like ``compact``, or None when none is near."""
    import difflib  # noqa: PLC0415 - for a slip only

    near = difflib.get_close_matches(compact[:_LONGEST], _BY_COMPACT, n=1, cutoff=0.7)
    return _BY_COMPACT[near[0]] if near else None
