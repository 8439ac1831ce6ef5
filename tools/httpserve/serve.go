// Package httpserve is a web server to talk to, made with Go's net/http: the
// other side of a conversation that http-get holds by hand.
//
//	http-serve [-q] [-d DIR] [ADDR]
//
// Read lessons/5.3-real-servers.md.
package httpserve

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
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
`

// Main is the program http-serve.
func Main() {
	log.SetFlags(0)
	log.SetPrefix("http-serve: ")
	dir := flag.String("d", ".", "")
	quiet := flag.Bool("q", false, "")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(usage); os.Exit(0); return nil })
	flag.Parse()
	addr := "127.0.0.1:8000"
	switch flag.NArg() {
	case 0:
	case 1:
		addr = flag.Arg(0)
	default:
		flag.Usage()
		os.Exit(2)
	}
	// NOTE: to Listen, an empty host means every network this machine is on.
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}

	// A path comes from a stranger, and /../../etc/passwd is a path. A Root
	// opens nothing outside its directory, not even through a symbolic link.
	root, err := os.OpenRoot(*dir)
	if err != nil {
		log.Fatalf("open %s: %v", *dir, cause(err))
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		os.Exit(0)
	}()

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		log.Printf("listen %s: %v", addr, cause(err))
		if bad := (*net.AddrError)(nil); errors.As(err, &bad) {
			os.Exit(2) // no address at all
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			log.Print("hint: another program listens there; stop it, or use port 0")
		}
		os.Exit(1)
	}
	fmt.Printf("listening on %s\n", listener.Addr())

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
	err = server.Serve(listener)
	log.Fatalf("serve %s: %v", addr, cause(err))
}
