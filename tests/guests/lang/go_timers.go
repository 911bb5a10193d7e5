// Goroutines, timers, tickers, select, sync.Cond, contexts and the collector, in one static program.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand"
	"os"
	"runtime"
	"sort"
	"sync"
	"time"
)

func check(ok bool, what string) {
	if !ok {
		fmt.Fprintln(os.Stderr, "check failed:", what)
		os.Exit(1)
	}
}

func main() {
	second := time.Second
	if os.Getenv("GUEST_NATIVE") != "" {
		second = 10 * time.Millisecond
	}
	start := time.Now()

	woken := make(chan int)
	for _, n := range []int{5, 1, 4, 2, 3} {
		n := n
		go func() {
			time.Sleep(time.Duration(n) * second)
			woken <- n
		}()
	}
	order := []int{}
	for len(order) < 5 {
		select {
		case n := <-woken:
			order = append(order, n)
		case <-time.After(3600 * second):
			check(false, "nobody woke")
		}
	}
	check(sort.IntsAreSorted(order), "order of sleepers")
	check(time.Since(start) >= 5*second, "elapsed")
	fmt.Println("order", order)

	ticker := time.NewTicker(2 * second)
	for i := 0; i < 5; i++ {
		<-ticker.C
	}
	ticker.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 3*second)
	<-ctx.Done()
	cancel()
	check(ctx.Err() == context.DeadlineExceeded, "context")

	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	ready, finished := 0, sync.WaitGroup{}
	for i := 0; i < 100; i++ {
		finished.Add(1)
		go func() {
			defer finished.Done()
			mutex.Lock()
			for ready == 0 {
				cond.Wait()
			}
			ready++
			mutex.Unlock()
		}()
	}
	time.Sleep(second)
	mutex.Lock()
	ready = 1
	cond.Broadcast()
	mutex.Unlock()
	finished.Wait()
	check(ready == 101, "broadcast")

	var keep [][]byte
	for i := 0; i < 2000; i++ {
		keep = append(keep[max(0, len(keep)-50):], make([]byte, 64<<10))
	}
	runtime.GC()

	chosen, a, b := [2]int{}, make(chan int, 100), make(chan int, 100)
	for i := 0; i < 100; i++ {
		a <- i
		b <- i
	}
	for i := 0; i < 100; i++ {
		select {
		case <-a:
			chosen[0]++
		case <-b:
			chosen[1]++
		}
	}
	bytes := make([]byte, 8)
	_, err := rand.Read(bytes)
	check(err == nil, "crypto/rand")
	keys := ""
	for key := range map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5} {
		keys += key
	}
	fmt.Println("elapsed", time.Since(start).Nanoseconds(), "now", start.UTC())
	fmt.Printf("select %v map %s random %x %d cpus %d\n", chosen, keys, bytes, mathrand.Int63(), runtime.NumCPU())
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}
