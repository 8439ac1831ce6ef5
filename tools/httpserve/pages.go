package httpserve

import (
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
)

// pages answers by path: four answers of our own, and files for the rest. A page
// can only be read, by GET, or by HEAD without its body. net/http adds what isn't
// set here: Date, Content-Type, Content-Length if the body is short, chunks if it
// isn't, Connection: close if the caller asked for it.
func pages(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(files))
	mux.HandleFunc("/chunked", chunked)
	mux.HandleFunc("/empty", empty)
	mux.HandleFunc("/status/{code}", status)
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/echo/", echo)
	return readOnly(mux)
}

// known are the methods that HTTP has (RFC 9110, section 9.3, and RFC 5789).
// Their names are in capital letters: "get" is another word than "GET".
var known = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

// readOnly refuses requests that do more than read. It answers 501 to a method
// that we have never heard of, and 405 to one that we know but no page here
// allows. Allow then lists the methods that would do (RFC 9110, sections 9.1,
// 15.5.6 and 15.6.2).
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == "GET" || r.Method == "HEAD":
			next.ServeHTTP(w, r)
		case r.Method == "OPTIONS": // "what may I ask?" (RFC 9110, section 9.3.7)
			w.Header().Set("Allow", "GET, HEAD, OPTIONS")
			w.WriteHeader(http.StatusNoContent)
		case slices.Contains(known, r.Method):
			w.Header().Set("Allow", "GET, HEAD, OPTIONS")
			http.Error(w, "pages can be read here: GET or HEAD", http.StatusMethodNotAllowed)
		default:
			http.Error(w, "no method of HTTP that is known here; their names are great letters, as GET", http.StatusNotImplemented)
		}
	})
}

// chunked sends a body whose length is not known at its beginning.
func chunked(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, line := range []string{"one\n", "two\n", "three\n"} {
		fmt.Fprint(w, line)
		// Flush hands to the kernel what was written so far, as a chunk: its
		// length in hex, CR LF, the bytes, CR LF. A chunk of length 0 ends
		// the body; net/http sends it when we return.
		http.NewResponseController(w).Flush()
	}
}

// empty says "all is well" and nothing else. A body of no bytes still has a
// length: without Content-Length: 0 the caller couldn't tell it from a body that
// is about to come.
func empty(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// status answers with the status that the path asks for. Only 204 and 304 come
// without the line: by definition they have no body.
func status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || code < 200 || code > 999 {
		http.Error(w, "a status is a number from 200 to 999", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	fmt.Fprintf(w, "%d %s\n", code, http.StatusText(code))
}

// echo shows what the server understood, to compare with what was sent.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%s %s\nHost: %s\n", r.Method, r.RequestURI, r.Host)
}
