// Echo-server answers "hello " and the bytes it received, then closes.
//
//	echo-server [-k] [ADDR]
//
// With -k it keeps serving: many callers, until each of them closes.
// Read lessons/1.1-echo.md.
package main

import "socklab/tools/echo"

func main() { echo.ServerMain() }
