// Echo-client connects, sends a text, receives once and prints the answer.
//
//	echo-client [ADDR] TEXT
//
// Read lessons/1.1-echo.md.
package main

import "socklab/tools/echo"

func main() { echo.ClientMain() }
