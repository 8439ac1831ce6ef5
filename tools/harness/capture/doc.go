// Package capture captures packets on an interface and describes them in words:
// handshakes, data, FINs, resets, datagrams, and the kernel's ICMP messages about
// them. It knows when no packet is in flight any more. So a transcript is complete,
// and the same in every run.
//
// A Network records all packets of a script, from each host's side, whether they
// arrive, and whose they are; a View is the transcript of one side from a moment on. A
// Watch follows one interface, for the command packets.
//
// It reads an AF_PACKET socket (packet(7)), which needs CAP_NET_RAW over the
// network, and decodes with github.com/gopacket/gopacket.
package capture
