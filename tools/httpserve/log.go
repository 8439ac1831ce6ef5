package httpserve

import (
	"fmt"
	"net/http"

	"socklab/tools/cli"
)

// logged prints a line for each request that next answers: "GET /a?b 200".
//
// NOTE: what isn't HTTP never gets here: net/http answers it with 400 itself.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&statusSpy{ResponseWriter: w, request: r}, r)
	})
}

// statusSpy prints the line when the status is known, before a byte of the answer
// leaves. A caller that has the answer can rely on the line being there.
type statusSpy struct {
	http.ResponseWriter
	request *http.Request
	printed bool
}

func (s *statusSpy) WriteHeader(code int) {
	if !s.printed {
		s.printed = true
		cli.Must(fmt.Printf("%s %s %d\n", cli.Visible(s.request.Method), cli.Visible(s.request.RequestURI), code))
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
