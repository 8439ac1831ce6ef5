package httpserve

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// logged prints a line for each request that next answers: "GET /a?b 200".
//
// NOTE: what isn't HTTP never gets here: net/http answers it with 400 itself.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&statusSpy{ResponseWriter: w, request: r}, r)
	})
}

// statusSpy prints the line when the status is known, before a byte of the
// answer leaves: whoever has the answer can rely on the line being there.
type statusSpy struct {
	http.ResponseWriter
	request *http.Request
	printed bool
}

func (s *statusSpy) WriteHeader(code int) {
	if !s.printed {
		s.printed = true
		fmt.Printf("%s %s %d\n", visible(s.request.Method), visible(s.request.RequestURI), code)
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *statusSpy) Write(b []byte) (int, error) {
	if !s.printed {
		s.WriteHeader(http.StatusOK)
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets a ResponseController find what s doesn't offer itself: Flush.
func (s *statusSpy) Unwrap() http.ResponseWriter { return s.ResponseWriter }

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
