"""Plots of characters."""

from client_tools.views.plot import LABEL_WIDTH, column_plot


def test_columns_grow_with_their_values():
    lines = column_plot([1.0, 2.0, 4.0], [False, False, True], width=40, height=2)
    assert lines == ["        4 |  x", "        0 |▄█x"]


def test_only_what_fits_is_drawn_and_it_is_the_last():
    lines = column_plot([9.0] * 50 + [1.0] * 5, [False] * 55, width=LABEL_WIDTH + 2 + 5, height=3)
    assert [line[LABEL_WIDTH + 2 :] for line in lines] == ["█████"] * 3
    assert max(map(len, lines)) <= LABEL_WIDTH + 2 + 5


def test_powers_of_ten():
    lines = column_plot(
        [100.0, 0.01, 0.0, float("nan")], [False] * 4, width=40, height=2, is_log=True
    )
    assert lines == ["    1e+02 |█", "    1e-02 |█▄"]


def test_nothing_is_no_plot():
    assert column_plot([], [], width=40, height=3) == []
    assert column_plot([0.0], [False], width=40, height=2) == ["        0 |", "        0 |"]
