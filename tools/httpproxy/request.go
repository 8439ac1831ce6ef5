package httpproxy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"unicode"

	"socklab/tools/cli"
)

// A request is its head; the body, if there is one, stays in the stream.
type request struct {
	method, target, version string
	host                    string   // of a target that named it
	fields                  []string // the header's lines, without their ends
}

// readRequest reads until the empty line. io.EOF says that nothing came.
func readRequest(in *bufio.Reader) (q request, err error) {
	for left := headMax; ; {
		line, err := in.ReadSlice('\n')
		left -= len(line)
		text, whole := strings.CutSuffix(string(line), "\r\n")
		switch {
		case err == io.EOF && q.method == "" && len(line) == 0:
			return q, err
		case err != nil:
			return q, fmt.Errorf("read the head: %w", cli.Cause(err))
		case left < 0:
			return q, fmt.Errorf("the head has more than %d bytes", headMax)
		case !whole || strings.ContainsFunc(text, isControl):
			return q, fmt.Errorf("a line of the head is %.60q, want text and CR LF", line)
		case q.method == "":
			words := strings.Split(text, " ")
			if len(words) != 3 || words[0] == "" || words[1] == "" {
				return q, fmt.Errorf("the request line is %.60q, want METHOD TARGET VERSION", text)
			}
			q.method, q.target, q.version = words[0], words[1], words[2]
			if q.version != "HTTP/1.1" && q.version != "HTTP/1.0" {
				return q, fmt.Errorf("the version is %.20q, want HTTP/1.1 or HTTP/1.0", q.version)
			}
		case text == "":
			return q, nil
		default:
			// A name that the server reads in another way than we do would be a
			// hole: what we take out for it to trust must be out.
			name, _, found := strings.Cut(text, ":")
			if !found || name == "" || strings.ContainsAny(name, " \t") {
				return q, fmt.Errorf("a header's line is %.60q, want NAME: VALUE", text)
			}
			q.fields = append(q.fields, text)
		}
	}
}

func isControl(r rune) bool { return r != '\t' && unicode.IsControl(r) }

// route says whom the request is for. It returns the status of a refusal with an
// error.
func (o options) route(q *request) (server, status string, err error) {
	if o.to != "" {
		if q.method == "CONNECT" {
			return "", "405 Method Not Allowed", errors.New("CONNECT: a reverse proxy has no tunnels")
		}
		return o.to, "", nil
	}
	if q.method == "CONNECT" {
		_, port, err := net.SplitHostPort(q.target)
		if err != nil {
			return "", "400 Bad Request", err
		}
		// Whatever can be said on a port, mail for example, could be said by
		// anybody through us, with our address (RFC 9110, section 9.3.6).
		if !slices.Contains(o.tunnels, port) {
			return "", "403 Forbidden", fmt.Errorf("CONNECT to port %.10q: tunnels lead to %v (-tunnels)", port, o.tunnels)
		}
		return q.target, "", nil
	}
	const scheme = "http://"
	if len(q.target) < len(scheme) || !strings.EqualFold(q.target[:len(scheme)], scheme) {
		return "", "400 Bad Request", fmt.Errorf("the target is %.60q, want http://HOST/PATH: whom is it for?", q.target)
	}
	rest := q.target[len(scheme):]
	end := strings.IndexAny(rest+"/", "/?")
	q.host, q.target = rest[:end], rest[end:]
	if !strings.HasPrefix(q.target, "/") {
		q.target = "/" + q.target
	}
	host, port, err := net.SplitHostPort(q.host)
	if err != nil {
		host, port = strings.Trim(q.host, "[]"), "80"
	}
	if host == "" || strings.Contains(host, "@") {
		return "", "400 Bad Request", fmt.Errorf("the target's host is %.60q", q.host)
	}
	return net.JoinHostPort(host, port), "", nil
}

// ours are the fields that mean this connection, and not the request: they go no
// further than here (RFC 9110, section 7.6.1).
var ours = []string{"connection", "proxy-connection", "keep-alive", "te", "upgrade", "proxy-authorization"}

// onward is the request's head as the server gets it. If named is set, the address
// of the caller stands behind those that X-Forwarded-For had when it came.
func (q request) onward(named bool, caller string) string {
	var chain []string
	head := q.method + " " + q.target + " " + q.version + "\r\n"
	if q.host != "" {
		head += "Host: " + q.host + "\r\n"
	}
	for _, field := range q.fields {
		name, value, _ := strings.Cut(field, ":")
		switch name = strings.ToLower(name); {
		case named && name == "x-forwarded-for":
			chain = append(chain, strings.TrimSpace(value))
		case q.host != "" && name == "host", slices.Contains(ours, name), q.dropped(name):
		default:
			head += field + "\r\n"
		}
	}
	if named {
		head += "X-Forwarded-For: " + strings.Join(append(chain, caller), ", ") + "\r\n"
	}
	return head + "Via: 1.1 http-proxy\r\nConnection: close\r\n\r\n"
}

// dropped says whether a Connection of the request names the field: then it is for
// us. (A caller who names what says where the body ends is not listened to.)
func (q request) dropped(name string) bool {
	if name == "content-length" || name == "transfer-encoding" || name == "host" {
		return false
	}
	for _, field := range q.fields {
		field = strings.ToLower(field)
		if list, found := strings.CutPrefix(field, "connection:"); found {
			for word := range strings.SplitSeq(list, ",") {
				if strings.TrimSpace(word) == name {
					return true
				}
			}
		}
	}
	return false
}
