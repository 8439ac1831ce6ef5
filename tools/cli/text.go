package cli

import (
	"errors"
	"strings"
	"unicode"
)

// Visible returns what came from the network in a form that is safe to print.
// Bytes from a stranger can hold escape sequences, which would be orders to
// our terminal. A control character becomes its picture (␛ for escape, ␊ for
// newline), anything else that can't be seen becomes U+FFFD.
func Visible[Text string | []byte](from Text) string {
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
	}, string(from))
}

// Cause returns the innermost reason of an error of package net, in the
// kernel's own words: "connection refused" instead of the whole chain.
func Cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}
