"""Which decks of a folder are jobs."""

from tests.mapping_source import MappingSource
from wamspool.decks.roots import root_decks

STEP = b"*STEP\n*STATIC\n*END STEP\n"


def roots(files, family="calculix"):
    return root_decks(MappingSource(files), list(files), family=family)


def test_included_decks_are_no_jobs():
    files = {
        "mesh.inp": b"*NODE\n1,0,0,0\n*INCLUDE,INPUT=deep.inp\n",
        "deep.inp": b"*NSET,NSET=A\n1\n",
        "one.inp": b"*INCLUDE,INPUT=mesh.inp\n" + STEP,
        "two.inp": b"*INCLUDE,INPUT=mesh.inp\n" + STEP,
    }
    assert roots(files) == ("one.inp", "two.inp")


def test_data_files_of_abaqus_are_no_jobs():
    files = {"a.inp": b"*NODE, INPUT=n.inp\n" + STEP, "n.inp": b"*NODE\n1,0,0,0\n"}
    assert roots(files, "abaqus") == ("a.inp",)


def test_what_cannot_be_read_stays_and_is_refused_by_itself():
    files = {
        "a.inp": b"*INCLUDE,INPUT=b.inp\n",
        "b.inp": b"*INCLUDE,INPUT=a.inp\n",
        "empty.inp": b"",
    }
    assert roots(files) == ("a.inp", "b.inp", "empty.inp")


def test_case_counts_only_where_the_folder_tells_it_apart():
    class BlindSource(MappingSource):
        def read(self, name):
            return super().read(name.lower())

    files = {"a.inp": b"*INCLUDE,INPUT=MESH.INP\n" + STEP, "mesh.inp": b"*NODE\n1,0,0,0\n"}
    blind = BlindSource(files)
    assert root_decks(blind, list(files), family="calculix") == ("a.inp",)
    assert roots(files) == ("a.inp", "mesh.inp")


def test_other_families_have_roots_only():
    files = {"a.dat": b"*INCLUDE,INPUT=b.dat\n", "b.dat": b"x"}
    assert roots(files, "command") == ("a.dat", "b.dat")
