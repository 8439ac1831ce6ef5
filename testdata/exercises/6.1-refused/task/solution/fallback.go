// fallback SECONDS ADDR... calls until one takes the call.
package main

import (
	"errors"
	"fmt"
	"io"
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
	for _, addr := range os.Args[2:] {
		conn, err := net.DialTimeout("tcp", addr, patience)
		fmt.Println(addr, word(err))
		if err == nil {
			io.Copy(os.Stdout, conn)
			return
		}
	}
	os.Exit(1)
}

func word(err error) string {
	var late net.Error
	switch {
	case err == nil:
		return "connected"
	case errors.Is(err, syscall.EACCES):
		return "forbidden"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "unreachable"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.As(err, &late) && late.Timeout():
		return "silent"
	}
	return err.Error()
}
