// setTimeout, setInterval, setImmediate, promises, a worker thread, a child, files and random bytes.
const assert = require('assert');
const childProcess = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const scale = 'GUEST_NATIVE' in process.env ? 0.01 : 1;
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000 * scale));

async function main() {
  const start = process.hrtime.bigint();
  const order = [];
  setImmediate(() => order.push('immediate'));
  process.nextTick(() => order.push('tick'));
  Promise.resolve().then(() => order.push('promise'));
  await Promise.all([3, 1, 2].map(async (n) => { await sleep(n); order.push(n); }));
  assert.deepStrictEqual(order, ['tick', 'promise', 'immediate', 1, 2, 3]);

  let ticks = 0;
  await new Promise((resolve) => {
    const interval = setInterval(() => {
      if (++ticks === 5) { clearInterval(interval); resolve(); }
    }, 2000 * scale);
  });
  const worker = new Worker(__filename, { workerData: 40 });
  const [answer] = await require('events').once(worker, 'message');
  assert.strictEqual(answer, 42);
  await require('events').once(worker, 'exit');

  const child = childProcess.execFileSync('sh', ['-c', 'sleep 1; echo from the child']);
  assert.strictEqual(child.toString(), 'from the child\n');
  await fs.promises.writeFile('node_timers.tmp', 'x'.repeat(100000));
  assert.strictEqual((await fs.promises.readFile('node_timers.tmp')).length, 100000);
  await fs.promises.unlink('node_timers.tmp');
  const elapsed = process.hrtime.bigint() - start;
  assert(elapsed >= BigInt(13e9 * scale));
  console.log('order', ...order, 'elapsed', elapsed.toString());
  console.log('now', new Date().toISOString(), 'random', Math.random(), crypto.randomBytes(8).toString('hex'),
    crypto.randomUUID(), 'cpus', os.cpus().length, 'pid', process.pid);
}

if (isMainThread) {
  main();
} else {
  setTimeout(() => parentPort.postMessage(workerData + 2), 1000 * scale);
}
