//go:build !linux

package embedded

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// childAttributes keeps the terminal's interrupt from the child, so that the engines stop in their
// order. Only Linux can end a child together with its parent.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// servesFrom tells whether the live process with this number is a PostgreSQL server. Which data
// folder it works on cannot be seen here, so any server counts.
func servesFrom(pid int, _ string) bool {
	name, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.HasPrefix(filepath.Base(strings.TrimSpace(string(name))), "post")
}
