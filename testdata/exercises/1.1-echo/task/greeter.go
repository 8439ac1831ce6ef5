// greeter ADDR greets one caller by name.
package main

import (
	"fmt"
	"os"
)

// Go wants each import and each variable to be used. So add "net" and "log"
// above when you first use them.
func main() {
	addr := os.Args[1] // for example 127.0.0.1:8000

	// Step 1. Listen at addr, and defer the listener's Close (so it is used). Then
	// print what the contract wants.
	fmt.Println("not listening at", addr, "yet")

	// Step 2. Wait for a caller: accept. Read once from the connection that you
	// get, into a buffer, and print what came.

	// Step 3. Write the answer: "hello " and the bytes that came.

	// Step 4. Close the connection, and end. (The kernel closes what is left open.)

	// Step 5 needs nothing new: net.Listen sets SO_REUSEADDR for you.
}
