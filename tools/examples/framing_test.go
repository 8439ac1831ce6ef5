//go:build unix

package examples_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// A length before each message: it may hold anything then, newlines too. The
// length is a number of four bytes, the largest first, as networks have it.
func Example_lengths() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	for _, message := range []string{"two\nlines", "", "Weiß"} {
		frame := binary.BigEndian.AppendUint32(nil, uint32(len(message)))
		bob.Write(append(frame, message...))
	}
	bob.CloseWrite()

	const most = 4096 // a length is a stranger's word: don't make room for 4 GB
	in := bufio.NewReader(alice)
	for {
		var length uint32
		if err := binary.Read(in, binary.BigEndian, &length); err != nil {
			fmt.Println(err)
			break
		}
		if length > most {
			fmt.Println("refused:", length, "bytes")
			break
		}
		message := make([]byte, length)
		if _, err := io.ReadFull(in, message); err != nil {
			fmt.Println(err) // io.ErrUnexpectedEOF: the end came in the middle
			break
		}
		fmt.Printf("%q\n", message)
	}
	// Output:
	// "two\nlines"
	// ""
	// "Weiß"
	// EOF
}

// A line of JSON for each message. A struct says what is expected, so that
// what comes is checked as it is read.
func Example_jsonLines() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	type order struct {
		What string         `json:"what"`
		Cups map[int]string `json:"cups"`
	}
	out := json.NewEncoder(bob) // ends each value with a newline
	out.Encode(order{"tea", map[int]string{1: "for Weiß", 2: "two\nlines"}})
	bob.Write([]byte(`{"what": 7}` + "\n"))

	lines := bufio.NewScanner(alice) // up to 64 KiB a line, and no more
	for range 2 {
		lines.Scan()
		fmt.Println(lines.Text())
		var o order
		err := json.Unmarshal(lines.Bytes(), &o)
		fmt.Println(o.Cups[1], err)
	}
	// Output:
	// {"what":"tea","cups":{"1":"for Weiß","2":"two\nlines"}}
	// for Weiß <nil>
	// {"what": 7}
	//  json: cannot unmarshal number into Go struct field order.what of type string
}
