//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// A listener of package net removes its file when it is closed. One that was
// killed can't; here it is told not to.
func Example_unix() {
	dir, err := os.MkdirTemp("", "unix")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "hello.sock")

	listen := func() *net.UnixListener {
		l, err := net.Listen("unix", path)
		if err != nil {
			log.Fatal(err)
		}
		return l.(*net.UnixListener)
	}
	killed := listen()
	killed.SetUnlinkOnClose(false)
	killed.Close()

	_, err = net.Dial("unix", path)
	fmt.Println("call: nobody there:", errors.Is(err, syscall.ECONNREFUSED))
	_, err = net.Listen("unix", path)
	fmt.Println("listen: name taken:", errors.Is(err, syscall.EADDRINUSE))

	os.Remove(path)
	listen().Close()
	_, err = net.Dial("unix", path)
	fmt.Println("call: no such name:", errors.Is(err, fs.ErrNotExist))
	_, err = net.Listen("unix", path+strings.Repeat("x", 108))
	fmt.Println("listen: name too long:", errors.Is(err, syscall.EINVAL))
	// Output:
	// call: nobody there: true
	// listen: name taken: true
	// call: no such name: true
	// listen: name too long: true
}
