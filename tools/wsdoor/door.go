// Package wsdoor stands between browsers and a server that speaks lines, such as the
// chat room. A page can't open a socket, but it can ask an HTTP server to speak
// WebSocket from now on (RFC 6455). Each message is passed on as a line, and each
// line as a message.
//
//	ws-door [-to SERVER] [ADDR]
//
// Read lessons/5.7-upgrade.md.
package wsdoor

import (
	"crypto/sha1"
	_ "embed"
	"encoding/base64"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"socklab/tools/cli"
)

const usage = `usage: ws-door [-to SERVER] [ADDR]

Takes WebSocket calls at ws://ADDR/room, and passes on each message to SERVER as a
line, and each line of SERVER as a message. The page http://ADDR/ makes such a call:
it is a seat in the chat room, in a browser.
ADDR is HOST:PORT, by default 127.0.0.1:8080; port 0 picks a free one.

  -to SERVER   HOST:PORT of the server behind the door (default 127.0.0.1:8000)

Calls from a page of another site are refused, and so is what is no WebSocket.
`

const dialTimeout = 10 * time.Second // the longest wait for the server to take a call

//go:embed room.html
var page []byte

// Main is the program ws-door.
func Main() {
	cli.Begin("ws-door", usage)
	server := flag.String("to", "127.0.0.1:8000", "")
	flag.Parse()
	network, addr := cli.Address("127.0.0.1:8080") // no host is this machine, not every network

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		cli.SumUp()
		os.Exit(0)
	}()

	listener, err := net.Listen(network, addr)
	if err != nil {
		cli.CantListen(addr, err)
	}
	cli.Announce(listener.Addr())

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'")
		w.Write(page)
	})
	mux.HandleFunc("GET /room", func(w http.ResponseWriter, r *http.Request) { upgrade(w, r, *server) })
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatalf("serve %s: %v", addr, cli.Cause(web.Serve(listener)))
}

// upgrade makes a seat of a request. The connection stays, and what is spoken on it
// changes: a browser's request goes in, and a socket comes out.
func upgrade(w http.ResponseWriter, r *http.Request, server string) {
	key := r.Header.Get("Sec-WebSocket-Key")
	raw, err := base64.StdEncoding.DecodeString(key)
	switch {
	case !has(r, "Connection", "upgrade") || !has(r, "Upgrade", "websocket") || r.Header.Get("Sec-WebSocket-Version") != "13":
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Sec-WebSocket-Version", "13")
		http.Error(w, "here one speaks WebSocket, version 13", http.StatusUpgradeRequired)
		return
	case err != nil || len(raw) != 16:
		http.Error(w, "Sec-WebSocket-Key is 16 bytes in base64 (RFC 6455, section 4.1)", http.StatusBadRequest)
		return
	case !ownPage(r):
		http.Error(w, "that page is not from here", http.StatusForbidden)
		return
	}
	to, err := net.DialTimeout("tcp", server, dialTimeout)
	if err != nil {
		cli.Complain("dial %s: %v", server, cli.Cause(err))
		http.Error(w, "nobody is behind the door", http.StatusBadGateway)
		return
	}
	defer to.Close()
	conn, buffered, err := http.NewResponseController(w).Hijack() // net/http lets go of the socket
	if err != nil {
		cli.Complain("%s: %v", r.RemoteAddr, cli.Cause(err))
		return
	}
	defer conn.Close()
	conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept(key))
	s := &seat{conn: conn.(*net.TCPConn), in: buffered.Reader, server: to.(*net.TCPConn)}
	if err := s.talk(); err != nil {
		cli.Complain("%s: %v", r.RemoteAddr, cli.Cause(err))
	}
}

// accept is the answer to a key. Only who knows WebSocket gives it: a server that
// echoes what it doesn't understand, or a cache with an old answer, does not (RFC
// 6455, section 4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// ownPage says whether the page that calls came from this door. A browser lets any
// page call any WebSocket, and says in Origin whose page it is; to refuse is up to
// the server (RFC 6455, section 10.2). Who sends no Origin is no browser.
func ownPage(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	from, err := url.Parse(origin)
	return err == nil && strings.EqualFold(from.Host, r.Host)
}

// has says whether a header is a list with that word.
func has(r *http.Request, name, word string) bool {
	for _, list := range r.Header.Values(name) {
		for item := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(item), word) {
				return true
			}
		}
	}
	return false
}
