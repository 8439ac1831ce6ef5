package httpget

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"socklab/tools/cli"
)

// seal makes TLS's handshake over a connection, and returns a connection to use
// in its place. Bytes written there travel encrypted. Bytes read there are what
// the server wrote, all of them and in order, or there is an error (RFC 8446).
//
// Three things must be true of the certificate that the server shows: it is valid
// today, it names the host of the URL, and somebody we trust has signed it.
// Without the second, any site's certificate would do for all sites; without the
// third, anybody's would. There is no switch to leave them out.
func seal(in *wire, from target, trust *x509.CertPool) (*tls.Conn, error) {
	// The handshake is still in plain, in part. Our first message names the
	// host (SNI, RFC 6066, section 3), for one address can serve many. An IP
	// address isn't named: whom we called, everybody can see anyway.
	sealed := tls.Client(beneath{in.conn, in}, &tls.Config{ServerName: from.name, RootCAs: trust})
	in.conn.SetWriteDeadline(time.Now().Add(in.limit))
	if err := sealed.Handshake(); err != nil {
		return nil, fmt.Errorf("TLS with %s: %w", from.addr, explain(err, in, from, trust))
	}
	return sealed, nil
}

// errNoGoodbye is an end of the stream that TLS has not announced. A side that
// ends a conversation says so, sealed, in an alert named close_notify. The end of
// a TCP connection proves nothing: anybody on the way could have made it (RFC
// 8446, section 6.1). Where the end of the answer depends on it, the answer
// counts as cut short; where the headers give the length, it doesn't (RFC 9112,
// 9.8).
var errNoGoodbye = errors.New("cut short, without TLS's goodbye (close_notify)")

// beneath is the connection that TLS writes and reads. Each receive has its
// deadline, and an end without close_notify is errNoGoodbye.
//
// NOTE: were it io.EOF, crypto/tls would take it for a goodbye, "because popular
// web sites seem to do this", as long as it came between two records.
type beneath struct {
	net.Conn
	in *wire
}

func (b beneath) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	if err == io.EOF {
		err = errNoGoodbye
	}
	return n, err
}

// authorities reads the certificates that -cacert names. Without a file it
// returns nil, which to crypto/tls means: those that the system trusts.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	trust := x509.NewCertPool()
	if !trust.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in it; it is text that begins with -----BEGIN CERTIFICATE-----")
	}
	return trust, nil
}

// sealError is a handshake that failed, with the reason and what to try.
type sealError struct{ says, hint string }

func (e *sealError) Error() string { return e.says }

const notTLS = "is that an http server? then the URL begins with http://"

// explain says why a handshake failed.
func explain(err error, in *wire, from target, trust *x509.CertPool) error {
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return &sealError{fmt.Sprintf("the certificate is for %s, not for %s", namesOf(name.Certificate), from.name),
			"is the name in the URL the server's? if so, it is somebody else who answers"}
	case errors.As(err, &unknown) && trust != nil:
		return &sealError{"the certificate is signed by an unknown authority",
			"the file of -cacert holds neither this certificate nor its authority's"}
	case errors.As(err, &unknown):
		return &sealError{"the certificate is signed by an unknown authority",
			"if you know whose it is, name a file with the authority's certificate: -cacert FILE"}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if now := time.Now(); now.Before(invalid.Cert.NotBefore) {
			return &sealError{"the certificate holds from " + day(invalid.Cert.NotBefore) + " on, which is still to come",
				"is this machine's clock right? it says " + day(now)}
		}
		return &sealError{"the certificate expired on " + day(invalid.Cert.NotAfter), "the server needs a new one"}
	case errors.As(err, &record):
		return &sealError{fmt.Sprintf("the answer is not TLS: it begins with %q", record.RecordHeader[:]), notTLS}
	case errors.Is(err, errNoGoodbye):
		return &sealError{"the server closed in the middle of the handshake", notTLS}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &sealError{in.why(err).Error(), notTLS}
	}
	return errors.New(cli.Visible(cli.Cause(err).Error()))
}

// namesOf lists the names in a certificate; if there are many, the first few.
func namesOf(c *x509.Certificate) string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	const enough = 5
	switch {
	case len(names) == 0:
		return "nobody"
	case len(names) > enough:
		names = append(names[:enough:enough], fmt.Sprintf("%d more", len(names)-enough))
	}
	return cli.Visible(strings.Join(names, ", "))
}

// day is a certificate's time as a date, in Greenwich.
func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
