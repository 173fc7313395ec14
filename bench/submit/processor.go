package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processorTime is what has been used of the processors: unlike the time on the wall it hardly
// depends on what else the machine does.
type processorTime struct {
	// program is this process: clients and, on Såkorn's side, the API. database is all of PostgreSQL's
	// processes; zero where the system has no /proc.
	program, database time.Duration
}

func (p processorTime) since(earlier processorTime) processorTime {
	return processorTime{p.program - earlier.program, p.database - earlier.database}
}

func (g *rig) processorTime(ctx context.Context) (processorTime, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return processorTime{}, fmt.Errorf("read the time used: %w", err)
	}
	database, err := g.databaseTime(ctx)
	return processorTime{time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), database}, err
}

// databaseTime returns the time used by every process of the server that answers.
func (g *rig) databaseTime(ctx context.Context) (time.Duration, error) {
	var backend int
	if err := g.pool.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&backend); err != nil {
		return 0, fmt.Errorf("ask for a process of the database: %w", err)
	}
	answering, err := readProcess(strconv.Itoa(backend))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	var total time.Duration
	for _, entry := range entries {
		p, err := readProcess(filepath.Base(entry))
		if err == nil && p.parent == answering.parent {
			total += p.used
		}
	}
	return total, nil
}

type process struct {
	parent string
	used   time.Duration
}

// tick is the unit in which Linux tells the time that processes have used.
const tick = time.Second / 100

// readProcess reads /proc/<id>/stat: after the name in brackets come the state, the parent and, as
// the 12th and 13th, the time used by the process itself and by the system for it.
func readProcess(id string) (process, error) {
	content, err := os.ReadFile(filepath.Join("/proc", id, "stat"))
	if err != nil {
		return process{}, fmt.Errorf("read about a process: %w", err)
	}
	_, rest, _ := strings.Cut(string(content[bytes.LastIndexByte(content, ')'):]), " ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return process{}, fmt.Errorf("read about a process: %q", rest)
	}
	p := process{parent: fields[1]}
	for _, field := range fields[11:13] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return process{}, fmt.Errorf("read about a process: %w", err)
		}
		p.used += time.Duration(ticks) * tick
	}
	return p, nil
}
