//go:build unix

package httpget

import (
	"strings"
	"testing"
)

// answerCase is an answer that a server could give, and its result in each of our
// clients: what -body prints, the exit status, and, from the Go program, a part
// of stderr ("" means that stderr is empty).
type answerCase struct {
	name   string
	rule   string // RFC and section
	answer string
	body   string
	exit   int
	says   string
	curl   string // what curl does, if it differs, and why we don't
}

// The parts of a case that aren't its subject are as plain as can be.
const (
	statusOK   = "HTTP/1.1 200 OK\r\n"
	twoBytes   = "Content-Length: 2\r\n\r\nhi"
	inChunks   = statusOK + "Transfer-Encoding: chunked\r\n\r\n"
	untilClose = statusOK + "\r\n"
)

// answerCases is the table. Each row is one thing that RFC 9110 or 9112 says of
// an answer, or leaves open.
func answerCases() (all []answerCase) {
	// add takes rows of one kind: name, what is put into the form, body, what
	// stderr says, what curl does. A "!" before what stderr says means that the
	// answer isn't whole.
	add := func(rule string, form func(string) string, rows ...[5]string) {
		for _, r := range rows {
			says, failed := strings.CutPrefix(r[3], "!")
			c := answerCase{r[0], "RFC " + rule, form(r[1]), r[2], 0, says, r[4]}
			if failed {
				c.exit = 1
			}
			all = append(all, c)
		}
	}
	whole := func(answer string) string { return answer }
	status := func(line string) string { return line + "\r\n" + twoBytes }
	header := func(line string) string { return statusOK + line + "\r\n" + twoBytes }
	length := func(value string) string { return statusOK + "Content-Length:" + value + "\r\n\r\nhi" }
	coding := func(value string) string {
		return statusOK + "Transfer-Encoding:" + value + "\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
	}
	chunked := func(body string) string { return inChunks + body }
	sized := func(line string) string { return inChunks + line + "hi\r\n0\r\n\r\n" }
	trailer := func(lines string) string { return inChunks + "2\r\nhi\r\n0\r\n" + lines }

	const (
		wantStatus = "!want HTTP/1.1, a space, and three digits (RFC 9112, section 4)"
		wantMajor  = "!HTTP/1.1 or HTTP/1.0 (RFC 9110, section 2.5)"
		notHTTP    = "!not HTTP: the answer begins with"
		noStatus   = "is none, they go from 100 to 599"
		colonless  = "!a header without a colon"
		nameless   = "!a header without a name"
		early      = "!white space before the colon"
		noName     = "!is no name of a header"
		control    = "!a control character, "
		foldFirst  = "!white space before the first header"
		bareCR     = "!a CR without LF in the line"
		crcrlf     = "!a line that ends with CR CR LF"
		badLength  = "!want digits (RFC 9110, section 8.6)"
		hugeLength = "!more than we can count (RFC 9110, section 8.6)"
		twoLengths = "!two lengths"
		oldCoding  = "HTTP/1.0 has no Transfer-Encoding"
		noCoding   = "!which we did not ask for; chunked alone we can decode"
		twice      = "!Transfer-Encoding says chunked 2 times"
		sizeDigits = "!want hexadecimal digits (RFC 9112, section 7.1)"
		sizeHuge   = "!more than we can count (RFC 9112, section 7.1)"
		sizeLF     = "!ends with LF; want CR LF (RFC 9112, section 7.1)"
		sizeWrong  = "!so its size was wrong (RFC 9112, section 7.1)"
		cutBody    = "!cut short: "
		cutHead    = "!and no empty line"
		closed     = "!closed without an answer"
		unasked    = "status 101, though we asked for no other protocol"
		leads      = "it leads to "
		twoEnds    = "!both Transfer-Encoding and Content-Length"

		takes    = "takes it"
		refuses  = "refuses it"
		anyField = "takes a header for whatever it is"
	)

	add("9112, 4: the status line", status,
		[5]string{"as most", "HTTP/1.1 200 OK", "hi", "", ""},
		[5]string{"no reason", "HTTP/1.1 200 ", "hi", "", ""},
		[5]string{"no reason, no space", "HTTP/1.1 200", "hi", "", ""},
		[5]string{"two spaces", "HTTP/1.1  200 OK", "hi", "", ""},
		[5]string{"two spaces behind", "HTTP/1.1 200  OK", "hi", "", ""},
		[5]string{"a long reason", "HTTP/1.1 200 " + strings.Repeat("x", 5000), "hi", "", ""},
		[5]string{"a reason in UTF-8", "HTTP/1.1 200 schön", "hi", "", ""},
		[5]string{"a reason in Latin-1", "HTTP/1.1 200 sch\xf6n", "hi", "", ""},
		[5]string{"a tab in the reason", "HTTP/1.1 200 a\tb", "hi", "", ""},
		[5]string{"a number as reason", "HTTP/1.1 200 404", "hi", "", ""},
		[5]string{"a tab before the status", "HTTP/1.1\t200 OK", "", wantStatus, takes},
		[5]string{"a tab behind the status", "HTTP/1.1 200\tOK", "", wantStatus, takes},
		[5]string{"glued reason", "HTTP/1.1 200OK", "", wantStatus, takes},
		[5]string{"glued status", "HTTP/1.1200 OK", "", wantStatus, takes},
		[5]string{"no status", "HTTP/1.1", "", wantStatus, ""},
		[5]string{"no status, a space", "HTTP/1.1 ", "", wantStatus, ""},
		[5]string{"words", "HTTP/1.1 abc OK", "", wantStatus, ""},
		[5]string{"two digits", "HTTP/1.1 20 OK", "", wantStatus, takes},
		[5]string{"four digits", "HTTP/1.1 2000 OK", "", wantStatus, takes},
		[5]string{"one digit", "HTTP/1.1 2 OK", "", wantStatus, takes},
		[5]string{"a sign", "HTTP/1.1 +20 OK", "", wantStatus, ""},
		[5]string{"a minus", "HTTP/1.1 -20 OK", "", wantStatus, ""},
		[5]string{"hexadecimal", "HTTP/1.1 0x1 OK", "", wantStatus, takes},
		[5]string{"a point", "HTTP/1.1 20.0 OK", "", wantStatus, takes},
		[5]string{"a space in it", "HTTP/1.1 2 00 OK", "", wantStatus, takes},
		[5]string{"digits of another script", "HTTP/1.1 ２００ OK", "", wantStatus, ""},
	)
	add("9112, 2.3: the version", status,
		[5]string{"1.0", "HTTP/1.0 200 OK", "hi", "", ""},
		[5]string{"small letters", "http/1.1 200 OK", "", notHTTP, takes},
		[5]string{"half of them", "Http/1.1 200 OK", "", notHTTP, takes},
		[5]string{"no minor", "HTTP/1 200 OK", "", wantStatus, ""},
		[5]string{"a point behind", "HTTP/1. 200 OK", "", wantStatus, ""},
		[5]string{"two digits", "HTTP/1.10 200 OK", "", wantStatus, ""},
		[5]string{"a zero before", "HTTP/01.1 200 OK", "", wantStatus, ""},
		[5]string{"a letter", "HTTP/1.x 200 OK", "", wantStatus, ""},
		[5]string{"three parts", "HTTP/1.1.1 200 OK", "", wantStatus, ""},
		[5]string{"a comma", "HTTP/1,1 200 OK", "", wantStatus, ""},
		[5]string{"none", "HTTP/ 200 OK", "", wantStatus, ""},
		[5]string{"a space in it", "HTTP/ 1.1 200 OK", "", wantStatus, takes},
		[5]string{"of another protocol", "RTSP/1.0 200 OK", "", notHTTP, ""},
		[5]string{"of a radio", "ICY 200 OK", "", notHTTP, ""},
		[5]string{"no slash", "HTTP 1.1 200 OK", "", notHTTP, ""},
	)
	add("9110, 2.5: versions that are to come, or were never", status,
		[5]string{"1.2", "HTTP/1.2 200 OK", "hi", "", "knows 1.0 and 1.1 alone; a minor version more may be taken"},
		[5]string{"1.9", "HTTP/1.9 200 OK", "hi", "", "as 1.2"},
		[5]string{"0.9", "HTTP/0.9 200 OK", "", wantMajor, ""},
		[5]string{"2.0", "HTTP/2.0 200 OK", "", wantMajor, takes},
		[5]string{"2", "HTTP/2 200 OK", "", wantMajor, takes},
		[5]string{"3", "HTTP/3 200 OK", "", wantMajor, takes},
		[5]string{"3.7", "HTTP/3.7 200 OK", "", wantMajor, ""},
		[5]string{"5.6", "HTTP/5.6 200 OK", "", wantMajor, ""},
		[5]string{"9.9", "HTTP/9.9 200 OK", "", wantMajor, ""},
	)
	add("9110, 15: status codes", status,
		[5]string{"201", "HTTP/1.1 201 Created", "hi", "", ""},
		[5]string{"206", "HTTP/1.1 206 Partial Content", "hi", "", ""},
		[5]string{"299", "HTTP/1.1 299 Unknown", "hi", "", ""},
		[5]string{"404", "HTTP/1.1 404 Not Found", "hi", "", ""},
		[5]string{"418", "HTTP/1.1 418 I'm a teapot", "hi", "", ""},
		[5]string{"500", "HTTP/1.1 500 Oops", "hi", "", ""},
		[5]string{"599", "HTTP/1.1 599 Last", "hi", "", ""},
		[5]string{"600", "HTTP/1.1 600 Beyond", "hi", noStatus, ""},
		[5]string{"999", "HTTP/1.1 999 Beyond", "hi", noStatus, ""},
		[5]string{"000", "HTTP/1.1 000 Zero", "hi", noStatus, "refuses it; a client should take it as 5xx"},
		[5]string{"020", "HTTP/1.1 020 OK", "hi", noStatus, "as 000"},
		[5]string{"099", "HTTP/1.1 099 OK", "hi", noStatus, "as 000"},
		[5]string{"205 with a body", "HTTP/1.1 205 Reset Content", "hi", "", ""},
	)
	add("9110, 15.2: interim answers", func(s string) string { return s + statusOK + twoBytes },
		[5]string{"100", "HTTP/1.1 100 Continue\r\n\r\n", "hi", "", ""},
		[5]string{"102", "HTTP/1.1 102 Processing\r\n\r\n", "hi", "", ""},
		[5]string{"103", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "hi", "", ""},
		[5]string{"199", "HTTP/1.1 199 What\r\n\r\n", "hi", "", ""},
		[5]string{"three", "HTTP/1.1 100 A\r\n\r\nHTTP/1.1 102 B\r\n\r\nHTTP/1.1 103 C\r\n\r\n", "hi", "", ""},
		[5]string{"twenty", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20), "hi", "", ""},
		[5]string{"a hundred", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), "hi", "", ""},
		[5]string{"in 1.0", "HTTP/1.0 100 Continue\r\n\r\n", "hi", "", ""},
		[5]string{"ends with LF", "HTTP/1.1 100 Continue\n\n", "hi", "", ""},
		[5]string{"with a length, which means nothing there", "HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n", "hi", "", ""},
		[5]string{"with a bad header", "HTTP/1.1 103 Early\r\nLink </a>\r\n\r\n", "", colonless, takes},
		[5]string{"000 is none", "HTTP/1.1 000 Zero\r\n\r\n", statusOK + twoBytes, noStatus, "refuses it"},
		[5]string{"+20 is none", "HTTP/1.1 +20 X\r\n\r\n", "", wantStatus, ""},
		[5]string{"020 is none", "HTTP/1.1 020 X\r\n\r\n", statusOK + twoBytes, noStatus, "refuses it"},
		[5]string{"099 is none", "HTTP/1.1 099 X\r\n\r\n", statusOK + twoBytes, noStatus, "refuses it"},
	)
	add("9110, 7.8: another protocol, unasked", whole,
		[5]string{"101", "HTTP/1.1 101 SP\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nPROTO", "", unasked, "prints what is no HTTP"},
		[5]string{"101 and nothing", "HTTP/1.1 101 SP\r\n\r\n", "", unasked, "misses the other protocol"},
		[5]string{"101 with a length", "HTTP/1.1 101 SP\r\nContent-Length: 2\r\n\r\nhi", "", unasked, "takes the length"},
		[5]string{"101 in chunks", "HTTP/1.1 101 SP\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "", unasked, "takes the chunks"},
		[5]string{"101 behind 100", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 101 SP\r\n\r\nPROTO", "", unasked, "prints what is no HTTP"},
	)
	add("9112, 6.3: who has no body", whole,
		[5]string{"204", "HTTP/1.1 204 No Content\r\n\r\n", "", "", ""},
		[5]string{"204 and bytes", "HTTP/1.1 204 No Content\r\n\r\nhi", "", "", ""},
		[5]string{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", "", "", ""},
		[5]string{"204 in chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "", "", ""},
		[5]string{"204 with no number", "HTTP/1.1 204 No Content\r\nContent-Length: x\r\n\r\n", "", "", ""},
		[5]string{"304", "HTTP/1.1 304 Not Modified\r\n\r\n", "", "", ""},
		[5]string{"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", "", "", ""},
		[5]string{"304 and bytes", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nhi", "", "", ""},
		[5]string{"304 in chunks", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "", "", ""},
	)
	add("9112, 2.2: line ends", whole,
		[5]string{"LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "hi", "", ""},
		[5]string{"LF, then CR LF", "HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nhi", "hi", "", ""},
		[5]string{"CR LF, then LF", "HTTP/1.1 200 OK\r\nContent-Length: 2\n\nhi", "hi", "", ""},
		[5]string{"LF and CR LF for the empty line", "HTTP/1.1 200 OK\nContent-Length: 2\n\r\nhi", "hi", "", ""},
		[5]string{"CR CR LF everywhere", "HTTP/1.1 200 OK\r\r\nContent-Length: 2\r\r\n\r\r\nhi", "", crcrlf, takes},
		[5]string{"CR CR LF behind the status line", "HTTP/1.1 200 OK\r\r\n" + twoBytes, "", crcrlf, takes},
		[5]string{"CR CR LF behind a header", statusOK + "X: y\r\r\n" + twoBytes, "", crcrlf, takes},
		[5]string{"CR CR LF for the empty line", statusOK + "Content-Length: 2\r\n\r\r\nhi", "", crcrlf, takes},
		[5]string{"CR in the reason", "HTTP/1.1 200 O\rK\r\n" + twoBytes, "", bareCR, takes},
		[5]string{"CR before the status", "HTTP/1.1\r200 OK\r\n" + twoBytes, "", bareCR, takes},
		[5]string{"CR in a value", statusOK + "X: a\rb\r\n" + twoBytes, "", bareCR, takes},
		[5]string{"CR in a name", statusOK + "X\rY: a\r\n" + twoBytes, "", bareCR, takes},
		[5]string{"CR before a header", statusOK + "\rX: a\r\n" + twoBytes, "", bareCR, takes},
		[5]string{"CR alone everywhere", "HTTP/1.1 200 OK\rContent-Length: 2\r\rhi", "", cutHead, takes},
		[5]string{"an empty line first", "\r\n" + statusOK + twoBytes, "", notHTTP, ""},
		[5]string{"a space first", " " + statusOK + twoBytes, "", notHTTP, ""},
		[5]string{"a byte order mark first", "\ufeff" + statusOK + twoBytes, "", notHTTP, ""},
		[5]string{"a folded first header", statusOK + " X: y\r\n" + twoBytes, "", foldFirst, takes},
		[5]string{"a space behind the status line", statusOK + " \r\n" + twoBytes, "", foldFirst, takes},
		[5]string{"a tab behind the status line", statusOK + "\t\r\n" + twoBytes, "", foldFirst, takes},
	)
	add("9112, 5: headers", header,
		[5]string{"no space", "X:y", "hi", "", ""},
		[5]string{"much space", "X: \t y \t ", "hi", "", ""},
		[5]string{"no value", "X:", "hi", "", ""},
		[5]string{"a blank value", "X: ", "hi", "", ""},
		[5]string{"colons", "X: a:b:c", "hi", "", ""},
		[5]string{"any token", "!#$%&'*+-.^_`|~09azAZ: y", "hi", "", ""},
		[5]string{"UTF-8", "X: schön", "hi", "", ""},
		[5]string{"Latin-1", "X: sch\xf6n", "hi", "", ""},
		[5]string{"a tab inside", "X: a\tb", "hi", "", ""},
		[5]string{"quotes", `X: "a, b"; c="\""`, "hi", "", ""},
		[5]string{"70 KB", "X: " + strings.Repeat("x", 70_000), "hi", "", ""},
		[5]string{"a thousand", strings.TrimSuffix(strings.Repeat("X: y\r\n", 1000), "\r\n"), "hi", "", ""},
		[5]string{"no colon", "nonsense", "", colonless, anyField},
		[5]string{"an equals sign", "Content-Length=2", "", colonless, anyField},
		[5]string{"no name", ": y", "", nameless, anyField},
		[5]string{"a colon alone", ":", "", nameless, anyField},
	)
	add("9110, 5.1: names of headers", header,
		[5]string{"@", "X@: y", "", noName, anyField},
		[5]string{"a space inside", "X Y: 2", "", noName, anyField},
		[5]string{"parentheses", "X(y): z", "", noName, anyField},
		[5]string{"quotes", `"X": y`, "", noName, anyField},
		[5]string{"a slash", "X/Y: z", "", noName, anyField},
		[5]string{"UTF-8", "Größe: 2", "", noName, anyField},
		[5]string{"NUL", "X\x00: y", "", noName, refuses},
		[5]string{"escape", "X\x1b[2J: y", "", noName, anyField},
		[5]string{"DEL", "X\x7f: y", "", noName, anyField},
	)
	add("9112, 5.1: white space before the colon", whole,
		[5]string{"of any", statusOK + "X : y\r\n" + twoBytes, "", early, takes},
		[5]string{"of a length", statusOK + "Content-Length : 2\r\n\r\nhiXX", "", early, "takes no length from it"},
		[5]string{"a tab", statusOK + "Content-Length\t: 2\r\n\r\nhiXX", "", early, "takes no length from it"},
		[5]string{"of chunks", statusOK + "Transfer-Encoding : chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "", early, "prints the sizes of the chunks"},
	)
	add("9110, 5.5: values of headers", header,
		[5]string{"NUL", "X: a\x00b", "", control, ""},
		[5]string{"escape", "X: \x1b[2J", "", control, takes},
		[5]string{"bell", "X: \a", "", control, takes},
		[5]string{"DEL", "X: \x7f", "", control, takes},
		[5]string{"vertical tab", "X: a\vb", "", control, takes},
		[5]string{"form feed", "X: a\fb", "", control, takes},
	)
	add("9112, 5.2: folded headers", whole,
		[5]string{"a space", statusOK + "X: a\r\n b\r\n" + twoBytes, "hi", "", ""},
		[5]string{"a tab", statusOK + "X: a\r\n\tb\r\n" + twoBytes, "hi", "", ""},
		[5]string{"twice", statusOK + "X: a\r\n b\r\n  c\r\n" + twoBytes, "hi", "", ""},
		[5]string{"to nothing", statusOK + "X: a\r\n \r\n" + twoBytes, "hi", "", ""},
		[5]string{"something like a header", statusOK + "X: a\r\n Content-Length: 9\r\n" + twoBytes, "hi", "", ""},
		[5]string{"with LF", statusOK + "X: a\n b\n" + twoBytes, "hi", "", ""},
		[5]string{"a length", statusOK + "Content-Length:\r\n 2\r\n\r\nhiXX", "hi", "", "refuses it; a client must unfold"},
		[5]string{"a length, a digit in each line", statusOK + "Content-Length: 1\r\n 2\r\n\r\nhi", "", badLength, "takes the first"},
		[5]string{"chunks", statusOK + "Transfer-Encoding:\r\n chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi", "", "prints the sizes of the chunks; a client must unfold"},
		[5]string{"no colon, then folded", statusOK + "X\r\n : y\r\n" + twoBytes, "", colonless, anyField},
		[5]string{"a control character", statusOK + "X: a\r\n \x1b[2J\r\n" + twoBytes, "", control, takes},
	)
	add("9110, 8.6: Content-Length", length,
		[5]string{"as most", " 2", "hi", "", ""},
		[5]string{"no space", "2", "hi", "", ""},
		[5]string{"a tab", "\t2\t", "hi", "", ""},
		[5]string{"zeros before", " 0002", "hi", "", ""},
		[5]string{"thirty zeros before", " " + strings.Repeat("0", 30) + "2", "hi", "", ""},
		[5]string{"0", " 0", "", "", ""},
		[5]string{"less than comes", " 1", "h", "", ""},
		[5]string{"more than comes", " 3", "hi", cutBody + "2 of 3 bytes came", ""},
		[5]string{"much more", " 1000000000000", "hi", cutBody + "2 of 1000000000000 bytes came", ""},
		[5]string{"2^63-1", " 9223372036854775807", "hi", cutBody + "2 of 9223372036854775807 bytes came", ""},
		[5]string{"2^63", " 9223372036854775808", "", hugeLength, "reads to the close"},
		[5]string{"2^64+2", " 18446744073709551618", "", hugeLength, "reads to the close"},
		[5]string{"2^65", " 36893488147419103232", "", hugeLength, "reads to the close"},
		[5]string{"none", "", "", badLength, refuses},
		[5]string{"blank", " ", "", badLength, refuses},
		[5]string{"a word", " two", "", badLength, ""},
		[5]string{"a plus", " +2", "", badLength, takes},
		[5]string{"a minus", " -2", "", badLength, ""},
		[5]string{"minus zero", " -0", "", badLength, takes},
		[5]string{"hexadecimal", " 0x2", "", badLength, takes},
		[5]string{"a fraction", " 2.0", "", badLength, takes},
		[5]string{"an exponent", " 2e0", "", badLength, takes},
		[5]string{"an underscore", " 1_0", "", badLength, takes},
		[5]string{"a parameter", " 2;x", "", badLength, takes},
		[5]string{"a unit", " 2 bytes", "", badLength, takes},
		[5]string{"two numbers", " 2 2", "", badLength, takes},
		[5]string{"in quotes", ` "2"`, "", badLength, ""},
		[5]string{"digits of another script", " ２", "", badLength, ""},
	)
	add("9112, 6.3: more than one length", whole,
		[5]string{"the same", statusOK + "Content-Length: 2\r\n" + twoBytes, "hi", "", ""},
		[5]string{"the same number", statusOK + "Content-Length: 02\r\n" + twoBytes, "hi", "", ""},
		[5]string{"two", statusOK + "Content-Length: 1\r\n" + twoBytes, "", twoLengths, "takes one of them"},
		[5]string{"two, the other way round", statusOK + "Content-Length: 3\r\n" + twoBytes, "", twoLengths, "takes one of them"},
		[5]string{"one of them bad", statusOK + "Content-Length: x\r\n" + twoBytes, "", badLength, ""},
		[5]string{"a list of the same", statusOK + "Content-Length: 2, 2\r\n\r\nhi", "hi", "", ""},
		[5]string{"a list of the same number", statusOK + "Content-Length: 2,02,2\r\n\r\nhi", "hi", "", ""},
		[5]string{"a list with an empty part", statusOK + "Content-Length: 2,\r\n\r\nhi", "hi", "", ""},
		[5]string{"a list of two", statusOK + "Content-Length: 2, 3\r\n\r\nhi", "", twoLengths, "takes one of them"},
		[5]string{"a list of nothing", statusOK + "Content-Length: ,\r\n\r\nhi", "", badLength, ""},
		[5]string{"case means nothing", statusOK + "content-LENGTH: 2\r\n\r\nhi", "hi", "", ""},
	)
	add("9112, 6.3: until the close", whole,
		[5]string{"some", untilClose + "hi", "hi", "", ""},
		[5]string{"nothing", untilClose, "", "", ""},
		[5]string{"binary", untilClose + "\x00\xff\r\n\r\n\x1b", "\x00\xff\r\n\r\n\x1b", "", ""},
		[5]string{"like an answer", untilClose + statusOK + twoBytes, statusOK + twoBytes, "", ""},
		[5]string{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhi", "hi", "", ""},
		[5]string{"keep-alive", statusOK + "Connection: keep-alive\r\n\r\nhi", "hi", "", ""},
	)
	add("9112, 6.3: behind the end", whole,
		[5]string{"of a counted body", statusOK + "Content-Length: 2\r\n\r\nhi and more", "hi", "", ""},
		[5]string{"of an empty one", statusOK + "Content-Length: 0\r\n\r\nmore", "", "", ""},
		[5]string{"of chunks", inChunks + "2\r\nhi\r\n0\r\n\r\nmore", "hi", "", ""},
		[5]string{"another answer", statusOK + twoBytes + statusOK + twoBytes, "hi", "", ""},
	)
	add("9112, 6.1: HTTP/1.0 has no Transfer-Encoding", whole,
		[5]string{"in chunks", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "hi", oldCoding, ""},
		[5]string{"cut", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", "hi", cutBody, ""},
		[5]string{"with a length", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "", twoEnds, takes},
		[5]string{"gzip", "HTTP/1.0 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi", "", noCoding, ""},
		[5]string{"as python3 -m http.server does", "HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\ntwo\n\r\n0\r\n\r\n", "one\ntwo\n", oldCoding, ""},
	)
	add("9112, 6.1: Transfer-Encoding", coding,
		[5]string{"as most", " chunked", "hi", "", ""},
		[5]string{"no space", "chunked", "hi", "", ""},
		[5]string{"great letters", " CHUNKED", "hi", "", ""},
		[5]string{"a tab", "\tchunked\t", "hi", "", ""},
		[5]string{"an empty part", " , chunked", "hi", "", ""},
		[5]string{"and a part behind", " chunked,", "hi", "", ""},
		[5]string{"none, which is no coding", "", "2\r\nhi\r\n0\r\n\r\n", "", ""},
		[5]string{"gzip, chunked", " gzip, chunked", "", noCoding, "decodes it, or tries to"},
		[5]string{"gzip", " gzip", "", noCoding, "decodes it, or tries to"},
		[5]string{"deflate, chunked", " deflate, chunked", "", noCoding, "decodes it, or tries to"},
		[5]string{"compress, chunked", " compress, chunked", "", noCoding, ""},
		[5]string{"identity", " identity", "", noCoding, "takes it for none, as HTTP did until 1999"},
		[5]string{"identity, chunked", " identity, chunked", "", noCoding, "as identity"},
		[5]string{"chunked, gzip", " chunked, gzip", "", noCoding, "decodes it, or tries to"},
		[5]string{"chunked, chunked", " chunked, chunked", "", twice, takes},
		[5]string{"chunked in two headers", " chunked\r\nTransfer-Encoding: chunked", "", twice, takes},
		[5]string{"nobody's", " x-nothing", "", noCoding, ""},
		[5]string{"a parameter", " chunked;x=y", "", noCoding, takes},
		[5]string{"a letter more", " chunkedd", "", noCoding, takes},
		[5]string{"in quotes", ` "chunked"`, "", noCoding, ""},
		[5]string{"two words", " chunked chunked", "", noCoding, takes},
	)
	add("9112, 6.3: Transfer-Encoding and Content-Length", coding,
		[5]string{"a length behind", " chunked\r\nContent-Length: 3", "", twoEnds, takes},
		[5]string{"the right one", " chunked\r\nContent-Length: 2", "", twoEnds, takes},
		[5]string{"a great one", " chunked\r\nContent-Length: 1000", "", twoEnds, takes},
		[5]string{"zero", " chunked\r\nContent-Length: 0", "", twoEnds, takes},
		[5]string{"none that is one", " chunked\r\nContent-Length: x", "", twoEnds, ""},
		[5]string{"two", " chunked\r\nContent-Length: 1\r\nContent-Length: 2", "", twoEnds, takes},
	)
	add("9112, 7.1: chunks", chunked,
		[5]string{"one", "2\r\nhi\r\n0\r\n\r\n", "hi", "", ""},
		[5]string{"two", "1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", "hi", "", ""},
		[5]string{"none", "0\r\n\r\n", "", "", ""},
		[5]string{"sixteen", "10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef", "", ""},
		[5]string{"great letters", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789", "", ""},
		[5]string{"small letters", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789", "", ""},
		[5]string{"line ends inside", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", "", ""},
		[5]string{"a last chunk inside", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", "", ""},
		[5]string{"a thousand of one byte", strings.Repeat("1\r\nx\r\n", 1000) + "0\r\n\r\n", strings.Repeat("x", 1000), "", ""},
		[5]string{"70 KB", "11170\r\n" + strings.Repeat("x", 70_000) + "\r\n0\r\n\r\n", strings.Repeat("x", 70_000), "", ""},
		[5]string{"longer than it said", "2\r\nhi!\r\n0\r\n\r\n", "hi", sizeWrong, ""},
		[5]string{"shorter than it said", "3\r\nhi\r\n0\r\n\r\n", "hi\r", sizeWrong, "passes over what is behind, up to LF"},
		[5]string{"LF behind its bytes", "2\r\nhi\n0\r\n\r\n", "hi", sizeWrong, takes},
		[5]string{"CR behind its bytes", "2\r\nhi\r0\r\n\r\n", "hi", sizeWrong, ""},
		[5]string{"nothing behind its bytes", "2\r\nhi0\r\n\r\n", "hi", sizeWrong, ""},
		[5]string{"LF everywhere", "2\nhi\n0\n\n", "", sizeLF, takes},
		[5]string{"an empty line first", "\r\n2\r\nhi\r\n0\r\n\r\n", "", sizeDigits, ""},
		[5]string{"many zeros for the last", "2\r\nhi\r\n0000\r\n\r\n", "hi", "", ""},
		[5]string{"LF behind the last size", "2\r\nhi\r\n0\n\r\n", "hi", sizeLF, takes},
	)
	add("9112, 7.1: sizes of chunks", sized,
		[5]string{"zeros before", "0002\r\n", "hi", "", ""},
		[5]string{"thirteen zeros before", strings.Repeat("0", 13) + "2\r\n", "hi", "", ""},
		[5]string{"thirty zeros before", strings.Repeat("0", 30) + "2\r\n", "hi", "", "counts 16 digits"},
		[5]string{"a space behind", "2 \r\n", "hi", "", ""},
		[5]string{"a tab behind", "2\t\r\n", "hi", "", ""},
		[5]string{"a space before", " 2\r\n", "", sizeDigits, ""},
		[5]string{"0x", "0x2\r\n", "", sizeDigits, ""},
		[5]string{"h", "2h\r\n", "", sizeDigits, takes},
		[5]string{"a plus", "+2\r\n", "", sizeDigits, ""},
		[5]string{"a minus", "-2\r\n", "", sizeDigits, ""},
		[5]string{"a word", "two\r\n", "", sizeDigits, ""},
		[5]string{"an underscore", "0_2\r\n", "", sizeDigits, ""},
		[5]string{"two numbers", "2 2\r\n", "", sizeDigits, takes},
		[5]string{"none", "\r\n", "", sizeDigits, ""},
		[5]string{"a semicolon alone", ";\r\n", "", sizeDigits, ""},
		[5]string{"a CR behind", "2\r\r\n", "", sizeDigits, takes},
		[5]string{"LF", "2\n", "", sizeLF, takes},
		[5]string{"2^63", "8000000000000000\r\n", "", sizeHuge, ""},
		[5]string{"2^64-1", "FFFFFFFFFFFFFFFF\r\n", "", sizeHuge, ""},
		[5]string{"2^64+2", "10000000000000002\r\n", "", sizeHuge, ""},
		[5]string{"2^63-1", "7FFFFFFFFFFFFFFF\r\n", "hi\r\n0\r\n\r\n", cutBody, ""},
	)
	add("9112, 7.1.1: chunk extensions", sized,
		[5]string{"a name", "2;a\r\n", "hi", "", ""},
		[5]string{"a value", "2;a=b\r\n", "hi", "", ""},
		[5]string{"two", "2;a=b;c=d\r\n", "hi", "", ""},
		[5]string{"quoted", "2;a=\"b;c\"\r\n", "hi", "", ""},
		[5]string{"a space behind the semicolon", "2; a=b\r\n", "hi", "", ""},
		[5]string{"a space before it", "2 ;a=b\r\n", "hi", "", ""},
		[5]string{"a tab before it", "2\t;a=b\r\n", "hi", "", ""},
		[5]string{"spaces everywhere", "2 ; a = b \r\n", "hi", "", ""},
		[5]string{"nothing behind the semicolon", "2;\r\n", "hi", "", ""},
		[5]string{"5000 bytes", "2;" + strings.Repeat("x", 5000) + "\r\n", "hi", "", ""},
		[5]string{"70 KB", "2;" + strings.Repeat("x", 70_000) + "\r\n", "", "!is longer than 65536 bytes", takes},
		[5]string{"UTF-8", "2;größe\r\n", "hi", "", ""},
		[5]string{"a CR inside", "2;a\rb\r\n", "", sizeDigits, takes},
		[5]string{"LF behind it", "2;a\n", "", sizeLF, takes},
		[5]string{"of the last", "2\r\nhi\r\n0;a=b\r\n\r\n", "hi", "", ""},
	)
	add("9112, 7.1.1: many extensions", chunked,
		[5]string{"a thousand of 100 bytes", strings.Repeat("1;"+strings.Repeat("y", 100)+"\r\nx\r\n", 1000) + "0\r\n\r\n", strings.Repeat("x", 1000), "", ""},
	)
	add("9112, 7.1.2: trailers", trailer,
		[5]string{"one", "X: y\r\n\r\n", "hi", "", ""},
		[5]string{"two", "X: y\r\nZ: z\r\n\r\n", "hi", "", ""},
		[5]string{"folded", "X: y\r\n z\r\n\r\n", "hi", "", ""},
		[5]string{"a length means nothing there", "Content-Length: 9\r\n\r\n", "hi", "", ""},
		[5]string{"LF behind one", "X: y\n\r\n", "hi", "", ""},
		[5]string{"LF everywhere", "X: y\n\n", "hi", "", ""},
		[5]string{"LF for the empty line", "\n", "hi", "", ""},
		[5]string{"5 KB", "X: " + strings.Repeat("x", 5000) + "\r\n\r\n", "hi", "", "has no room for so long a one"},
		[5]string{"no colon", "nonsense\r\n\r\n", "hi", colonless, anyField},
		[5]string{"a bad name", "X@: y\r\n\r\n", "hi", noName, anyField},
		[5]string{"a control character", "X: \x1b\r\n\r\n", "hi", control, anyField},
		[5]string{"a CR inside", "X: a\rb\r\n\r\n", "hi", bareCR, anyField},
		[5]string{"a space first", " X: y\r\n\r\n", "hi", foldFirst, anyField},
	)
	add("9112, 8: cut short", whole,
		[5]string{"nothing", "", "", closed, ""},
		[5]string{"half a word", "HTT", "", cutHead, ""},
		[5]string{"in the status line", "HTTP/1.1 200 O", "", cutHead, takes},
		[5]string{"behind the status line", statusOK, "", cutHead, takes},
		[5]string{"in a header", statusOK + "Content-Le", "", cutHead, takes},
		[5]string{"behind a header", statusOK + "X: y\r\n", "", cutHead, takes},
		[5]string{"in the empty line", statusOK + "X: y\r\n\r", "", cutHead, takes},
		[5]string{"behind an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", "", closed, ""},
		[5]string{"in an interim answer", "HTTP/1.1 100 Continue\r\n", "", cutHead, takes},
		[5]string{"before a counted body", statusOK + "Content-Length: 2\r\n\r\n", "", cutBody + "0 of 2 bytes came", ""},
		[5]string{"in a counted body", statusOK + "Content-Length: 2\r\n\r\nh", "h", cutBody + "1 of 2 bytes came", ""},
		[5]string{"before the chunks", inChunks, "", cutBody + "0 bytes came, and the end is missing", ""},
		[5]string{"in a size", inChunks + "2", "", cutBody, ""},
		[5]string{"in the end of its line", inChunks + "2\r", "", cutBody, ""},
		[5]string{"behind it", inChunks + "2\r\n", "", cutBody, ""},
		[5]string{"in an extension", inChunks + "2;a=", "", cutBody, ""},
		[5]string{"in a chunk", inChunks + "2\r\nh", "h", cutBody, ""},
		[5]string{"behind its bytes", inChunks + "2\r\nhi", "hi", cutBody, ""},
		[5]string{"in the line end", inChunks + "2\r\nhi\r", "hi", cutBody, ""},
		[5]string{"behind a chunk", inChunks + "2\r\nhi\r\n", "hi", cutBody, ""},
		[5]string{"in the last size", inChunks + "2\r\nhi\r\n0", "hi", cutBody, ""},
		[5]string{"behind it, too", inChunks + "2\r\nhi\r\n0\r\n", "hi", cutBody, ""},
		[5]string{"in the empty line behind it", inChunks + "2\r\nhi\r\n0\r\n\r", "hi", cutBody, takes},
		[5]string{"in a trailer", inChunks + "2\r\nhi\r\n0\r\nX:", "hi", cutBody, ""},
		[5]string{"behind a trailer", inChunks + "2\r\nhi\r\n0\r\nX: y\r\n", "hi", cutBody, ""},
	)
	add("9112, 4: no HTTP at all", whole,
		[5]string{"a greeting", "220 mail.example ESMTP\r\n", "", notHTTP, ""},
		[5]string{"ssh", "SSH-2.0-x\x1b[2J\r\nmore", "", notHTTP, ""},
		[5]string{"a page without a head", "<html>hi</html>\n", "", notHTTP, ""},
		[5]string{"TLS", "\x15\x03\x01\x00\x02\x02\x16", "", notHTTP, ""},
		[5]string{"our own question", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "", notHTTP, ""},
		[5]string{"NUL", "\x00", "", notHTTP, ""},
	)
	add("9110, 10.2.2: Location", func(lines string) string { return "HTTP/1.1 302 Found\r\n" + lines + twoBytes },
		[5]string{"another page", "Location: /new\r\n", "hi", leads + "http://host/new", ""},
		[5]string{"another server", "location: http://h/\r\n", "hi", leads + "http://h/", ""},
		[5]string{"none", "", "hi", "", ""},
		[5]string{"the same twice", "Location: /a\r\nLocation: /a\r\n", "hi", leads + "http://host/a", ""},
		[5]string{"two", "Location: /a\r\nLocation: /b\r\n", "hi", "it has 2 Locations, /a and /b among them", ""},
		[5]string{"folded", "Location:\r\n /a\r\n", "hi", leads + "http://host/a", ""},
	)
	return all
}

// TestCases checks the table with the Go program, and with the oracle of
// FuzzAnswer.
func TestCases(t *testing.T) {
	seen := map[string]bool{}
	all := answerCases()
	for _, c := range all {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			if seen[t.Name()] {
				t.Error("a name that stands twice in the table")
			}
			seen[t.Name()] = true

			got := outcomeOf([]byte(c.answer), nil, true)
			check(t, "raw", got.raw, c.answer)
			check(t, "body", got.body, c.body)
			said := got.err + got.notes
			if (got.err == "") != (c.exit == 0) || !strings.Contains(said, c.says) || (c.says == "") != (said == "") {
				t.Errorf("%.200q\n says %q\nwant exit %d and %q", c.answer, said, c.exit, c.says)
			}
			if got.head != "" && !strings.HasPrefix(c.answer, got.head) {
				t.Errorf("-i shows %q of %q", got.head, c.answer)
			}
			if want := decode(c.answer); (want.why == "") != (c.exit == 0) || want.why == "" && (want.body != c.body || want.head != got.head) {
				t.Errorf("the oracle says %+v, and -i %q", want, got.head)
			}
		})
	}
	if len(all) < 239 {
		t.Errorf("the table has shrunk to %d cases", len(all))
	}
	t.Logf("%d cases", len(all))
}
