//go:build unix

package examples_test

import (
	"encoding/json"
	"fmt"
	"io"
)

// Write is sendall: it returns when the kernel has taken every byte, or with an
// error. Read is recv, and io.ReadFull is recv with MSG_WAITALL.
func Example_readFull() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	go func() {
		bob.Write([]byte("hello "))
		bob.Write([]byte("baihuixin"))
	}()
	b := make([]byte, 15)
	n, err := io.ReadFull(alice, b)
	fmt.Println(n, err, string(b))
	// Output: 15 <nil> hello baihuixin
}

// A list has no bytes to send until somebody writes it down. JSON is one way.
func Example_list() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	json.NewEncoder(bob).Encode([]int{1, 2})

	var list []int
	err := json.NewDecoder(alice).Decode(&list)
	fmt.Println(len(list), list, err)
	// Output: 2 [1 2] <nil>
}
