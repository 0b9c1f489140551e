"""Work that goes on in a thread of its own while a test does something else."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run *work* as long as the block; what it raises is an error of the test."""
    stopped = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work, stopped)
        try:
            yield
        finally:
            stopped.set()
        done.result()
