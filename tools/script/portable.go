package script

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// portable shows addresses as they are in every run on every network, so that
// a transcript is the same wherever it was made: the script's own as on a
// private network, paths from the script's directory, and ports that the kernel chose by the order in which the
// script first shows them.
func (c *cast) portable(text string) string {
	text = strings.ReplaceAll(text, c.network.Addr(), "127.0.0.1:8000")
	text = strings.ReplaceAll(text, c.network.Host, "127.0.0.1")
	text = strings.ReplaceAll(text, regexp.QuoteMeta(c.network.Host), `127\.0\.0\.1`)
	text = strings.ReplaceAll(text, c.workDir+"/", "")
	return chosen.ReplaceAllStringFunc(text, func(addr string) string {
		colon := strings.LastIndexByte(addr, ':')
		port, err := strconv.Atoi(addr[colon+1:])
		if err != nil || port < chosenFrom || port > 65535 {
			return addr
		}
		at := slices.Index(c.ports, port)
		if at < 0 {
			at = len(c.ports)
			c.ports = append(c.ports, port)
		}
		return fmt.Sprintf("%s:%d", addr[:colon], 50001+at)
	})
}

// chosenFrom is the least port that a kernel chooses by itself
// (ip_local_port_range, ip(7); RFC 6335 section 6 has 49152).
const chosenFrom = 32768

// chosen finds addresses with a port that may be such a one. In a pattern their
// points are escaped.
var chosen = regexp.MustCompile(`(?:\d+\.\d+\.\d+\.\d+|\d+\\\.\d+\\\.\d+\\\.\d+|\[[0-9a-f:.]+\]):\d{5}\b`)
