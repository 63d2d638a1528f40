"""What lies aside is kept for a while, told of, and removed."""

import os

from node_service.app import main
from node_service.scratch_aside import Aside


def put(root, name, *, at, size=100):
    folder = root / "aside" / name
    (folder / "run/frames").mkdir(parents=True)
    (folder / "run/frames/a.dat").write_bytes(b"x" * size)
    os.utime(folder, (at, at))


def test_the_oldest_first_with_their_sizes(tmp_path):
    put(tmp_path, "b-bbbbb.g1", at=2000, size=7)
    put(tmp_path, "a-aaaaa.g1", at=3000, size=8)
    (tmp_path / "aside/a-aaaaa.g1/run/link").symlink_to("/etc")
    found = Aside(tmp_path).found()
    assert [(one.name, one.since) for one in found] == [("b-bbbbb.g1", 2000), ("a-aaaaa.g1", 3000)]
    assert found[0].size_bytes == 7 and found[1].size_bytes < 100


def test_a_scratch_without_any(tmp_path):
    assert Aside(tmp_path).found() == [] and Aside(tmp_path).remove_older(10.0**12) == []


def test_what_is_older_goes(tmp_path):
    put(tmp_path, "b-bbbbb.g1", at=2000)
    put(tmp_path, "a-aaaaa.g1", at=3000)
    assert Aside(tmp_path).remove_older(2500) == ["b-bbbbb.g1"]
    assert [p.name for p in (tmp_path / "aside").iterdir()] == ["a-aaaaa.g1"]


def test_what_is_put_aside_lies_there_from_then_on(site, solving):
    os.utime(solving.folder.path, (1000, 1000))
    site.node.scratch.put_aside(solving.job, solving.generation)
    (one,) = Aside(site.node.scratch.root).found()
    assert one.since > 10**9


def test_the_service_s_account_tells_of_it(site, capsys):
    from node_service.heartbeat import Heartbeat

    root = site.node.scratch.root
    Heartbeat(site.node).beat("up", site.node.whole(), [], ())
    words = ["status", "--name", "alpha", "--scratch", str(root)]
    main(words)
    assert "aside" not in capsys.readouterr().out
    put(root, "b-bbbbb.g1", at=2000, size=3 << 20)
    main(words)
    text = capsys.readouterr().out
    assert "aside   1 run that came too late, 3.0 MB" in text and "removed after 30 d" in text
