// A hundred goroutines that allocate, pass work on and sleep, with the collector always at work beside them.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type tree struct {
	left, right *tree
	bytes       [64]byte
}

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{left: grow(depth - 1), right: grow(depth - 1)}
}

func (t *tree) size() int {
	if t == nil {
		return 0
	}
	return 1 + t.left.size() + t.right.size()
}

func main() {
	second := time.Second
	if os.Getenv("GUEST_NATIVE") != "" {
		second = 10 * time.Millisecond
	}
	debug.SetGCPercent(5)
	start := time.Now()
	jobs, sizes := make(chan int), make(chan int, 10)
	var workers sync.WaitGroup
	for i := 0; i < 100; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for depth := range jobs {
				time.Sleep(time.Duration(depth) * second / 10)
				sizes <- grow(depth).size()
			}
		}()
	}
	go func() {
		for i := 0; i < 600; i++ {
			jobs <- i % 10
		}
		close(jobs)
		workers.Wait()
		close(sizes)
	}()
	total, digest := 0, uint64(14695981039346656037)
	for size := range sizes {
		total += size
		digest = (digest ^ uint64(size)) * 1099511628211
	}
	if total != 60*(1+3+7+15+31+63+127+255+511+1023) {
		fmt.Fprintln(os.Stderr, "check failed: total", total)
		os.Exit(1)
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	if stats.NumGC < 2 {
		fmt.Fprintln(os.Stderr, "check failed: collections", stats.NumGC)
		os.Exit(1)
	}
	if second == time.Second {
		fmt.Println("order", digest, "elapsed", time.Since(start))
	}
}
