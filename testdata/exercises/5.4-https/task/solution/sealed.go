// sealed ADDR NAME FILE talks TLS with NAME, and says how it ended.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

func main() {
	addr, name, file := os.Args[1], os.Args[2], os.Args[3]
	authorities, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AppendCertsFromPEM(authorities)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	sealed := tls.Client(beneath{conn}, &tls.Config{ServerName: name, RootCAs: trust})
	if err := talk(sealed); err != nil {
		fmt.Println(why(err))
		os.Exit(1)
	}
	fmt.Println("end")
}

// talk says good day, and prints what comes until the server's goodbye.
func talk(sealed *tls.Conn) error {
	if err := sealed.Handshake(); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(sealed, "good day"); err != nil {
		return err
	}
	_, err := io.Copy(os.Stdout, sealed)
	return err
}

// why says in two words what went wrong.
func why(err error) string {
	var name x509.HostnameError
	var certificate *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return "wrong name"
	case errors.As(err, &certificate):
		return "not trusted"
	case errors.As(err, &header):
		return "no TLS"
	}
	return "cut off"
}

// beneath is the socket under TLS. Its end is an error: only TLS's goodbye is an end.
type beneath struct{ net.Conn }

func (b beneath) Read(piece []byte) (int, error) {
	n, err := b.Conn.Read(piece)
	if err == io.EOF {
		err = errors.New("no goodbye")
	}
	return n, err
}
