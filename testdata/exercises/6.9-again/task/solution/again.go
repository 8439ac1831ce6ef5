// again ADDR ORDER orders once, however often it has to ask.
package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"
)

func main() {
	question := fmt.Sprintf("%d %s\n", rand.Int64(), os.Args[2]) // one order, one number
	end := time.Now().Add(6 * time.Second)                       // for all tries and waits together
	most := 100 * time.Millisecond
	for {
		answer, err := ask(os.Args[1], question, min(2*time.Second, time.Until(end)))
		if err == nil {
			fmt.Print(answer)
			return
		}
		pause := rand.N(most)
		if time.Until(end) <= pause {
			fmt.Println("nobody knows")
			os.Exit(1)
		}
		time.Sleep(pause)
		most = min(2*most, time.Second)
		fmt.Println("again")
	}
}

// ask fails if there is no whole answer. Whether the order is done it can't know.
func ask(addr, question string, patience time.Duration) (string, error) {
	until := time.Now().Add(patience)
	conn, err := (&net.Dialer{Deadline: until}).Dial("tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(until)
	if _, err := conn.Write([]byte(question)); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}
