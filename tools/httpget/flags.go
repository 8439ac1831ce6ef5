package httpget

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"socklab/tools/cli"
)

const usage = `usage: http-get [FLAG]... URL [URL]...

Sends a GET for URL and prints every byte that comes, until the server closes.
URL is http[s]://HOST[:PORT][/PATH][?QUERY]; path and query are sent as typed.
With https the server must prove that it is HOST, by a certificate. Of several
URLs in a row with one server, all are asked for on one connection.

What is shown of the answer:
  -i           the status lines and the headers only; it stops at the empty line
               (interim answers, such as 103 Early Hints, are printed as well)
  -body        the body only, decoded; it stops where the answer ends
  -framing     all of it, a line for each part: what is head, what says where the
               body ends, what is body, and what comes behind the end
  -v           on stderr: the address called, what is sent (>), the head of the
               answer (<), and what each step took (*)
  -o FILE      write to FILE.part, renamed to FILE once the whole answer is there;
               after a second, a terminal shows how much has come. -o - is stdout:
               without it, nothing but text is printed on a terminal

What is asked:
  -I           ask with HEAD, for the headers only; implies -i
  -X METHOD    ask with METHOD instead of GET
  -d DATA      send DATA, or what is in the file F with -d @F, with a POST
  -H 'N: V'    send the header N with the value V, in place of ours if we send N;
               -H 'N:' leaves N out
  -L           go where redirects lead, 10 of them at most, and say each on stderr

Whom is called, and when it has failed:
  -4, -6       call an IPv4 address only, or an IPv6 address
  -to ADDR     call HOST:PORT, or unix:PATH, instead of the URL's; what is said
               stays the same
  -cacert FILE trust the certificates in FILE (PEM), and those that they signed,
               and no other; without it, the authorities that this system trusts
  -t DURATION  the longest wait to connect, and for the next bytes (default 30s);
               a download may take longer, as long as something keeps coming
  -f           a status of 400 or more is a failure

Without -L, redirects are not followed: stderr says where they lead. What comes
behind the end of the answer is printed with the rest, and is no part of -body.

Exit status: 0 if a whole answer came, be it a 404 or a redirect (with -i, if its
headers did); 1 if not; 2 for a URL that can't be asked.
`

// options are what the command line asks for.
type options struct {
	requests []request
	only     string // the part to show: head, body or framing; "" is every byte
	output   string
	cacert   string
	family   string // 4 or 6; "" is both
	limit    time.Duration
	strict   bool // a status from 400 on has failed
	verbose  bool
}

// arguments reads the command line. It ends the program if that makes no sense.
func arguments() (o options) {
	flags := flag.NewFlagSet("http-get", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	head := flags.Bool("i", false, "")
	body := flags.Bool("body", false, "")
	framing := flags.Bool("framing", false, "")
	four := flags.Bool("4", false, "")
	six := flags.Bool("6", false, "")
	flags.BoolVar(&o.verbose, "v", false, "")
	flags.BoolVar(&o.strict, "f", false, "")
	flags.StringVar(&o.output, "o", "", "")
	flags.StringVar(&o.cacert, "cacert", "", "")
	flags.DurationVar(&o.limit, "t", 30*time.Second, "") // the default timeout
	to := flags.String("to", "", "")
	headers := flags.Bool("I", false, "")
	var q request
	flags.StringVar(&q.method, "X", "", "")
	flags.BoolVar(&q.follow, "L", false, "")
	flags.Func("H", "", q.setHeader)
	flags.Func("d", "", q.setData)
	err := flags.Parse(os.Args[1:])
	only := chosen(map[string]bool{"-i": *head, "-body": *body, "-framing": *framing})
	switch {
	case errors.Is(err, flag.ErrHelp):
		cli.Must(fmt.Print(usage))
		os.Exit(0)
	case err != nil:
		misused("%s; http-get -h says what there is", flagError(err))
	case flags.NArg() == 0:
		misused("no URL; http-get -h says more")
	case flags.NArg() > 1 && strings.HasPrefix(flags.Arg(1), "-"):
		misused("%s comes behind the URL; flags go before it", flags.Arg(1))
	case *head && *body:
		misused("-i is the headers only, -body the body only; choose one, or neither for both")
	case len(only) > 1:
		misused("%s: each shows the answer in its own way; choose one", strings.Join(only, " and "))
	case *four && *six:
		misused("-4 and -6: no address is both; leave them out for either")
	case *headers && q.hasData:
		misused("-I asks with HEAD, -d with POST; choose one")
	case *headers && q.method != "" && q.method != "HEAD":
		misused("-I asks with HEAD, -X with %.40s; choose one", q.method)
	case *headers && (*body || *framing):
		misused("-I asks for the headers only, and %s shows more; choose one", only[0])
	case q.method != "" && !isToken(q.method):
		misused("-X %.40q: no method of HTTP; a method is one word, as GET (RFC 9110, section 9.1)", q.method)
	case q.method == "CONNECT":
		misused("-X CONNECT: asks for a tunnel, and http-get has nothing to send through it")
	case o.limit <= 0:
		misused("-t %v: leaves no time for an answer", o.limit)
	case flags.NArg() > 1 && o.output != "" && o.output != "-":
		misused("-o %s: of %d pages, which? ask for one", o.output, flags.NArg())
	}
	switch {
	case *four:
		o.family = "4"
	case *six:
		o.family = "6"
	}
	switch {
	case *head || *headers:
		o.only = "head"
	case *body:
		o.only = "body"
	case *framing:
		o.only = "framing"
	}
	switch {
	case *headers:
		q.method = "HEAD"
	case q.method == "" && q.hasData:
		q.method = "POST"
	case q.method == "":
		q.method = "GET"
	}
	for _, url := range flags.Args() {
		target, err := split(url)
		if err != nil {
			misused("split URL: %v", err)
		}
		if *to != "" {
			if err := target.callInstead(*to); err != nil {
				misused("-to %s: %v", *to, err)
			}
		}
		if target.network == "unix" && o.family != "" {
			misused("-%s chooses among addresses, and -to %s is a path", o.family, *to)
		}
		if o.cacert != "" && !target.secure {
			misused("-cacert %s: a server has a certificate if the URL begins with https://", o.cacert)
		}
		q.to = target
		o.requests = append(o.requests, q)
	}
	return o
}

// chosen lists the flags that are set, by name.
func chosen(flags map[string]bool) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if flags[name] {
			names = append(names, name)
		}
	}
	return names
}

// misused ends the program, because it can't do what it was asked for.
func misused(format string, args ...any) {
	log.Printf(format, args...)
	os.Exit(2)
}

// callInstead changes whom a target calls, to HOST:PORT or unix:PATH.
func (t *target) callInstead(addr string) error {
	if path, is := strings.CutPrefix(addr, "unix:"); is {
		if path == "" {
			return errors.New("want unix:PATH")
		}
		t.network, t.addr = "unix", path
		return nil
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("want HOST:PORT, or unix:PATH")
	}
	if _, err := portNumber(port); err != nil {
		return err
	}
	t.addr = addr
	return nil
}

// flagError says what package flag found, in our words.
func flagError(err error) string {
	says := err.Error()
	if name, ok := strings.CutPrefix(says, "flag provided but not defined: "); ok {
		return name + " is no flag of http-get"
	}
	if name, ok := strings.CutPrefix(says, "flag needs an argument: "); ok {
		return name + " wants something behind it"
	}
	value, name, ok := strings.Cut(says, " for flag ")
	value = strings.TrimPrefix(value, "invalid value ")
	if name, why, _ := strings.Cut(name, ": "); ok && name == "-t" {
		return value + " for -t; want a number and its unit, such as 5s or 1m"
	} else if ok {
		return fmt.Sprintf("%s %s: %s", name, value, why)
	}
	return strings.TrimPrefix(says, "invalid ")
}
