package namespace

// Bounds are what the processes that a thread starts may see, change and use up.
type Bounds struct {
	ReadOnly []string // folders that they can't write to
	Writable string   // a folder that they can write to, which may lie inside one of ReadOnly; "" for none
	Only     bool     // Writable is the only one, where the kernel can have it so (Linux 5.12)
	Hidden   []string // folders that are empty to them
	Threads  int      // so many at once, of all processes, where the kernel can have it so (Linux 6.14); 0: no limit
}
