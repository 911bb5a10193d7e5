# asyncio: timers, gather, wait_for, a subprocess and a thread pool on one event loop.
import asyncio
import os
import time

SCALE = 0.01 if "GUEST_NATIVE" in os.environ else 1.0
log = []


async def nap(seconds):
    await asyncio.sleep(seconds * SCALE)
    log.append(seconds)
    return seconds


async def main():
    start = time.monotonic_ns()
    assert await asyncio.gather(nap(3), nap(1), nap(2)) == [3, 1, 2]
    assert log == [1, 2, 3]
    try:
        await asyncio.wait_for(nap(10), 4 * SCALE)
        assert False
    except asyncio.TimeoutError:
        pass
    child = await asyncio.create_subprocess_exec(
        "sh", "-c", "sleep 1; echo from the child", stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    assert out == b"from the child\n" and child.returncode == 0
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 2 * SCALE)
    print("elapsed", time.monotonic_ns() - start)


asyncio.run(main())
