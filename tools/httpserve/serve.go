// Package httpserve is a web server to talk to, made with Go's net/http: the
// other side of a conversation that http-get holds by hand.
//
//	http-serve [-q] [-d DIR] [ADDR]
//
// Read lessons/5.3-real-servers.md.
package httpserve

import (
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"socklab/tools/cli"
)

const usage = `usage: http-serve [-q] [-d DIR] [ADDR]

Serves the files of DIR over HTTP, and prints a line for each request.
ADDR is HOST:PORT, by default 127.0.0.1:8000; port 0 picks a free one.

  -d DIR   the files to serve (default: the current directory)
  -q       print no line for a request

Besides the files it answers to:

  /chunked      a body in three chunks, each sent by itself
  /empty        200 and a body of no bytes
  /status/NNN   status NNN, from 200 to 999, and a line about it
  /echo         the request as the server understood it

What can be asked is GET and HEAD. Other methods get 405, unknown ones 501.
`

// Main is the program http-serve.
func Main() {
	cli.Begin("http-serve", usage)
	dir := flag.String("d", ".", "")
	quiet := flag.Bool("q", false, "")
	flag.Parse()
	network, addr := cli.Address("127.0.0.1:8000") // no host is this machine, not every network

	// A path comes from a stranger, and /../../etc/passwd is a path. A Root
	// opens nothing outside its directory, not even through a symbolic link.
	root, err := os.OpenRoot(*dir)
	if err != nil {
		log.Fatalf("open %s: %v", *dir, cli.Cause(err))
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		os.Exit(0)
	}()

	listener, err := net.Listen(network, addr)
	if err != nil {
		cli.CantListen(addr, err)
	}
	cli.Announce(listener.Addr())

	handler := pages(root.FS())
	if !*quiet {
		handler = logged(handler)
	}

	// Serve is the accept loop of echo-server -k: a goroutine for each caller,
	// which reads requests and calls the handler for each. A caller may take
	// its time to read an answer, but not to finish a request's headers:
	// without a limit, one that never does would hold its socket for ever.
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
	}
	err = server.Serve(&patient{Listener: listener})
	log.Fatalf("serve %s: %v", addr, cli.Cause(err))
}
