package tap

import "golang.org/x/sys/unix"

// rdHup is the event that the other side has closed its direction (poll(2)).
const rdHup = unix.POLLRDHUP
