// Package entry starts the programs of socklab: the main packages of tools/cmd.
package entry

import (
	"os"
	"os/signal"
	"syscall"
)

// Run runs a program so that ^\ (SIGQUIT) ends it as SIGTERM does. Otherwise Go
// would print the stack of every goroutine, and the program could not remove its
// files. (SIGABRT still prints the stacks.)
func Run(program func()) {
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGQUIT)
	go func() {
		for range quit {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				self.Signal(syscall.SIGTERM)
			}
		}
	}()
	program()
}
