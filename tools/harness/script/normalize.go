//go:build unix

package script

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// normalize makes a text the same in every run and on every network: the script's
// own address as on a private network, paths from the script's directory, and ports
// that the kernel chose as 50001, 50002, in the order in which the script first shows
// them.
func (s *session) normalize(text string) string {
	text = strings.ReplaceAll(text, s.network.Addr(), "127.0.0.1:8000")
	text = strings.ReplaceAll(text, s.network.Host, "127.0.0.1")
	text = strings.ReplaceAll(text, regexp.QuoteMeta(s.network.Host), `127\.0\.0\.1`)
	text = strings.ReplaceAll(text, s.workDir+"/", "")
	return chosen.ReplaceAllStringFunc(text, func(addr string) string {
		colon := strings.LastIndexByte(addr, ':')
		port, err := strconv.Atoi(addr[colon+1:])
		if err != nil || port < chosenFrom || port > 65535 {
			return addr
		}
		at := slices.Index(s.ports, port)
		if at < 0 {
			at = len(s.ports)
			s.ports = append(s.ports, port)
		}
		return fmt.Sprintf("%s:%d", addr[:colon], 50001+at)
	})
}

// chosenFrom is the least port that a kernel chooses by itself
// (ip_local_port_range, ip(7); RFC 6335 section 6 has 49152).
const chosenFrom = 32768

// chosen finds addresses with a port that may be such a one. In a pattern the
// dots are escaped.
var chosen = regexp.MustCompile(`(?:\d+\.\d+\.\d+\.\d+|\d+\\\.\d+\\\.\d+\\\.\d+|\[[0-9a-f:.]+\]):\d{5}\b`)
