"""Making and opening a spool; folders that cannot be one are refused."""

import pytest

from spool_layout import folders
from spool_layout.errors import FormatError, TooNew
from tests.clocks import FakeClock
from tests.faults import CHANGING, Crash, FaultyShare
from wamspool.errors import NotASpool, UnfitFolder
from wamspool.shares.local import LocalShare
from wamspool.spool import create_spool, open_spool, refuse_synchronised, synchroniser_of


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "spool").mkdir()
    return tmp_path / "spool"


@pytest.fixture
def share(folder):
    return LocalShare(folder, FakeClock(), durable=False)


def test_a_new_spool_has_all_its_folders_and_explains_itself(share, folder):
    settings = create_spool(share, FakeClock())
    assert {p.name for p in folder.iterdir()} == {*folders.ALL, "spool.yaml", "README.txt"}
    assert {p.name for p in (folder / "incoming").iterdir()} == set(settings.presets)
    assert b"\r\n" in (folder / "README.txt").read_bytes()
    opened = open_spool(share, FakeClock())
    assert opened.settings == settings and len(settings.spool_id) == 10


def test_two_spools_are_not_taken_for_one(share, tmp_path):
    (tmp_path / "other").mkdir()
    other = LocalShare(tmp_path / "other", FakeClock(), durable=False)
    ids = {create_spool(s, FakeClock(seed=str(n))).spool_id for n, s in enumerate((share, other))}
    assert len(ids) == 2


def test_making_it_again_changes_nothing(share, folder):
    create_spool(share, FakeClock())
    text = (folder / "spool.yaml").read_text().replace("# quiet: 6 s", "quiet: 3 s")
    (folder / "spool.yaml").write_text(text)
    (folder / "README.txt").write_text("ours")
    (folder / "held").rmdir()
    assert create_spool(share, FakeClock(seed="b")).quiet_s == 3
    assert (folder / "held").is_dir() and (folder / "README.txt").read_text() == "ours"


def test_of_two_that_make_it_at_once_both_open_the_same(share):
    other = FaultyShare(share)
    other.at("create", folders.SETTINGS, before=lambda: create_spool(share, FakeClock()))
    assert create_spool(other, FakeClock(seed="b")) == create_spool(share, FakeClock(seed="c"))


def test_nobody_finds_half_a_spool(tmp_path):
    """However far it came: either there is no spool.yaml, or all is there."""
    counted = FaultyShare(LocalShare(tmp_path, FakeClock(), durable=False))
    assert CHANGING
    for instant in range(1, 25):
        folder = tmp_path / f"crash-{instant}"
        folder.mkdir()
        share = LocalShare(folder, FakeClock(), durable=False)
        dying = FaultyShare(share, crash_before=instant)
        try:
            create_spool(dying, FakeClock())
        except Crash:
            counted.calls += 1
        if (folder / "spool.yaml").exists():
            assert all((folder / name).is_dir() for name in folders.ALL), instant
        else:
            with pytest.raises(NotASpool):
                open_spool(share, FakeClock())
        create_spool(share, FakeClock())
        assert all((folder / f"incoming/{name}").is_dir() for name in ("high", "8cpus")), instant
    assert counted.calls > 15


def test_an_ordinary_folder_is_no_spool(share):
    with pytest.raises(NotASpool, match=r"holds no spool\.yaml") as caught:
        open_spool(share, FakeClock())
    assert "wam init" in caught.value.cure


@pytest.mark.parametrize("name", ["thesis.docx", "src/", "held.txt"])
def test_a_folder_with_something_else_in_it_is_left_alone(share, folder, name):
    (folder / name).mkdir() if name.endswith("/") else (folder / name).write_bytes(b"x")
    with pytest.raises(UnfitFolder, match=f"holds something else already: {name.rstrip('/')}"):
        create_spool(share, FakeClock())
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", ".DS_Store", "lost+found"])
def test_what_systems_leave_everywhere_is_no_hindrance(share, folder, name):
    (folder / name).write_bytes(b"x")
    assert create_spool(share, FakeClock())


def test_settings_that_cannot_be_read_are_an_error_with_the_line(share, folder):
    create_spool(share, FakeClock())
    (folder / "spool.yaml").write_text("spool_id: a\nleese: 3 min\n")
    with pytest.raises(FormatError, match=r"spool\.yaml:2: leese"):
        open_spool(share, FakeClock())
    (folder / "spool.yaml").write_text("wam: 99\n")
    with pytest.raises(TooNew):
        open_spool(share, FakeClock())


def test_a_new_job_s_suffix_is_nobody_else_s(share):
    create_spool(share, FakeClock())
    spool = open_spool(share, FakeClock())
    assert len({spool.new_suffix() for _ in range(200)}) == 200


@pytest.mark.parametrize(
    ("location", "product"),
    [
        ("/home/jo/Dropbox/spool", "Dropbox"),
        ("C:\\Users\\jo\\OneDrive - Firm\\spool", "OneDrive"),
        ("C:\\Users\\jo\\OneDrive\\spool", "OneDrive"),
        ("/Users/jo/Library/Mobile Documents/x", "iCloud Drive"),
        ("/mnt/Google Drive/x", "Google Drive"),
        ("/home/jo/Nextcloud/x", "Nextcloud"),
        ("/srv/share/dropboxes", None),
        ("/srv/share", None),
        ("", None),
    ],
)
def test_a_cloud_folder_gives_itself_away_by_its_path(location, product):
    assert synchroniser_of(location) == product


def test_a_cloud_folder_gives_itself_away_by_what_lies_in_or_above_it(share, folder, tmp_path):
    above = LocalShare(tmp_path, FakeClock(), durable=False)
    parents = (("above", above), (str(folder), share))
    refuse_synchronised(str(folder), parents)
    (tmp_path / ".stfolder").mkdir()
    with pytest.raises(UnfitFolder, match="above is kept by Syncthing") as caught:
        refuse_synchronised(str(folder), parents)
    assert "shared drive" in caught.value.cure
