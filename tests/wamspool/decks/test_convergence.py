"""Attempts and residuals, from whatever text a solver writes."""

from wamspool.decks.convergence import residuals_in, rows_in

CALCULIX = """\
SUMMARY OF JOB INFORMATION
  STEP      INC     ATT  ITRS     TOT TIME     STEP TIME      INC TIME
     1          1     1     2  0.500000E-02  0.500000E-02  0.500000E-02
     1          2     1U    9  0.500000E-02  0.500000E-02  0.500000E-02
     1          2     2     3  0.750000E-02  0.750000E-02  0.250000E-02
"""
ABAQUS = "   1     1   1     0     2     2  0.250      0.250      0.2500\n"
CVG = """\
SUMMARY OF C0NVERGENCE INFORMATION
  STEP   INC  ATT   ITER     CONT.   RESID.        CORR.      RESID.      CORR.
                              EL.    FORCE         DISP       FLUX        TEMP.
                              (#)     (%)           (%)        (%)         (%)
     1     1     1     1        0  0.5237E+01  0.1000E+03  0.0000E+00  0.0000E+00
     1     1     1     2        0  0.3760E-02  0.1671E+00  0.9000E-01  0.0000E+00
     1     2     1U    1        0  **********  0.2902E+02  0.0000E+00  0.0000E+00
     1     2     2     1        0  0.6860E+01  0.60"""


def test_rows_of_both_solvers():
    rows = rows_in(CALCULIX)
    assert [(row.increment, row.attempt, row.converged, row.iterations) for row in rows] == [
        (1, 1, True, 2),
        (2, 1, False, 9),
        (2, 2, True, 3),
    ]
    (row,) = rows_in(ABAQUS)
    assert (row.step, row.iterations, row.step_time) == (1, 2, 0.25)
    assert rows_in("nothing of that kind\n") == ()


def test_the_larger_residual_of_whole_lines():
    assert residuals_in(CVG) == (5.237, 0.09)
