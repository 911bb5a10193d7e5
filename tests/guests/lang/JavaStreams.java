// A parallel stream, completable futures, a fork-join pool, a scheduled executor and the collector at work beside them.
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

public class JavaStreams {
  private static final long SECOND_MS = System.getenv("GUEST_NATIVE") != null ? 10 : 1000;

  private static void check(boolean ok, String what) {
    if (ok) return;
    System.err.println("check failed: " + what);
    System.exit(1);
  }

  private static class Sum extends RecursiveTask<Long> {
    private final int from, to;
    Sum(int from, int to) {
      this.from = from;
      this.to = to;
    }
    @Override protected Long compute() {
      if (to - from < 100) return IntStream.range(from, to).asLongStream().sum();
      Sum left = new Sum(from, (from + to) / 2), right = new Sum((from + to) / 2, to);
      left.fork();
      return right.compute() + left.join();
    }
  }

  public static void main(String[] args) throws Exception {
    long start = System.nanoTime();
    Map<String, Integer> byThread = new ConcurrentHashMap<>();
    long sum = IntStream.range(0, 100_000).parallel().filter(n -> {
      byThread.merge(Thread.currentThread().getName(), 1, Integer::sum);
      return n % 3 == 0;
    }).asLongStream().sum();
    check(sum == 1_666_683_333L, "sum " + sum);
    System.out.println("threads " + byThread.size());

    check(new ForkJoinPool(4).invoke(new Sum(0, 10_000)) == 49_995_000L, "fork and join");
    List<CompletableFuture<Integer>> futures = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int n : new int[] {3, 1, 2}) {
      futures.add(CompletableFuture.supplyAsync(() -> n, CompletableFuture.delayedExecutor(n * SECOND_MS,
          TimeUnit.MILLISECONDS)).thenApply(value -> {
            synchronized (order) {
              order.add(value);
            }
            return value;
          }));
    }
    CompletableFuture.allOf(futures.toArray(new CompletableFuture[0])).get();
    check(order.equals(List.of(1, 2, 3)), "order " + order);

    ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
    AtomicInteger ticks = new AtomicInteger();
    executor.scheduleWithFixedDelay(ticks::incrementAndGet, 0, SECOND_MS, TimeUnit.MILLISECONDS);
    List<byte[]> kept = new ArrayList<>();
    for (int i = 0; i < 400; ++i) {
      kept.add(new byte[1 << 18]);
      if (kept.size() > 20) kept.subList(0, 10).clear();
      if (i % 100 == 0) Thread.sleep(SECOND_MS);
    }
    executor.shutdown();
    check(ticks.get() >= 3, "ticks " + ticks);
    System.out.println("words " + IntStream.range(0, 20).mapToObj(n -> "w" + n).parallel()
        .collect(Collectors.groupingByConcurrent(String::length, Collectors.counting())));
    if (SECOND_MS == 1000) {
      System.out.println("ticks " + ticks + ", elapsed " + (System.nanoTime() - start) / 1_000_000 + " ms, hash "
          + System.identityHashCode(new Object()));
    }
  }
}
