//go:build unix && !linux

package socksh

import (
	"os"
	"os/signal"
)

// wait makes a call that may wait in the kernel.
func (sh *shell) wait(call func()) {
	sh.waiting.Store(&wait{})
	defer sh.waiting.Store(nil)
	call()
}

// handleInterrupt makes ^C call atPrompt. NOTE: elsewhere than on Linux no
// thread can be signalled without C, so during a call ^C ends the shell.
func (sh *shell) handleInterrupt(atPrompt func()) error {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	go func() {
		for range caught {
			if sh.waiting.Load() != nil {
				os.Exit(130)
			}
			atPrompt()
		}
	}()
	return nil
}
