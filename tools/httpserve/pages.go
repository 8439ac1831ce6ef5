package httpserve

import (
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
)

// pages answers by path: four answers of our own, and files for the rest.
// What isn't said here, net/http adds: Date, Content-Type, Content-Length if
// the body is short, chunks if it isn't, Connection: close if we were asked.
func pages(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(files))
	mux.HandleFunc("/chunked", chunked)
	mux.HandleFunc("/empty", empty)
	mux.HandleFunc("/status/{code}", status)
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/echo/", echo)
	return mux
}

// chunked sends a body whose length it doesn't know when it begins.
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

// empty says "all is well" and nothing else. The body of no bytes still has a
// length: without Content-Length: 0 the caller couldn't tell it from one that
// is about to come.
func empty(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// status answers with whatever status the path asks for. Only 204 and 304 come
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
