//go:build unix

package examples_test

import (
	"io"
	"log"
	"net"
	"testing"
)

// BenchmarkWriteWriteRead asks in two small pieces, and waits for the answer. It
// compares Nagle's algorithm, TCP_NODELAY, which Go sets by itself, and one Write
// for both.
//
//	go test ./tools/examples -run xxx -bench WriteWriteRead -benchtime 50x
func BenchmarkWriteWriteRead(b *testing.B) {
	ask := map[string]func(*net.TCPConn){
		"nagle": func(bob *net.TCPConn) {
			bob.SetNoDelay(false)
			bob.Write([]byte("head"))
			bob.Write([]byte("body"))
		},
		"nodelay": func(bob *net.TCPConn) {
			bob.Write([]byte("head"))
			bob.Write([]byte("body"))
		},
		"one-write": func(bob *net.TCPConn) {
			question := net.Buffers{[]byte("head"), []byte("body")}
			question.WriteTo(bob) // writev(2): pieces of memory, one send
		},
	}
	for _, name := range []string{"nagle", "nodelay", "one-write"} {
		b.Run(name, func(b *testing.B) {
			bob, alice := connected()
			defer bob.Close()
			go func() {
				defer alice.Close()
				question := make([]byte, len("headbody"))
				for {
					if _, err := io.ReadFull(alice, question); err != nil {
						return
					}
					alice.Write([]byte("answer"))
				}
			}()
			answer := make([]byte, len("answer"))
			for b.Loop() {
				ask[name](bob)
				if _, err := io.ReadFull(bob, answer); err != nil {
					log.Fatal(err)
				}
			}
		})
	}
}
