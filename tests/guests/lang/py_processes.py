# multiprocessing and subprocess in Python: a pool, queues, pipes, an event, shared memory, a lock, a pipeline.
import multiprocessing
import os
import subprocess
import sys
import time

SCALE = 0.01 if "GUEST_NATIVE" in os.environ else 1.0


def square(n):
    time.sleep(SCALE * (n % 3))
    return n * n, os.getpid()


def add(counter, lock, times):
    for _ in range(times):
        with lock:
            counter.value += 1


def serve(requests, replies, ready):
    ready.set()
    while (request := requests.get()) is not None:
        replies.send(request[::-1])
    replies.close()


def main():
    start = time.monotonic()
    context = multiprocessing.get_context("fork")
    with context.Pool(3) as pool:
        results = pool.map(square, range(9), chunksize=1)
    assert [n for n, _ in results] == [n * n for n in range(9)]
    print("by", *(pid for _, pid in results))

    counter, lock = context.Value("i", 0, lock=False), context.Lock()
    adders = [context.Process(target=add, args=(counter, lock, 50)) for _ in range(4)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    assert counter.value == 200 and all(adder.exitcode == 0 for adder in adders)

    requests, ready = context.Queue(), context.Event()
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(requests, theirs, ready))
    server.start()
    theirs.close()
    assert ready.wait(60 * SCALE)
    assert not ours.poll(2 * SCALE)
    for word in ("abc", "tacocat", None):
        requests.put(word)
    assert [ours.recv(), ours.recv()] == ["cba", "tacocat"]
    server.join()

    text = subprocess.run("seq 1 20000 | sort -r | tee /tmp/gyre-node/all | head -3 | tr '\\n' ' '; "
                          "wc -l < /tmp/gyre-node/all" if "GUEST_NATIVE" not in os.environ else "echo",
                          shell=True, capture_output=True, text=True, check=True).stdout
    print("pipeline", text.strip())
    child = subprocess.Popen([sys.executable, "-c", "import sys; print(sys.stdin.read().upper())"], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        child.wait(timeout=5 * SCALE)
        raise AssertionError("it did not wait for its input")
    except subprocess.TimeoutExpired:
        pass
    assert child.communicate("quiet " * 1000)[0].startswith("QUIET QUIET")
    if SCALE == 1:
        print(f"elapsed {time.monotonic() - start:.3f}")


main()
