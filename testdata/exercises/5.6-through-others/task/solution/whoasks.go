// whoasks ADDR PROXY... answers each request with the address of who asked.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
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
	caller, _, _ := net.SplitHostPort(r.RemoteAddr) // from the kernel: true
	list := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	fmt.Fprintln(w, whoAsked(caller, list, os.Args[2:]))
}

// whoAsked goes back from the caller, as long as those are proxies that we know:
// each has written the address before its own, and each tells the truth.
func whoAsked(address string, list, proxies []string) string {
	for slices.Contains(proxies, address) {
		if len(list) == 0 {
			return "unknown"
		}
		said, err := netip.ParseAddr(strings.TrimSpace(list[len(list)-1]))
		if err != nil {
			return "unknown"
		}
		address, list = said.String(), list[:len(list)-1]
	}
	return address
}
