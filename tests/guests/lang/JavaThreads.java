// Scheduled executors, threads, wait and notify, parked threads, identity hashes and random numbers.
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

public class JavaThreads {
  private static final long SECOND_MS = System.getenv("GUEST_NATIVE") != null ? 10 : 1000;
  private static boolean flag = false;

  private static void check(boolean ok, String what) {
    if (ok) return;
    System.err.println("check failed: " + what);
    System.exit(1);
  }

  public static void main(String[] args) throws Exception {
    long start = System.nanoTime();
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int n : new int[] {5, 1, 4, 2, 3}) {
      Thread thread = new Thread(() -> {
        try {
          Thread.sleep(n * SECOND_MS);
        } catch (InterruptedException e) {
          check(false, "interrupted");
        }
        order.add(n);
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) thread.join();
    check(order.equals(List.of(1, 2, 3, 4, 5)), "order of sleepers " + order);

    ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
    CountDownLatch ticks = new CountDownLatch(5);
    executor.scheduleAtFixedRate(ticks::countDown, SECOND_MS, 2 * SECOND_MS, TimeUnit.MILLISECONDS);
    check(executor.schedule(() -> 7, 3 * SECOND_MS, TimeUnit.MILLISECONDS).get() == 7, "schedule");
    check(ticks.await(3600, TimeUnit.SECONDS), "ticks");
    executor.shutdownNow();
    check(executor.awaitTermination(3600, TimeUnit.SECONDS), "termination");

    Object monitor = new Object();
    Thread notifier = new Thread(() -> {
      synchronized (monitor) {
        flag = true;
        monitor.notifyAll();
      }
    });
    synchronized (monitor) {
      monitor.wait(2 * SECOND_MS);
      notifier.start();
      while (!flag) monitor.wait();
    }
    notifier.join();
    check(new LinkedBlockingQueue<Integer>().poll(SECOND_MS, TimeUnit.MILLISECONDS) == null, "poll");
    long elapsed = System.nanoTime() - start;
    check(elapsed >= 17 * SECOND_MS * 1_000_000, "elapsed " + elapsed);

    Map<Object, Integer> byIdentity = new HashMap<>();
    for (int i = 0; i < 5; ++i) byIdentity.put(new Object(), i);
    for (int i = 0; i < 200; ++i) byIdentity.put(new byte[1 << 16], -1);
    byIdentity.values().removeIf(i -> i < 0);
    System.gc();
    System.out.println("order " + order + " elapsed " + elapsed);
    System.out.println("identity " + byIdentity.values() + " " + System.identityHashCode(monitor));
    System.out.println("random " + new SecureRandom().nextLong() + " " + UUID.randomUUID() + " " + Math.random());
    System.out.println("now " + Instant.now() + " cpus " + Runtime.getRuntime().availableProcessors()
        + " pid " + ProcessHandle.current().pid());
  }
}
