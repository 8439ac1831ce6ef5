// Package programs is the list of socklab's programs.
package programs

import (
	"socklab/tools/chat"
	"socklab/tools/crowd"
	"socklab/tools/desk"
	"socklab/tools/echo"
	"socklab/tools/httpget"
	"socklab/tools/httpserve"
	"socklab/tools/packets"
	"socklab/tools/socksh"
	"socklab/tools/tlsdoor"
)

// A Program is one of our servers, clients or tools. Its door, the command that
// runs it from a shell, is tools/cmd/NAME.
type Program struct {
	Name string
	Main func()
	Line string // what it does, in a line
}

// List holds every program, servers beside their clients.
var List = []Program{
	{"echo-server", echo.ServerMain, "answers `hello ` and what it received, to one caller or (`-k`) to many"},
	{"echo-client", echo.ClientMain, "sends a text and prints the answer"},
	{"desk-server", desk.ServerMain, "a service desk: many callers write, one operator answers"},
	{"desk-client", desk.ClientMain, "sends each typed line to the desk and waits for the answer"},
	{"chat-server", chat.ServerMain, "a room: everybody hears everybody else"},
	{"chat-client", chat.ClientMain, "a seat in the room, with a name"},
	{"crowd", crowd.Main, "a thousand callers in the room, who compare what they have heard"},
	{"http-get", httpget.Main, "asks for a page over a plain socket and prints the answer"},
	{"http-serve", httpserve.Main, "a page server made with Go's net/http, for http-get to ask"},
	{"tls-door", tlsdoor.Main, "takes TLS calls for a server that speaks none, with a certificate of its own"},
	{"socksh", socksh.Main, "a shell in which every function of the socket API is a command"},
	{"packets", packets.Main, "shows each packet on a network, or of one command without root, in words"},
}
