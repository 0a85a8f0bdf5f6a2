import multiprocessing
import time

from filelock import FileLock

from flm import paths


def _hold(lock, held):
    with FileLock(lock):
        held.set()
        time.sleep(0.3)


def test_a_process_that_waits_for_another_says_so(tmp_path, capsys):
    lock = tmp_path / "lock"
    with paths.alone(lock):
        pass
    assert capsys.readouterr().err == ""
    held = multiprocessing.Event()
    other = multiprocessing.Process(target=_hold, args=(lock, held))
    other.start()
    assert held.wait(30)
    with paths.alone(lock):
        pass
    other.join()
    assert "another process is at work there" in capsys.readouterr().err
