"""One power cut amid an import, a batch and decisions over HTTP; ten of them are `python -m benchmarks power`."""

from benchmarks.power import Extent, at_work, wait
from benchmarks.power_checks import faults_of

EXTENT = Extent(kills=1, batch=2, scans=20, decisions=12)


def test_after_a_power_cut_all_that_was_told_is_there_and_all_else_is_done_once() -> None:
    with at_work(EXTENT) as cut:
        cut.start()
        for reviewer in cut.reviewers:
            reviewer.begin()
        wait(lambda: any(reviewer.open < len(reviewer.todo) for reviewer in cut.reviewers))
        cut.look_on()

        killed = cut.cut()
        cut.start()
        cut.finish()

        assert killed >= 4, "the site, its worker, its web process and the import were not all there"
        assert not faults_of(cut.made, cut.reviewers, cut.source, cut.promised, EXTENT.batch)
        assert all(reviewer.sign_ins == 1 for reviewer in cut.reviewers), "a session was lost with the power"
