//go:build unix

package pty_test

import (
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/pty"
)

// TestStart asks a program for the size of its terminal, which must be its own.
func TestStart(t *testing.T) {
	cmd := exec.Command("sh", "-c", "stty size && : </dev/tty && echo mine")
	master, err := pty.Start(cmd, 7, 40)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	said, _ := io.ReadAll(master) // ends with EIO, on Linux
	if err := cmd.Wait(); err != nil || string(said) != "7 40\r\nmine\r\n" {
		t.Errorf("%q, %v; want 7 40, and mine", said, err)
	}
}

// TestCollected opens terminals while the garbage collector moves the stacks of those who
// do. Each terminal must be another than the first.
func TestCollected(t *testing.T) {
	master, first, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer first.Close()
	done := make(chan bool)
	go func() {
		for {
			select {
			case <-done:
				return
			default:
				runtime.GC()
			}
		}
	}()
	var those sync.WaitGroup
	for range 8 {
		those.Go(func() {
			for range all.Times(10000, 300) {
				runtime.KeepAlive(deep(1000)) // now most of the stack is free, and may go
				master, tty, err := pty.Open()
				if err != nil {
					t.Error(err)
					return
				}
				if tty.Name() == first.Name() {
					t.Errorf("a second terminal is %s", first.Name())
				}
				master.Close()
				tty.Close()
			}
		})
	}
	those.Wait()
	close(done)
}

// deep takes n frames of stack.
//
//go:noinline
func deep(n int) string {
	if n == 0 {
		return ""
	}
	return strings.TrimSpace(deep(n - 1))
}
