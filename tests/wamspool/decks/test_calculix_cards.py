"""Cards are known, shortened and misspelt as the solver takes them."""

import pytest

from wamspool.decks import calculix_cards as cards


def test_every_procedure_is_a_card():
    for name in cards.TIMED | cards.UNTIMED:
        assert cards.recognise(name.replace(" ", "")) == name
    assert not cards.TIMED & cards.UNTIMED


@pytest.mark.parametrize(
    ("compact", "card"),
    [
        ("ENDSTEP", "END STEP"),
        ("CLOADX", "CLOAD"),
        ("FLUIDSECTIONS", "FLUID SECTION"),
        ("MASSFLOWS", "MASS FLOW"),
        ("NODEPRINTED", "NODE PRINT"),
        ("INCLUDEINPUT=F", "INCLUDE"),
        ("SURFACEX", None),
        ("GAPX", None),
        ("VISCOX", None),
        ("MEMBRANE", None),
        ("FACEPRINT", None),
        ("RATEDEPENDENT", None),
        ("SURFACEBEHAVIOUR", None),
        ("", None),
    ],
)
def test_cards_are_known_by_their_beginning(compact, card):
    assert cards.recognise(compact) == card


def test_spelling_help():
    assert cards.did_you_mean("SURFACEBEHAVIOUR") == "SURFACE BEHAVIOR"
    assert cards.did_you_mean("BOUNDRY") == "BOUNDARY"
    assert cards.did_you_mean("QQQQQQ") is None
    assert cards.is_exact("ENDSTEP")
    assert not cards.is_exact("CLOADX")
