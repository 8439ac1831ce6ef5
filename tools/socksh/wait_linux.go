package socksh

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wait makes a call that may wait in the kernel. ^C ends it: the thread gets a
// signal, and the kernel answers EINTR (signal(7)).
func (sh *shell) wait(call func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var mask unix.Sigset_t
	unix.PthreadSigmask(unix.SIG_BLOCK, &notOurs, &mask)
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
	sh.waiting.Store(&wait{thread: unix.Gettid()})
	defer sh.waiting.Store(nil)
	call()
}

// notOurs are signals that other threads can take: SIGURG, by which Go's runtime
// interrupts its threads, SIGWINCH, and SIGINT, which we pass on as a nudge. They
// would end a call that has a timeout, because the kernel never restarts such a
// call, whatever SA_RESTART says (signal(7)).
var notOurs = func() (set unix.Sigset_t) {
	for _, sig := range []syscall.Signal{unix.SIGURG, unix.SIGWINCH, unix.SIGINT} {
		set.Val[0] |= 1 << (sig - 1)
	}
	return set
}()

// nudge is the signal that ends a wait. Nothing else uses it.
const nudge = unix.SIGUSR1

// handleInterrupt makes ^C end the wait of the current call. At the prompt it
// calls atPrompt instead.
func (sh *shell) handleInterrupt(atPrompt func()) error {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	signal.Notify(make(chan os.Signal, 1), nudge)
	if err := dontRestart(nudge); err != nil {
		return err
	}
	go func() {
		for range caught {
			w := sh.waiting.Load()
			if w == nil {
				atPrompt()
				continue
			}
			w.interrupted.Store(true)
			// A signal that arrives just before the call enters the kernel has no
			// effect, so the thread is nudged until the call is over.
			for sh.waiting.Load() == w {
				unix.Tgkill(unix.Getpid(), w.thread, nudge)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	return nil
}

// dontRestart lets a signal end system calls. Go asks for the opposite, so that
// Go programs never meet EINTR (SA_RESTART, sigaction(2)).
func dontRestart(sig syscall.Signal) error {
	var action struct {
		handler, flags, restorer uintptr
		mask                     [16]uint64
	}
	const maskSize = 8
	get := func(act, old unsafe.Pointer) error {
		_, _, errno := unix.Syscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(act), uintptr(old), maskSize, 0, 0)
		if errno != 0 {
			return errno
		}
		return nil
	}
	if err := get(nil, unsafe.Pointer(&action)); err != nil {
		return err
	}
	const saRestart = 0x10000000
	action.flags &^= saRestart
	return get(unsafe.Pointer(&action), nil)
}
