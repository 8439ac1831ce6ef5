//go:build unix

// Package script is the language of socklab's scripts. A script is a txtar
// archive that testscript runs (github.com/rogpeppe/go-internal/testscript),
// with testscript's own commands and conditions and those below.
//
// # Actors
//
// NAME is what the script calls an actor: a program on a terminal of its own, or
// a bare socket.
//
// # Time
//
// Every command that waits has an absolute deadline: 10 s, unless go test -wait
// or the command's -t says otherwise, and never later than the test's own.
// Durations are Go's, such as 300ms.
//
// # Patterns
//
// Patterns are those of package regexp. ^ is the beginning of a line, or of the
// text that is not consumed yet. $ is the end of a line, with its newline, and
// waits for it: a pattern that ends in $ never takes half a line for a whole one.
//
// What matches does not depend on the pieces in which the text came. Half a
// UTF-8 character is not a character yet. At the end of a pattern, \w+ waits for
// something that is not a letter, until the command's deadline.
//
// # Files
//
// A script is UTF-8, and its lines end in LF. go test -update
// overwrites the expected transcripts of a script that passes otherwise with the
// actual ones. Such a text needs a newline at its end. It may have a line like
// "-- name --" only if the script unquotes the file.
//
// # Variables and conditions
//
// $ADDR is where the script's server is to listen, 127.0.0.1:8000 on a private
// network; $HOST and $PORT are its parts.
//
// The conditions [privnet], [tcp6], [netem], [firewall], [resolver] and [rawsocket]
// are true where the command needs would go on. They are for single lines that only
// some machines can play. [race] is true under the race detector.
//
// [ours:PROGRAM] is false when go test -prog has put a guest in PROGRAM's place.
// A guest has its own words for what goes wrong (tools/guests/README.md).
package script
