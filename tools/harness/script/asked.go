//go:build unix

package script

// endings are the keys and the signals that ask a program to end (termios(3),
// ISIG; signal(7)). Others stop it, wake it, or are for it to read.
var endings = map[string]string{
	"^C": "SIGINT", `^\`: "SIGQUIT",
	"SIGINT": "SIGINT", "SIGQUIT": "SIGQUIT", "SIGTERM": "SIGTERM", "SIGHUP": "SIGHUP", "SIGKILL": "SIGKILL", "SIGABRT": "SIGABRT",
}

// sends notes a key or a signal that the script sends to p.
func (p *participant) sends(what string) {
	sig, ends := endings[what]
	if !ends {
		sig = what
	} else {
		p.asked = what
	}
	p.sent = append(p.sent, sig)
}
