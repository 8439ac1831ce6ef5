// Shout is a server that answers in capitals.
//
//	shout ADDR
package main

import "example.com/outside/shout"

func main() { shout.Main() }
