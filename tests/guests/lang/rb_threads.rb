# Threads, Queue, sleep, Timeout, Mutex with ConditionVariable, and what Ruby takes from chance.
require "securerandom"
require "timeout"

SCALE = ENV.key?("GUEST_NATIVE") ? 0.01 : 1.0

def now_ns = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
def check(condition) = condition || abort("check failed at #{caller(1..1).first}")

start = now_ns
jobs, done = Queue.new, Queue.new
workers = %w[a b c].map do |name|
  Thread.new do
    while (job = jobs.pop)
      sleep job * SCALE
      done << "#{name}#{job}"
    end
  end
end
[5, 3, 8, 1, 2, 13].each { |job| jobs << job }
order = 6.times.map { done.pop }
3.times { jobs << nil }
workers.each(&:join)
check now_ns - start >= 15_000_000_000 * SCALE
puts "order #{order.join(' ')}"

begin
  Timeout.timeout(2 * SCALE) { sleep 3600 }
  check false
rescue Timeout::Error
  puts "timeout"
end
mutex, condition, flag = Mutex.new, ConditionVariable.new, false
waiter = Thread.new { mutex.synchronize { condition.wait(mutex) until flag } }
mutex.synchronize { condition.wait(mutex, 1.5 * SCALE) }
mutex.synchronize { flag = true; condition.broadcast }
waiter.join
r, w = IO.pipe
writer = Thread.new { sleep SCALE; w.puts "line" }
check r.gets == "line\n"
check IO.select([r], nil, nil, 2.5 * SCALE).nil?
writer.join
check `sleep 1; echo from the child` == "from the child\n"
GC.start
puts "elapsed #{now_ns - start}"
puts "now #{Time.now} hash #{'gyre'.hash} #{:gyre.object_id} random #{rand(1 << 60)} #{SecureRandom.hex(8)} pid #{$$}"
