// Package recording is the record of one run of a script: all events, of all layers,
// on one clock. During the run it is a Recording, in memory, and the transcripts are
// views of it. The package imports none of its recorders.
//
// # The file
//
// NAME.jsonl has one JSON object a line. The first is the header:
//
//	{"format":"socklab-recording","version":1,"script":"1.1-echo","text":"<the whole script>",
//	 "machine":"linux/amd64, Linux 6.18","date":"2026-11-28T16:45:12Z"}
//
// Every other line is an event:
//
//	{"at":28012,"layer":"screen","kind":"out","actor":"alice","line":12,"text":"hello baihuixin\n"}
//
// An absent field is empty, or 0. All fields:
//
//	at       integer  microseconds since the start
//	layer    string   script, screen, stream, packets or syscalls
//	kind     string   what happened: see below
//	actor    string   who did it
//	peer     string   to whom: the name of an actor or a host, else an address
//	line     integer  of the script, the command that was running
//	text     string   what the kind says
//	b64      string   in place of text, if that is not UTF-8: its bytes in base64
//	took     integer  microseconds that a command took; kind end only
//	failure  object   kind verdict only: why the script failed, script.Failure as JSON
//	size     integer  number of bytes, if text is only their beginning
//	conn     integer  which connection a stream event or a packet belongs to, from 1
//	called   boolean  of such an event: actor is the one who was called
//	frame    string   of a packet: its bytes in base64, from its link layer on (Ethernet)
//
// The layers, their kinds, and what text holds:
//
//	script    step     the sentence that heads the step
//	script    begin    the command, as the script has it, without conditions
//	script    end      "", or skipped, or why it failed
//	script    fault    actor is a tap or a host: unplugged, plugged in, cut after 3 bytes ...
//	script    verdict  passed, failed or not judged
//	screen    start    the command line, as echo-server 127.0.0.1:8000
//	screen    out      what the program printed, with its newlines as it wrote them
//	screen    in       what was typed, with its \n
//	screen    key      ^C, UP ...
//	screen    signal   TERM ...
//	screen    exit     0, 1, SIGKILL ... (of a socket: closed, reset, timeout, EHOSTUNREACH ...)
//	screen    fin      of a socket: it has ended its half
//	screen    reset    of a socket: it has reset the connection
//	screen    undone   the last size bytes of the previous in, key or fin were not accepted
//	stream    connect  actor calls peer at this address; if it is refused, that alone is said
//	stream    accept   actor took the call of peer
//	stream    data     actor sent these bytes to peer
//	stream    fin      actor has ended its half to peer
//	stream    reset    actor reset the connection with peer
//	stream    refused  actor called peer: nobody listens there, or a firewall refuses in its name
//	stream    total    actor sent size bytes since peer last sent any; text is their SHA-256, in binary
//	stream    cut      a tap closed both sides, as its faults say
//	stream    cut off  the same with a reset
//	stream    note     what a tap could not do
//	packets   packet   actor sent it to peer: the line that packets prints, without addresses
//	packets   lost     the same, of a packet that left a host and did not reach the other
//	                   (of both: what a cable did with it, as impair says, stands behind)
//	syscalls  call     the line of strace's transcript
//	packets   nat      actor, a router, put an address of its own in the place of another:
//	                   10.0.0.2:50001 became 192.0.2.254:50001, for 192.0.2.1:8000
//	any       dropped  what was left out over a limit, such as 117 events
//
// # Networks
//
// Where a script's network is private, its packets are recorded: those on lo, and
// those on the card of each host. A packet between two hosts is one event, at the
// time when it left. What they say about connections and datagrams makes stream
// events, at the time when they arrived. Elsewhere only taps make stream events.
//
// A tap tells itself about a connection, as if caller and server had it with each
// other. Its packets name the tap: they are those of two connections.
//
// An end of a connection is named by the actor that had the socket when the packet
// was seen. A connection of the script's own listener is the listener's until the
// script accepts it: the names in the last events of a connection are those that its
// ends finally have. If a program closed its socket before that was seen, its end is
// named by the only program that could be there, else by its host or address.
//
// Readers ignore unknown layers, kinds and fields. A file that ends in the middle
// can be read up to there.
package recording
