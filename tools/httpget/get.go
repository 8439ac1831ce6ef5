// Package httpget asks a web server for a page, over a plain socket: split
// the URL, connect, send the request, receive until the end.
//
//	http-get [-i | -body] [-o FILE] [-t DURATION] [-to ADDR] [-cacert FILE] URL
//
// Read lessons/5.1-http-get.md, and lessons/5.4-https.md for tls.go.
package httpget

import (
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

const usage = `usage: http-get [-i | -body] [-o FILE] [-t DURATION] [-to ADDR] [-cacert FILE] URL

Sends a GET for URL and prints every byte that comes, until the server closes.
URL is http[s]://HOST[:PORT][/PATH][?QUERY]; path and query are sent as typed.
With https the server must prove that it is HOST, by a certificate.

  -i           print the status line and the headers only, up to the empty line
  -body        print the body only, decoded, and stop where the answer ends
  -o FILE      write to FILE.part, renamed to FILE once the whole answer is there;
               after a second, a terminal shows how much has come
  -t DURATION  the longest wait to connect, and for the next bytes (default 30s);
               a download may take longer, as long as something keeps coming
  -to ADDR     call HOST:PORT instead of the URL's; what is said stays the same
  -cacert FILE trust the certificates in FILE (PEM), and those that they signed,
               and no other; without it, the authorities that this system trusts

Redirects are not followed: stderr says where they lead. What comes behind the
end of the answer is printed with the rest, and is no part of -body.

Exit status: 0 if a whole answer came, be it a 404 or a redirect; 1 if not; 2 for
a URL that can't be asked.
`

// Main is the program http-get.
func Main() {
	log.SetFlags(0)
	log.SetPrefix("http-get: ")
	headOnly := flag.Bool("i", false, "")
	bodyOnly := flag.Bool("body", false, "")
	output := flag.String("o", "", "")
	limit := flag.Duration("t", 30*time.Second, "")
	to := flag.String("to", "", "")
	cacert := flag.String("cacert", "", "")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(usage); os.Exit(0); return nil })
	flag.Parse()
	if flag.NArg() != 1 || *headOnly && *bodyOnly {
		flag.Usage()
		os.Exit(2)
	}
	if *limit <= 0 {
		log.Printf("-t %v: leaves no time for an answer", *limit)
		os.Exit(2)
	}

	// A URL is for people. It holds three things for us: whom to call, which
	// name to say, and what to ask for.
	from, err := split(flag.Arg(0))
	if err != nil {
		log.Printf("split URL: %v", err)
		os.Exit(2)
	}

	if *to != "" {
		if _, _, err := net.SplitHostPort(*to); err != nil {
			log.Printf("-to %s: want HOST:PORT", *to)
			os.Exit(2)
		}
		from.addr = *to
	}
	if *cacert != "" && !from.secure {
		log.Printf("-cacert %s: a server has a certificate if the URL begins with https://", *cacert)
		os.Exit(2)
	}

	// Whatever can fail without the server's help fails before we bother it.
	trust, err := authorities(*cacert)
	if err != nil {
		log.Fatalf("read %s: %v", *cacert, cause(err))
	}
	out := os.Stdout
	if *output != "" {
		if out, err = create(*output); err != nil {
			log.Fatalf("open %s: %v", *output, cause(err))
		}
	}

	// The answer passes three points: as it came, its head, its body decoded.
	// A mode is a choice of where to look; at the other two, nobody does.
	shown := showProgress(out)
	var page io.Writer = out
	if *output != "" {
		page = shown
	}
	look := view{raw: io.Discard, head: io.Discard, body: io.Discard}
	switch {
	case *headOnly:
		look.head = page
	case *bodyOnly:
		look.body = page
	default:
		look.raw = page
	}
	err = get(from, look, *limit, trust)
	shown.end()
	if err != nil {
		log.Print(err)
		if hint := hintFor(err); hint != "" {
			log.Print("hint: ", hint)
		}
	}
	if *output != "" {
		err = errors.Join(err, settle(out, *output, err == nil))
	}
	if err != nil {
		os.Exit(1)
	}
}

// get is the conversation. Its error says what failed, and with whom.
func get(from target, look view, limit time.Duration, trust *x509.CertPool) error {
	// Dial asks the resolver for the host's addresses and connects to the
	// first that agrees. HTTP is only a habit of talking: to the kernel, this
	// is a TCP connection like any other.
	conn, err := net.DialTimeout("tcp", from.addr, limit)
	if err != nil {
		return fmt.Errorf("dial %s: %w", from.addr, cause(err))
	}
	defer conn.Close()
	if tcp, ok := conn.(*net.TCPConn); ok {
		conn = &bursts{TCPConn: tcp} // in bursts.go: for large answers
	}
	in := &wire{conn: conn, limit: limit}

	// With https the same words travel sealed. The seal (in tls.go) is written
	// and read like the socket, which it writes and reads in turn.
	if from.secure {
		sealed, err := seal(in, from, trust)
		if err != nil {
			return err
		}
		defer sealed.Close() // says goodbye; then the socket is closed
		conn, in = sealed, &wire{conn: sealed, limit: limit}
	}

	// The request is text. Each line ends with CR LF, and an empty line says
	// that it is complete; without it, the server would go on waiting.
	conn.SetWriteDeadline(time.Now().Add(limit))
	if _, err := conn.Write([]byte(from.request())); err != nil {
		return fmt.Errorf("send to %s: %w", from.addr, cause(err))
	}

	// We don't half-close here, though we have no more to say: some servers
	// take the end of our stream for a caller who left, and drop the answer.
	return receive(in, from.url, look)
}

// wire is the receiving half of a connection. Its limit is for one silence,
// not for the whole answer: it starts anew with every receive.
type wire struct {
	conn  net.Conn
	limit time.Duration
	err   error // how the stream ended, once it did
}

func (w *wire) Read(b []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	// One receive: as much as has arrived, at most len(b). An answer larger
	// than that takes many, and no receive ever says "this was the last":
	// only the next one, with no bytes and io.EOF, says the server has closed.
	w.conn.SetReadDeadline(time.Now().Add(w.limit))
	n, err := w.conn.Read(b)
	w.err = err
	return n, err
}
