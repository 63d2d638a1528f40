"""Of which folders' changes a node is told."""

from node_service.watched import folders_to_watch


def test_the_queue_the_requests_and_the_presets_that_are_there(site):
    assert set(folders_to_watch(site.spool)) == {"incoming", "requests", "cancel"} | {
        f"incoming/{name}" for name in site.spool.settings.presets
    }
    (site.root / "incoming/high").rmdir()
    assert "incoming/high" not in folders_to_watch(site.spool)
