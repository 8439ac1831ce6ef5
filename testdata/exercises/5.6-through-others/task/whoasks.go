// whoasks ADDR PROXY... answers each request with the address of who asked.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	log.Fatal(http.Serve(listener, http.HandlerFunc(answer)))
}

func answer(w http.ResponseWriter, r *http.Request) {
	// Who wrote this line? os.Args[2:] are the proxies, r.RemoteAddr is HOST:PORT
	// of the caller, and r.Header.Values has all lines of a name.
	fmt.Fprintln(w, r.Header.Get("X-Forwarded-For"))
}
