package httpget

import (
	"errors"
	"strings"
	"syscall"
	"unicode"
)

// hintFor says what a person could try, or "".
func hintFor(err error) string {
	if failed := (*sealError)(nil); errors.As(err, &failed) {
		return failed.hint
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "is a web server running there?"
	}
	return ""
}

// visible returns what came from the network in a form that is safe to print.
// A control character becomes its picture (␛ for escape, ␊ for newline),
// anything else that can't be seen becomes U+FFFD.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case !unicode.IsGraphic(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// cause returns the innermost reason of an error of package net, in the
// kernel's own words: "connection refused" instead of the whole chain.
func cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}
