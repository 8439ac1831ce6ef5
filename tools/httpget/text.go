package httpget

import (
	"errors"
	"syscall"

	"socklab/tools/cli"
)

// hintFor returns what a person could try after calling addr, or "".
func hintFor(err error, addr string) string {
	if failed := (*sealError)(nil); errors.As(err, &failed) {
		return failed.hint
	}
	if errors.Is(err, errNotText) {
		return "-o FILE writes it to a file; -o - prints it, come what may"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "is a web server running there?" + cli.IPv6Hint(addr)
	}
	return ""
}
