package httpget

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"time"

	"socklab/tools/cli"
)

// A report tells a person what happens (-v): * is what we do, > what we send, and <
// the head of the answer. What comes from a server is made harmless.
type report struct {
	mu      sync.Mutex // several addresses may be called at once
	out     io.Writer
	dialing bool
	begun   time.Time // when the request began: with the dial, if there was one
	last    time.Time // when the last step ended
	took    []string  // each step, and its time
	line    []byte    // of the answer's head, while it has no end
}

func newReport(verbose bool) *report {
	if !verbose {
		return &report{out: io.Discard}
	}
	return &report{out: os.Stderr}
}

// say prints a line about what we do.
func (r *report) say(format string, args ...any) {
	fmt.Fprintln(r.out, "*", cli.Visible(fmt.Sprintf(format, args...)))
}

// step notes that a step has ended now.
func (r *report) step(name string, now time.Time) {
	r.took = append(r.took, fmt.Sprintf("%s %s", name, milliseconds(now.Sub(r.last))))
	r.last = now
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

// begin begins a request.
func (r *report) begin() {
	r.begun = time.Now()
	r.last, r.took = r.begun, nil
}

// dials follows a dial: what the resolver says, and which addresses are called.
// (An address needs no resolver, and a machine with two families of addresses may
// be called at two at once, RFC 8305.)
func (r *report) dials() *httptrace.ClientTrace {
	r.dialing = true
	locked := func(f func()) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.dialing { // a call that lost the race ends later
			f()
		}
	}
	return &httptrace.ClientTrace{
		DNSStart: func(d httptrace.DNSStartInfo) { locked(func() { r.say("which addresses has %s?", d.Host) }) },
		DNSDone: func(d httptrace.DNSDoneInfo) {
			locked(func() {
				var all []string
				for _, addr := range d.Addrs {
					all = append(all, addr.String())
				}
				if d.Err == nil {
					r.say("it has %s", strings.Join(all, " and "))
				}
				r.step("name", time.Now())
			})
		},
		ConnectStart: func(_, addr string) { locked(func() { r.say("call %s", addr) }) },
		ConnectDone: func(_, addr string, err error) {
			locked(func() {
				if err != nil {
					r.say("%s: %v", addr, cli.Cause(err))
				}
			})
		},
	}
}

// connected notes that a dial has succeeded.
func (r *report) connected(local string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dialing = false
	r.step("connect", time.Now())
	if local != "" && local != "@" {
		local = ", from " + local
	}
	r.say("connected%s", strings.TrimSuffix(local, "@"))
}

// sealed notes that TLS's handshake is done.
func (r *report) sealed(state tls.ConnectionState) {
	r.step("TLS", time.Now())
	cert := state.PeerCertificates[0]
	r.say("%s; the certificate is for %s, until %s", tls.VersionName(state.Version), namesOf(cert), day(cert.NotAfter))
}

// asks shows a request.
func (r *report) asks(text string, data int) {
	for line := range strings.Lines(text) {
		fmt.Fprintln(r.out, strings.TrimRight("> "+cli.Visible(strings.TrimSuffix(line, "\r\n")), " "))
	}
	if data > 0 {
		r.say("and %d bytes of data", data)
	}
}

// Write takes the head of the answer, as it comes.
func (r *report) Write(b []byte) (int, error) {
	for _, c := range b {
		if c == '\n' {
			r.flush()
		} else if len(r.line) < 4096 {
			r.line = append(r.line, c)
		}
	}
	return len(b), nil
}

func (r *report) flush() {
	line := strings.TrimSuffix(string(r.line), "\r")
	fmt.Fprintln(r.out, strings.TrimRight("< "+cli.Visible(line), " "))
	r.line = nil
}

// done says what each step took, if the server has answered. came is when its
// first bytes did.
func (r *report) done(came time.Time) {
	if len(r.line) > 0 {
		r.flush()
	}
	if came.IsZero() {
		return
	}
	r.step("first byte", came)
	r.say("%s, whole %s", strings.Join(r.took, ", "), milliseconds(time.Since(r.begun)))
}
