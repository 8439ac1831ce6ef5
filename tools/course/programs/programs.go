// Package programs is the list of socklab's programs.
package programs

import (
	"socklab/tools/chat"
	"socklab/tools/crowd"
	"socklab/tools/desk"
	"socklab/tools/echo"
	"socklab/tools/harness/script"
	"socklab/tools/httpget"
	"socklab/tools/httpproxy"
	"socklab/tools/httpserve"
	"socklab/tools/packets"
	"socklab/tools/socksh"
	"socklab/tools/tlsdoor"
	"socklab/tools/wsdoor"
)

// List holds every program, each server beside its clients.
var List = []script.Program{
	program("echo-server", echo.ServerMain, "answers `hello ` and what it received, to one caller or (`-k`) to many"),
	program("echo-client", echo.ClientMain, "sends a text and prints the answer"),
	program("desk-server", desk.ServerMain, "a service desk: many callers write, one operator answers"),
	program("desk-client", desk.ClientMain, "sends each typed line to the desk and waits for the answer"),
	program("chat-server", chat.ServerMain, "a room: everybody hears everybody else"),
	program("chat-client", chat.ClientMain, "a seat in the room, with a name"),
	program("crowd", crowd.Main, "a thousand callers in the room, who compare what they have heard"),
	program("http-get", httpget.Main, "asks for a page over a plain socket and prints the answer"),
	program("http-serve", httpserve.Main, "a page server made with Go's net/http, for http-get to ask"),
	program("http-proxy", httpproxy.Main, "stands between callers and servers of HTTP, in front of one or on the way to all"),
	program("tls-door", tlsdoor.Main, "takes TLS calls for a server that speaks none, with a certificate of its own"),
	program("ws-door", wsdoor.Main, "lets browsers into a server that speaks lines, over WebSocket"),
	program("socksh", socksh.Main, "a shell in which every function of the socket API is a command"),
	program("packets", packets.Main, "shows each packet on a network, or of one command without root, in words"),
}

func program(name string, main func(), summary string) script.Program {
	return script.Program{
		Name: name, Summary: summary, Main: main, Package: "socklab/tools/cmd/" + name,
		Raw: name == "socksh" || name == "packets",
	}
}
