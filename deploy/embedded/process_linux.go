package embedded

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// childAttributes lets the child end with this program however that ends, by PostgreSQL's fast
// shutdown, and keeps the terminal's interrupt from it, so that the engines stop in their order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// servesFrom tells whether the live process with this number is a PostgreSQL server on the data
// folder, which is where a server works.
func servesFrom(pid int, data string) bool {
	folder, err := os.Stat(data)
	if err != nil {
		return false
	}
	working, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if err == nil {
		return os.SameFile(folder, working)
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.HasPrefix(string(name), "post") // postgres or postmaster
}
