//go:build unix && !linux

package tap

// rdHup is Linux's alone; POLLHUP and POLLERR come without being asked for.
const rdHup = 0
