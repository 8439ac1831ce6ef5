// Package programs is the list of socklab's programs.
package programs

import "socklab/tools/echo"

// A Program is one of our servers, clients or tools. Its door, the command that
// runs it from a shell, is tools/cmd/NAME.
type Program struct {
	Name string
	Main func()
	Line string // what it does, in a line
}

// List holds every program, servers beside their clients.
var List = []Program{
	{"echo-server", echo.ServerMain, "answers hello and what it received"},
	{"echo-client", echo.ClientMain, "sends a text and prints the answer"},
}
