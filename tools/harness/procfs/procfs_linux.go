// Package procfs reads /proc as it was when this process started. A thread in a
// script's namespaces sees another /proc, in which processes have other numbers.
package procfs

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// root is an open descriptor of /proc. Hold opens it; so does the first use.
var root = sync.OnceValues(func() (int, error) {
	return unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
})

// Hold opens the present /proc. Call it before any thread enters other
// namespaces.
func Hold() error {
	_, err := root()
	return err
}

// Open opens a file of /proc by its path below /proc, such as "self/stat".
func Open(name string) (*os.File, error) {
	fd, err := open(name)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "/proc/"+name), nil
}

func open(name string) (fd int, err error) {
	dir, err := root()
	if err != nil {
		return -1, err
	}
	for {
		switch fd, err = unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0); err {
		case nil:
			return fd, nil
		case unix.EINTR:
		default:
			return -1, &os.PathError{Op: "open", Path: "/proc/" + name, Err: err}
		}
	}
}

// ReadFile reads a whole file of /proc.
func ReadFile(name string) ([]byte, error) {
	fd, err := open(name)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	data := make([]byte, 0, 512)
	for {
		n, err := unix.Read(fd, data[len(data):cap(data)])
		if err == unix.EINTR {
			continue
		}
		if n <= 0 {
			return data, err
		}
		if data = data[:len(data)+n]; len(data) == cap(data) {
			data = slices.Grow(data, len(data))
		}
	}
}

// List lists the names in a folder of /proc; it is empty if there is no such
// folder.
func List(name string) []string {
	f, err := Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	return names
}

// Readlink returns the target of a link of /proc, "" if there is no such link.
func Readlink(name string) string {
	dir, err := root()
	if err != nil {
		return ""
	}
	buf := make([]byte, 256)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// Pids lists all processes.
func Pids() (pids []int) {
	for _, name := range List(".") {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Descendants lists a process's children, and theirs, without zombies.
func Descendants(pid int) (all []int) {
	for _, child := range children(pid) {
		if state(child) != "Z" {
			all = append(all, child)
		}
		all = append(all, Descendants(child)...)
	}
	return all
}

// children lists a process's children (proc_pid_task(5)), also on kernels
// without the children files (CONFIG_PROC_CHILDREN).
func children(parent int) (pids []int) {
	listed := false
	for _, task := range List(fmt.Sprintf("%d/task", parent)) {
		file, err := ReadFile(fmt.Sprintf("%d/task/%s/children", parent, task))
		listed = listed || err == nil
		for _, field := range strings.Fields(string(file)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	if listed {
		return pids
	}
	for _, pid := range Pids() {
		if stat := Stat(strconv.Itoa(pid)); len(stat) > 1 && stat[1] == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// state is the state of a process, as one letter (proc_pid_stat(5)).
func state(pid int) string {
	fields := Stat(strconv.Itoa(pid))
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}

// Stat reads the stat of a process ("7") or a thread ("7/task/8"). It returns
// the fields after the name; the first is the state (proc_pid_stat(5)).
func Stat(name string) []string {
	stat, err := ReadFile(name + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}
