// onepiece ADDR WORD... asks about words, each in one packet.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	questions, answers := bufio.NewWriter(conn), bufio.NewReader(conn)
	for _, word := range os.Args[2:] {
		fmt.Fprintf(questions, "length %d\n", len(word))
		fmt.Fprintf(questions, "%s\n", word)
		questions.Flush() // both lines in one Write
		answer, err := answers.ReadString('\n')
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(answer)
	}
}
