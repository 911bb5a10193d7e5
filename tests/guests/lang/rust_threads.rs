// Rust: threads, channels with time-outs, a condition variable, atomics, a child process, and a map's random order.
use std::collections::HashMap;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

fn main() {
    let native = std::env::var_os("GUEST_NATIVE").is_some();
    let second = Duration::from_millis(if native { 10 } else { 1000 });
    let start = Instant::now();

    let (sender, receiver) = mpsc::channel();
    for n in [5u32, 1, 4, 2, 3] {
        let sender = sender.clone();
        thread::spawn(move || {
            thread::sleep(second * n);
            sender.send(n).unwrap();
        });
    }
    let order: Vec<u32> = (0..5).map(|_| receiver.recv().unwrap()).collect();
    println!("order {:?}", order);
    assert_eq!(order, [1, 2, 3, 4, 5]);
    assert_eq!(receiver.recv_timeout(second * 3), Err(mpsc::RecvTimeoutError::Timeout));
    assert!(start.elapsed() >= second * 8);

    let shared = Arc::new((Mutex::new(0u32), Condvar::new()));
    let finishers = Arc::new(Mutex::new(Vec::new()));
    let workers: Vec<_> = (0..10)
        .map(|i| {
            let (shared, finishers) = (shared.clone(), finishers.clone());
            thread::spawn(move || {
                for _ in 0..100 {
                    *shared.0.lock().unwrap() += 1;
                    thread::yield_now();
                }
                shared.1.notify_all();
                finishers.lock().unwrap().push(i);
            })
        })
        .collect();
    let mut count = shared.0.lock().unwrap();
    while *count < 1000 {
        count = shared.1.wait(count).unwrap();
    }
    drop(count);
    for worker in workers {
        worker.join().unwrap();
    }
    println!("finishers {:?}", finishers.lock().unwrap());

    let total = AtomicUsize::new(0);
    thread::scope(|scope| {
        for part in 0..4 {
            let total = &total;
            scope.spawn(move || total.fetch_add((part * 1000..(part + 1) * 1000).sum::<usize>(), Ordering::SeqCst));
        }
    });
    assert_eq!(total.load(Ordering::SeqCst), 7_998_000);

    let map: HashMap<u32, u32> = (0..8).map(|n| (n, n)).collect();
    println!("map {:?}", map.keys().collect::<Vec<_>>());
    let output = Command::new("sh").args(["-c", "echo child $$; exit 3"]).output().unwrap();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(3));
    if !native {
        println!("elapsed {:?}, {:?}", start.elapsed(), SystemTime::now());
    }
}
