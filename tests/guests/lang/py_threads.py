# Threads, a queue, sleeps and time-outs in Python; hashes and random numbers that repeat.
import os
import queue
import random
import select
import threading
import time
import uuid

SCALE = 0.01 if "GUEST_NATIVE" in os.environ else 1.0
log = []


def worker(name, jobs, done):
    while (job := jobs.get()) is not None:
        time.sleep(job * SCALE)
        log.append(f"{name}{job}")
        done.put(job)


def main():
    start = time.monotonic_ns()
    jobs, done = queue.Queue(), queue.Queue()
    threads = [threading.Thread(target=worker, args=(n, jobs, done)) for n in "abc"]
    for t in threads:
        t.start()
    for job in (5, 3, 8, 1, 2, 13):
        jobs.put(job)
    results = [done.get() for _ in range(6)]
    for _ in threads:
        jobs.put(None)
    for t in threads:
        t.join()
    assert sorted(results) == [1, 2, 3, 5, 8, 13]
    assert time.monotonic_ns() - start >= 15e9 * SCALE
    print("order", *log)

    condition = threading.Condition()
    with condition:
        assert not condition.wait(3600 * SCALE * SCALE)
    assert not threading.Event().wait(2.5 * SCALE)
    r, w = os.pipe()
    assert select.select([r], [], [], 1.5 * SCALE) == ([], [], [])
    try:
        done.get(timeout=4 * SCALE)
        assert False
    except queue.Empty:
        pass
    print("elapsed", time.monotonic_ns() - start)
    print("now", time.strftime("%F %T"), "hash", hash("gyre"), "set", *{"x", "y", "z", "w"})
    print("random", random.random(), os.urandom(8).hex(), uuid.uuid4(), id(object()) % 4096)
    print("cpus", os.cpu_count(), len(os.sched_getaffinity(0)), "pid", os.getpid())


main()
