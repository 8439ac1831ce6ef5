//go:build unix

package httpget

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/testexec"
)

// authority signs certificates; its own is the one that -cacert names.
type authority struct {
	says *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, file: filepath.Join(t.TempDir(), "authority.pem"), says: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority"},
		NotBefore: time.Now().AddDate(-10, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.says, a.says, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o666); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign makes a server's certificate.
func (a *authority) sign(t testing.TB, from, until time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	says := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: until}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			says.IPAddresses = append(says.IPAddresses, ip)
		} else {
			says.DNSNames = append(says.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, says, a.says, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// today signs a certificate that is valid now.
func (a *authority) today(t testing.TB, names ...string) tls.Certificate {
	return a.sign(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), names...)
}

// serveTLS takes one caller, and returns the address to call. The answer may look
// beneath the seal.
func serveTLS(t testing.TB, certificate tls.Certificate, answer func(sealed *tls.Conn, conn *net.TCPConn)) string {
	t.Helper()
	listener := listen(t)
	deadline := time.Now().Add(testexec.TooLong)
	listener.SetDeadline(deadline)
	done := make(chan bool)
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := listener.AcceptTCP()
		if err != nil {
			t.Errorf("nobody called: %v", err)
			return
		}
		defer conn.Close()
		conn.SetDeadline(deadline)
		sealed := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}})
		if err := sealed.Handshake(); err != nil {
			return // the caller says why
		}
		answer(sealed, conn)
	}()
	return listener.Addr().String()
}

// readsAsked reads what http-get asks of https://shop.example/p?q.
func readsAsked(t testing.TB, sealed *tls.Conn) {
	want := "GET /p?q HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(sealed, got); err != nil || string(got) != want {
		t.Errorf("request\n got %q %v\nwant %q", got, err, want)
	}
	if name := sealed.ConnectionState().ServerName; name != "shop.example" {
		t.Errorf("the server was asked for %q", name)
	}
}

const shop = "https://shop.example/p?q"

func TestSealedAnswers(t *testing.T) {
	t.Parallel()
	trust := newAuthority(t)
	certificate := trust.today(t, "shop.example")
	const (
		counted = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
		chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		open    = "HTTP/1.1 200 OK\r\n\r\n"
		cut     = "cut short, without TLS's goodbye (close_notify)"
	)
	for _, test := range []struct {
		name, answer string
		goodbye      bool
		body, err    string
	}{
		{"counted", counted + "hello", true, "hello", ""},
		{"chunked", chunked + "5\r\nhello\r\n0\r\n\r\n", true, "hello", ""},
		{"until the end", open + "hello", true, "hello", ""},
		// RFC 9112, section 9.8: these answers say themselves where they end.
		{"counted, no goodbye", counted + "hello", false, "hello", ""},
		{"chunked, no goodbye", chunked + "5\r\nhello\r\n0\r\n\r\n", false, "hello", ""},
		{"no body, no goodbye", "HTTP/1.1 204 No Content\r\n\r\n", false, "", ""},
		// These don't, or not yet.
		{"until the end, no goodbye", open + "hello", false, "hello", "read body of URL: " + cut + ": 5 bytes came, and the end is missing"},
		{"counted, cut, no goodbye", counted + "hel", false, "hel", "read body of URL: " + cut + ": 3 of 5 bytes came"},
		{"counted, cut", counted + "hel", true, "hel", "read body of URL: cut short: 3 of 5 bytes came"},
		{"in a chunk, no goodbye", chunked + "5\r\nhel", false, "hel", "read body of URL: " + cut + ": 3 bytes came, and the end is missing"},
		{"in a chunk", chunked + "5\r\nhel", true, "hel", "read body of URL: cut short: 3 bytes came, and the end is missing"},
		{"in the trailers, no goodbye", chunked + "5\r\nhello\r\n0\r\nX: y\r\n", false, "hello", "read body of URL: " + cut + ": 5 bytes came, and the end is missing"},
		{"in the headers, no goodbye", "HTTP/1.1 200", false, "", "read headers of URL: " + cut},
		{"nothing, no goodbye", "", false, "", "read headers of URL: " + cut},
		{"nothing", "", true, "", "read headers of URL: closed without an answer"},
		{"no HTTP", "220 hello\r\n", true, "", `read headers of URL: not HTTP: the answer begins with "220 hello\r\n"`},
	} {
		for _, piece := range all.Of([]int{1, 1 << 20}, 1) {
			for _, flag := range all.Of([]string{"-body", "-i=false"}, 1) {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					addr := serveTLS(t, certificate, func(sealed *tls.Conn, conn *net.TCPConn) {
						readsAsked(t, sealed)
						for rest := []byte(test.answer); len(rest) > 0; {
							n := min(piece, len(rest))
							sealed.Write(rest[:n]) // each is a record of its own
							rest = rest[n:]
						}
						if test.goodbye {
							sealed.CloseWrite()
						}
						conn.CloseWrite()
						io.Copy(io.Discard, conn)
					})
					stdout, stderr, code := run(t, flag, "-to", addr, "-cacert", trust.file, shop)
					want := test.answer
					if flag == "-body" {
						want = test.body
					}
					check(t, "stdout", stdout, want)
					wantErr, wantCode := "", 0
					if test.err != "" {
						wantErr, wantCode = "http-get: "+strings.Replace(test.err, "URL", shop, 1)+"\n", 1
					}
					check(t, "stderr", stderr, wantErr)
					if code != wantCode {
						t.Errorf("exit %d, want %d", code, wantCode)
					}
				})
			}
		}
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	now := time.Now()
	past, future := now.AddDate(0, 0, -30), now.AddDate(0, 0, 30)
	days := func(n int) string { return day(now.AddDate(0, 0, n)) }
	for _, test := range []struct {
		name        string
		certificate tls.Certificate
		flags       []string
		url         string
		want        string // "" is an answer; ADDR is whom we called
	}{
		{"good", ours.today(t, "shop.example"), nil, "https://shop.example/", ""},
		{"good for many", ours.today(t, "a.example", "shop.example"), nil, "https://SHOP.example/", ""},
		{"good for all of a domain", ours.today(t, "*.example"), nil, "https://shop.example/", ""},
		{"good for an address", ours.today(t, "127.0.0.1"), nil, "https://127.0.0.1/", ""},
		{"good for an IPv6 address", ours.today(t, "::1"), nil, "https://[::1]/", ""},
		{"another name", ours.today(t, "bank.example"), nil, "https://shop.example/",
			"the certificate is for bank.example, not for shop.example\nhttp-get: hint: is the name in the URL the server's? if so, it is somebody else who answers\n"},
		{"one level too deep", ours.today(t, "*.example"), nil, "https://a.shop.example/",
			"the certificate is for *.example, not for a.shop.example\nhttp-get: hint: is the name in the URL the server's? if so, it is somebody else who answers\n"},
		{"a name, not an address", ours.today(t, "shop.example"), nil, "https://127.0.0.1/",
			"the certificate is for shop.example, not for 127.0.0.1\nhttp-get: hint: is the name in the URL the server's? if so, it is somebody else who answers\n"},
		{"nobody's", ours.today(t), nil, "https://shop.example/",
			"the certificate is for nobody, not for shop.example\nhttp-get: hint: is the name in the URL the server's? if so, it is somebody else who answers\n"},
		{"many others'", ours.today(t, "a", "b", "c", "d", "e", "f", "127.0.0.1"), nil, "https://shop.example/",
			"the certificate is for a, b, c, d, e, 2 more, not for shop.example\nhttp-get: hint: is the name in the URL the server's? if so, it is somebody else who answers\n"},
		{"an unknown authority", theirs.today(t, "shop.example"), nil, "https://shop.example/",
			"the certificate is signed by an unknown authority\nhttp-get: hint: the file of -cacert holds neither this certificate nor its authority's\n"},
		{"an authority that the system doesn't know", ours.today(t, "shop.example"), []string{}, "https://shop.example/",
			"the certificate is signed by an unknown authority\nhttp-get: hint: if you know whose it is, name a file with the authority's certificate: -cacert FILE\n"},
		{"expired", ours.sign(t, past, now.AddDate(0, 0, -2), "shop.example"), nil, "https://shop.example/",
			"the certificate expired on " + days(-2) + "\nhttp-get: hint: the server needs a new one\n"},
		{"not yet", ours.sign(t, now.AddDate(0, 0, 2), future, "shop.example"), nil, "https://shop.example/",
			"the certificate holds from " + days(2) + " on, which is still to come\nhttp-get: hint: is this machine's clock right? it says NOW\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			addr := serveTLS(t, test.certificate, func(sealed *tls.Conn, conn *net.TCPConn) {
				sealed.Read(make([]byte, 4096))
				io.WriteString(sealed, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
				sealed.Close()
			})
			flags := test.flags
			if flags == nil {
				flags = []string{"-cacert", ours.file}
			}
			stdout, stderr, code := run(t, append(flags, "-body", "-to", addr, test.url)...)
			if test.want == "" {
				check(t, "stdout", stdout, "hi")
				check(t, "stderr", stderr, "")
				return
			}
			check(t, "stdout", stdout, "")
			if before, _, found := strings.Cut(stderr, "it says "); found {
				stderr = before + "it says NOW\n"
			}
			check(t, "stderr", stderr, "http-get: TLS with "+addr+": "+test.want)
			if code != 1 {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// Servers that don't speak TLS, or speak it and end too soon.
func TestNoHandshake(t *testing.T) {
	t.Parallel()
	hint := "\nhttp-get: hint: is that an http server? then the URL begins with http://\n"
	for _, test := range []struct{ says, want string }{
		{"HTTP/1.1 400 Bad Request\r\n\r\n", `the answer is not TLS: it begins with "HTTP/"` + hint},
		{"\x1b[2J hello", `the answer is not TLS: it begins with "\x1b[2J "` + hint},
		{"", "the server closed in the middle of the handshake" + hint},
		{"\x16\x03\x03\x40", "the server closed in the middle of the handshake" + hint},
		{"\x15\x03\x03\x00\x02\x02\x28", "tls: handshake failure\n"},
	} {
		listener := listen(t)
		listener.SetDeadline(time.Now().Add(testexec.TooLong))
		done := make(chan bool)
		go func() {
			defer close(done)
			conn, err := listener.AcceptTCP()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(testexec.TooLong))
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, test.says)
			conn.CloseWrite()
			io.Copy(io.Discard, conn)
		}()
		addr := listener.Addr().String()
		stdout, stderr, code := run(t, "https://"+addr)
		<-done
		check(t, "stdout", stdout, "")
		check(t, "stderr", stderr, "http-get: TLS with "+addr+": "+test.want)
		if code != 1 {
			t.Errorf("exit %d", code)
		}
	}

	// Silence. In the handshake, too, the timeout is for one receive.
	url := strings.Replace(serveRaw(t), "http:", "https:", 1)
	_, stderr, _ := run(t, "-t", "250ms", url)
	check(t, "stderr", stderr, "http-get: TLS with "+strings.TrimPrefix(url, "https://")+": nothing came for 250ms"+hint)
}

// serveRaw takes a caller, and says nothing until the caller leaves.
func serveRaw(t *testing.T) string {
	listener := listen(t)
	listener.SetDeadline(time.Now().Add(testexec.TooLong))
	done := make(chan bool)
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		conn, err := listener.AcceptTCP()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(testexec.TooLong))
		io.Copy(io.Discard, conn)
	}()
	return "http://" + listener.Addr().String()
}

// slow is a connection that cuts each write into single bytes.
type slow struct{ net.Conn }

func (s slow) Write(b []byte) (int, error) {
	for i := range b {
		if n, err := s.Conn.Write(b[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(b), nil
}

// Seen from below, a record is a message like any other: it comes in pieces. And
// a change of one bit on the way is found out.
func TestBeneathTheSeal(t *testing.T) {
	t.Parallel()
	trust := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{trust.today(t, "shop.example")}}
	const size = 5000
	for _, forged := range []bool{false, true} {
		front, back := listen(t), serveTLS(t, config.Certificates[0], func(sealed *tls.Conn, conn *net.TCPConn) {
			readsAsked(t, sealed)
			io.WriteString(sealed, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"+strings.Repeat("h", size))
			sealed.Close()
		})
		front.SetDeadline(time.Now().Add(testexec.TooLong))
		done := make(chan bool)
		go func() {
			defer close(done)
			caller, err := front.AcceptTCP()
			if err != nil {
				t.Error(err)
				return
			}
			defer caller.Close()
			caller.SetDeadline(time.Now().Add(testexec.TooLong))
			server, err := net.DialTimeout("tcp", back, testexec.TooLong)
			if err != nil {
				t.Error(err)
				return
			}
			defer server.Close()
			server.SetDeadline(time.Now().Add(testexec.TooLong))
			go func() { io.Copy(slow{server}, caller) }()
			for {
				record := make([]byte, 5) // its type, version and length
				if _, err := io.ReadFull(server, record); err != nil {
					return
				}
				record = append(record, make([]byte, int(record[3])<<8|int(record[4]))...)
				io.ReadFull(server, record[5:])
				if forged && record[0] == 23 && len(record) > 1000 { // application_data
					record[500] ^= 1 // only the page makes one so large
				}
				slow{caller}.Write(record)
			}
		}()
		stdout, stderr, code := run(t, "-body", "-to", front.Addr().String(), "-cacert", trust.file, shop)
		<-done
		if forged {
			check(t, "stderr", stderr, "http-get: read headers of "+shop+": tls: bad record MAC\n")
			check(t, "stdout", stdout, "")
		} else {
			check(t, "stderr", stderr, "")
			check(t, "stdout", stdout, strings.Repeat("h", size))
		}
		if code != 0 != forged {
			t.Errorf("exit %d", code)
		}
	}
}

// A page larger than a record, and than a receive.
func TestSealedLargePage(t *testing.T) {
	t.Parallel()
	trust := newAuthority(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	addr := serveTLS(t, trust.today(t, "shop.example"), func(sealed *tls.Conn, conn *net.TCPConn) {
		readsAsked(t, sealed)
		io.WriteString(sealed, "HTTP/1.1 200 OK\r\n\r\n")
		sealed.Write(large)
		sealed.Close()
	})
	stdout, stderr, _ := run(t, "-body", "-to", addr, "-cacert", trust.file, shop)
	check(t, "stdout", stdout, string(large))
	check(t, "stderr", stderr, "")
}
