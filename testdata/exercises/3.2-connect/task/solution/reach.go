// reach SECONDS ADDR... calls every ADDR, and says what came of it.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
	"time"
)

func main() {
	patience, err := time.ParseDuration(os.Args[1] + "s")
	if err != nil {
		log.Fatal(err)
	}
	type answer struct{ addr, word string }
	answers := make(chan answer)
	addrs := os.Args[2:]
	for _, addr := range addrs {
		go func() { answers <- answer{addr, call(addr, patience)} }()
	}
	code := 0
	for range addrs {
		a := <-answers
		fmt.Println(a.addr, a.word)
		if a.word != "connected" {
			code = 1
		}
	}
	os.Exit(code)
}

func call(addr string, patience time.Duration) (word string) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	var late net.Error
	switch {
	case err == nil:
		conn.Close()
		return "connected"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "unreachable"
	case errors.As(err, &late) && late.Timeout():
		return "silent"
	}
	return err.Error()
}
