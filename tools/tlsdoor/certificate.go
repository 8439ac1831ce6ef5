package tlsdoor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// newCertificate makes a key, and a certificate for name, a host name or an IP
// address. It is valid for that many days from now; with a negative number it
// ended that many days ago. It returns both for the door, and the certificate
// alone, as PEM (RFC 7468), for callers.
//
// NOTE: the certificate is signed with its own key. It proves nothing to a caller
// who didn't get it from somebody they trust. On the web that somebody is an
// authority: it signs the certificate instead, and its own certificate came with
// the caller's system.
func newCertificate(name string, days int) (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	until := time.Now().AddDate(0, 0, days)
	says := &x509.Certificate{
		SerialNumber: number,
		Subject:      pkix.Name{CommonName: name},
		// The caller's clock may be a little behind ours.
		NotBefore:             until.AddDate(0, 0, -max(days, 1)).Add(-time.Hour),
		NotAfter:              until,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, // and it can't sign others
	}
	// Callers look here, not at the CommonName (RFC 9525, section 2).
	if ip := net.ParseIP(name); ip != nil {
		says.IPAddresses = []net.IP{ip}
	} else {
		says.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, says, says, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
