package netns

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/procfs"
)

// A Group is a control group (cgroups(7), version 2) for the programs of a script: the
// kernel itself keeps them within limits. nil is none.
type Group struct {
	dir *os.File // locked (flock(2)): one without a lock was left by a run that was killed
}

const (
	groupsRoot  = "/sys/fs/cgroup"
	groupPrefix = "socklab-" // begins the names of our groups
	ownGroup    = groupPrefix + "run"
	controllers = "+memory +pids"
)

// NewGroup makes a group whose processes have memory bytes together, the kernel's for them
// included, and so many threads; 0 is no limit. It returns nil where this process may make
// no group. Call it before Join: later the thread may not write there.
func NewGroup(threads int, memory int64) *Group {
	base := ownGroupDir()
	if filepath.Base(base) == ownGroup {
		base = filepath.Dir(base)
	}
	if base == "" || !Apart() || !enable(base) {
		return nil
	}
	old, _ := filepath.Glob(filepath.Join(base, groupPrefix+"[0-9]*"))
	for _, path := range old {
		if dir, err := lockGroup(path); err == nil {
			unix.Rmdir(path)
			dir.Close()
		}
	}
	path, err := os.MkdirTemp(base, groupPrefix)
	if err != nil {
		return nil
	}
	dir, err := lockGroup(path)
	if err != nil {
		unix.Rmdir(path)
		return nil
	}
	g := &Group{dir}
	g.write("memory.swap.max", "0") // it isn't there on a kernel without swap
	g.write("memory.oom.group", "1")
	if memory > 0 {
		err = g.write("memory.max", strconv.FormatInt(memory, 10))
	}
	if threads > 0 && err == nil {
		err = g.write("pids.max", strconv.Itoa(threads))
	}
	if err == nil { // containers may refuse clone3(2)
		trial := exec.Command("sh", "-c", ":")
		g.Place(trial)
		err = trial.Run()
	}
	if err != nil {
		g.End()
		return nil
	}
	return g
}

func lockGroup(path string) (*os.File, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// ownGroupDir is the folder of the group that this process is in; "" if there is none.
func ownGroupDir() string {
	var fs unix.Statfs_t
	if unix.Statfs(groupsRoot, &fs) != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
		return ""
	}
	text, _ := procfs.ReadFile("self/cgroup")
	_, path, ok := strings.Cut("\n"+string(text), "\n0::")
	path, _, _ = strings.Cut(path, "\n")
	if !ok || strings.HasPrefix(path, "/..") { // above what this container sees
		return ""
	}
	return filepath.Join(groupsRoot, path)
}

// enable has the groups in a group limit memory and processes. The kernel refuses it while
// processes are in the group itself, unless it is the root of all.
func enable(group string) bool {
	file := filepath.Join(group, "cgroup.subtree_control")
	text, err := os.ReadFile(file)
	enabled := strings.Fields(string(text))
	if err == nil && slices.Contains(enabled, "memory") && slices.Contains(enabled, "pids") {
		return unix.Access(group, unix.W_OK) == nil
	}
	return os.WriteFile(file, []byte(controllers), 0) == nil
}

// Settle makes room for groups: it moves this process, and those that started it, from
// their group into a new one inside it, if nobody else is there and the group is a
// container's or one that systemd delegates. undo moves them back.
func Settle() (undo func()) {
	base := ownGroupDir()
	own := filepath.Join(base, ownGroup)
	if base == "" || enable(base) || base != groupsRoot && !delegated(base) {
		return func() {}
	}
	undo = func() {
		os.WriteFile(filepath.Join(base, "cgroup.subtree_control"), []byte(strings.ReplaceAll(controllers, "+", "-")), 0)
		move(own, base)
		unix.Rmdir(own)
	}
	elders := []string{}
	for pid := os.Getpid(); pid > 0; {
		elders = append(elders, strconv.Itoa(pid))
		stat := procfs.Stat(strconv.Itoa(pid))
		if len(stat) < 2 {
			break
		}
		pid, _ = strconv.Atoi(stat[1])
	}
	text, _ := os.ReadFile(filepath.Join(base, "cgroup.procs"))
	for _, pid := range strings.Fields(string(text)) {
		if !slices.Contains(elders, pid) {
			return func() {}
		}
	}
	if os.Mkdir(own, 0o755) != nil {
		return func() {}
	}
	if move(base, own); !enable(base) {
		undo()
		return func() {}
	}
	return undo
}

// delegated reports whether systemd leaves what is inside a group to its user
// (systemd.resource-control(5), Delegate=).
func delegated(group string) bool {
	for _, attr := range []string{"user.delegate", "trusted.delegate"} {
		if n, err := unix.Getxattr(group, attr, make([]byte, 1)); err == nil && n == 1 {
			return true
		}
	}
	return false
}

// move moves all processes of a group.
func move(from, to string) {
	text, _ := os.ReadFile(filepath.Join(from, "cgroup.procs"))
	for _, pid := range strings.Fields(string(text)) {
		os.WriteFile(filepath.Join(to, "cgroup.procs"), []byte(pid), 0)
	}
}

// Place has a program start in the group.
func (g *Group) Place(cmd *exec.Cmd) {
	if g == nil {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(g.dir.Fd())
}

// Hit says which limits stopped a program of the group: it could not start a thread, or
// all were killed when they wanted more memory.
func (g *Group) Hit() (threads, memory bool) {
	return g.count("pids.events", "max") > 0, g.count("memory.events", "oom_kill") > 0
}

// End removes the group, when its programs have ended: they are killed.
func (g *Group) End() {
	if g == nil {
		return
	}
	defer g.dir.Close()
	g.write("cgroup.kill", "1")
	events, err := os.Open(filepath.Join(g.dir.Name(), "cgroup.events"))
	if err != nil {
		return
	}
	defer events.Close()
	const patience = 2 * time.Second
	for end := time.Now().Add(patience); g.count("cgroup.events", "populated") > 0 && time.Now().Before(end); {
		// The kernel says there when that changes. It may have done so since we looked.
		unix.Poll([]unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}, 50)
	}
	unix.Rmdir(g.dir.Name())
}

func (g *Group) write(file, text string) error {
	return os.WriteFile(filepath.Join(g.dir.Name(), file), []byte(text), 0)
}

// count is a number of a file with a line "NAME NUMBER" for each.
func (g *Group) count(file, name string) (n int) {
	if g == nil {
		return 0
	}
	text, _ := os.ReadFile(filepath.Join(g.dir.Name(), file))
	_, after, _ := strings.Cut("\n"+string(text), "\n"+name+" ")
	fmt.Sscan(after, &n)
	return n
}
