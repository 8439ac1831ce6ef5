package httpget

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"net/url"
	"slices"
	"strings"

	"socklab/tools/cli"
)

// hopsMax is how many redirects of one URL we follow. Two servers can send us back
// and forth for ever.
const hopsMax = 10

// visit asks for a page, with -L also where redirects lead. Each answer is shown in
// the part that was asked for; of a redirect that is followed, its body isn't.
func (c *client) visit(q request) error {
	for hop := 1; ; hop++ {
		if c.conn != nil && !q.to.sameServer(c.to) {
			c.hangUp()
		}
		look, frame := c.look(q)
		h, err := c.again(q, look)
		c.report.done(c.came())
		if frame != nil && c.answer != nil {
			err = cmp.Or(err, frame.end(c.answer.framed, err == nil))
		}
		if err != nil || !c.keeps(q, h) {
			c.hangUp()
		}
		if err != nil {
			return err
		}
		next, follows, err := q.redirected(h)
		if err != nil && q.follow {
			return fmt.Errorf("redirect %d of %s: %w", h.status, q.to.url, err)
		}
		if q.follow && follows {
			if hop > hopsMax {
				return fmt.Errorf("more than %d redirects; the next leads to %.200s", hopsMax, cli.Visible(next.to.url))
			}
			log.Printf("redirect %d: on to %.200s, with %s", h.status, cli.Visible(next.to.url), next.method)
			q = next
			continue
		}
		if c.strict && h.status >= 400 {
			return fmt.Errorf("status %d of %s (-f)", h.status, q.to.url)
		}
		return nil
	}
}

// look is where the parts of the answer go; with -framing also what shows them.
func (c *client) look(q request) (view, *framing) {
	look := nowhere()
	var frame *framing
	switch c.only {
	case "head":
		look.head, look.headOnly = c.page, true
	case "body":
		look.body, look.followed = c.page, q.follow
	case "framing":
		frame = &framing{to: c.page}
		look.head, look.size, look.body, look.trailer, look.behind =
			frame.as("head"), frame.as("size"), frame.as("body"), frame.as("trailer"), frame.as("behind")
		look.untilClose = !q.keep
	default:
		look.raw, look.untilClose = c.page, !q.keep
	}
	if c.verbose {
		look.head = io.MultiWriter(look.head, c.report)
	}
	return look, frame
}

// redirected is the request that a redirect asks for, and whether the answer is
// one (RFC 9110, section 15.4).
func (q request) redirected(h head) (next request, is bool, err error) {
	to := h.values("location")
	if h.status/100 != 3 || len(to) == 0 || to[0] == "" {
		return q, false, nil
	}
	if slices.ContainsFunc(to, func(s string) bool { return s != to[0] }) {
		return q, false, fmt.Errorf("it has %d Locations, %.200s and %.200s among them; one is right (RFC 9110, section 10.2.2)",
			len(to), cli.Visible(to[0]), cli.Visible(to[len(to)-1]))
	}
	next = q
	next.to, err = q.to.relative(to[0])
	if err != nil {
		return q, false, fmt.Errorf("it leads to %.200s: %w", cli.Visible(to[0]), err)
	}
	// 303 says: the answer is there, to be read. 301 and 302 were meant for the
	// same method, but browsers read them so, too, after a POST.
	switch {
	case h.status == 303 && q.method != "HEAD", (h.status == 301 || h.status == 302) && q.method == "POST":
		next.method, next.data, next.hasData = "GET", "", false
	}
	if !next.to.sameServer(q.to) {
		// What was said to one server in confidence is not for another.
		next.headers = slices.DeleteFunc(slices.Clone(q.headers), func(f field) bool {
			return slices.Contains([]string{"host", "authorization", "cookie"}, strings.ToLower(f.name))
		})
	}
	return next, true, nil
}

// relative is the target of a reference that an answer of t makes, such as ../b?c
// (RFC 3986, section 5). A path to the same server is called where t was (-to).
func (t target) relative(reference string) (target, error) {
	if scheme, _, found := strings.Cut(reference, "://"); !found || strings.ContainsAny(scheme, "/?#") {
		if err := plain(reference); err != nil {
			return target{}, err
		}
		base, err := url.Parse(t.url)
		if err != nil {
			return target{}, err
		}
		whole, err := base.Parse(reference)
		if err != nil {
			return target{}, err
		}
		reference = whole.String()
	}
	to, err := split(reference)
	if err == nil && to.host == t.host && to.secure == t.secure {
		to.network, to.addr = t.network, t.addr
	}
	return to, err
}

// remark says what a person should know of an answer that is whole.
func remark(h head, q request) {
	next, is, err := q.redirected(h)
	switch {
	// "Ask there instead" is an answer too. A browser would do so; we say where,
	// and leave it to you whether you want to go.
	case err != nil && !q.follow:
		log.Printf("redirect %d is not followed: %v", h.status, err)
	case is && !q.follow:
		log.Printf("redirect %d is not followed (-L does): it leads to %.200s", h.status, cli.Visible(next.to.url))
	case h.status == 101:
		log.Print("status 101, though we asked for no other protocol: what follows the headers is not HTTP (RFC 9110, section 7.8)")
	case h.status < 100 || h.status > 599:
		log.Printf("status %03d is none, they go from 100 to 599; it is taken for a server's error, as 500 is (RFC 9110, section 15)", h.status)
	}
	if h.minor == '0' && len(h.list("transfer-encoding")) > 0 {
		log.Print("HTTP/1.0 has no Transfer-Encoding; the body is decoded all the same, as 1.1 has it (RFC 9112, section 6.1)")
	}
}
