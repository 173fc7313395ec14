package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// dataFolder is a data folder that this program holds.
type dataFolder struct {
	path         string
	cluster      string // what PostgreSQL calls its data directory
	passwordFile string
	lock         *os.File
	account      *account
	major        int // of the PostgreSQL that made the data; 0 when there is none yet
}

// openFolder takes hold of the data folder, creating it if missing. The caller closes the lock.
func openFolder(folder string) (*dataFolder, error) {
	d := &dataFolder{
		path:         folder,
		cluster:      filepath.Join(folder, "cluster"),
		passwordFile: filepath.Join(folder, "password"),
	}
	if err := d.checkOurs(); err != nil {
		return nil, err
	}
	account, err := chooseAccount(d.cluster)
	if err != nil {
		return nil, err
	}
	d.account = account
	if err := d.makeFolder(); err != nil {
		return nil, err
	}
	if err := d.takeLock(); err != nil {
		return nil, err
	}
	if err := d.inspect(); err != nil {
		return nil, errors.Join(err, d.lock.Close())
	}
	return d, nil
}

// checkOurs refuses a folder with somebody else's files, which as root would change owner.
func (d *dataFolder) checkOurs() error {
	entries, err := os.ReadDir(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return explainFile("read", d.path, err)
	}
	for _, entry := range entries {
		switch entry.Name() {
		case "lock", "password", "cluster":
			return nil
		}
	}
	if len(entries) > 0 {
		return startError(FolderBroken, nil,
			"The folder %s is not empty and is no data folder of Såkorn: choose an empty or a new one.", d.path)
	}
	return nil
}

func (d *dataFolder) makeFolder() error {
	// The folders above stay open to others, so that an account without rights of ours gets through.
	if err := os.MkdirAll(filepath.Dir(d.path), 0o755); err != nil {
		return explainFile("create", filepath.Dir(d.path), err)
	}
	if err := d.account.checkReach(d.path); err != nil {
		return err
	}
	if err := os.Mkdir(d.path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return explainFile("create", d.path, err)
	}
	return d.account.own(d.path)
}

// takeLock keeps a second program off the folder, from before there is a cluster in it.
func (d *dataFolder) takeLock() error {
	path := filepath.Join(d.path, "lock")
	lock, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return explainFile("write", path, err)
	}
	if err := errors.Join(d.account.own(path), syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return startError(FolderInUse, err,
				"The data folder %s is in use by another running Såkorn: stop that one first, or choose another folder.", d.path)
		}
		return fmt.Errorf("lock data folder: %w", err)
	}
	d.lock = lock
	return nil
}

// inspect finds out which PostgreSQL made the data, if there is any.
func (d *dataFolder) inspect() error {
	entries, err := os.ReadDir(d.cluster)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return explainFile("read", d.cluster, err)
	}
	version, err := os.ReadFile(filepath.Join(d.cluster, "PG_VERSION"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explainFile("read", filepath.Join(d.cluster, "PG_VERSION"), err)
	}
	major, parseErr := strconv.Atoi(strings.TrimSpace(string(version)))
	if err != nil || parseErr != nil {
		return startError(FolderBroken, errors.Join(err, parseErr),
			"The data folder %s holds no PostgreSQL database that can be read (%d files, but no valid PG_VERSION): restore it from a backup, or choose another folder.",
			d.cluster, len(entries))
	}
	d.major = major
	return nil
}

// awaitUnused waits for a server that an ended program has left behind to finish shutting down, and
// clears the trace of one that was killed.
func (d *dataFolder) awaitUnused(ctx context.Context) error {
	const patience = 10 * time.Second
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		pid, err := d.leftBehind()
		if err != nil || pid == 0 {
			return err
		}
		if !servesFrom(pid, d.cluster) {
			return d.disownPID()
		}
		select {
		case <-waiting.Done():
			return startError(FolderInUse, waiting.Err(),
				"The data folder %s is in use by the running PostgreSQL with process number %d: stop it (kill -INT %d), or choose another folder.",
				d.path, pid, pid)
		case <-ticker.C:
		}
	}
}

// leftBehind is the live process that the data folder names as its server, or 0.
func (d *dataFolder) leftBehind() (int, error) {
	path := filepath.Join(d.cluster, "postmaster.pid")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, explainFile("read", path, err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 0 {
		return 0, d.disownPID()
	}
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return 0, nil
	}
	return pid, nil
}

// disownPID makes PostgreSQL see the file of a killed server as stale although its number meanwhile
// belongs to some other program. The file stays, because PostgreSQL also learns from it which shared
// memory to look for before it believes that nobody works on the data.
func (d *dataFolder) disownPID() error {
	path := filepath.Join(d.cluster, "postmaster.pid")
	content, err := os.ReadFile(path)
	if err != nil {
		return explainFile("read", path, err)
	}
	_, rest, _ := strings.Cut(string(content), "\n")
	// No system numbers its processes this high.
	changed := strconv.Itoa(math.MaxInt32) + "\n" + rest
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		return explainFile("write", path, err)
	}
	return nil
}

// create makes the cluster unless there is one. It is made beside its place and moved there when
// complete, so that an interrupted start leaves nothing half made.
func (d *dataFolder) create(ctx context.Context, cfg PostgresConfig, programs programs) error {
	if d.major != 0 {
		return d.ownData()
	}
	if err := d.writePassword(); err != nil {
		return err
	}
	var err error
	for _, locale := range locales(programs.major) {
		if err = d.runInitdb(ctx, cfg, programs, locale); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if err := os.Rename(d.unfinished(), d.cluster); err != nil {
		return explainFile("create", d.cluster, err)
	}
	d.major = programs.major
	return nil
}

// ownData gives the account data that root owns, as after restoring a backup.
func (d *dataFolder) ownData() error {
	if d.account == nil {
		return nil
	}
	info, err := os.Stat(d.cluster)
	if err != nil {
		return explainFile("look at", d.cluster, err)
	}
	if ownerOf(info).uid == d.account.uid {
		return nil
	}
	return errors.Join(d.account.ownTree(d.cluster), d.account.own(d.passwordFile))
}

func (d *dataFolder) unfinished() string { return d.cluster + ".unfinished" }

// locales are the ways to let upper and lower case work for every language while sorting by code
// point, the same on every machine: the best first, as not every PostgreSQL and system has each.
func locales(major int) [][]string {
	if major >= 17 {
		return [][]string{{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}}
	}
	return [][]string{
		{"--locale=C.UTF-8"},
		{"--locale=C", "--locale-provider=icu", "--icu-locale=und"},
	}
}

func (d *dataFolder) runInitdb(ctx context.Context, cfg PostgresConfig, programs programs, locale []string) error {
	if err := os.RemoveAll(d.unfinished()); err != nil {
		return explainFile("remove", d.unfinished(), err)
	}
	arguments := append([]string{
		"--pgdata=" + d.unfinished(),
		"--username=" + superuser,
		"--pwfile=" + d.passwordFile,
		"--auth=scram-sha-256",
		"--encoding=UTF8",
		"--data-checksums",
		"--no-instructions",
	}, locale...)
	if cfg.Throwaway {
		arguments = append(arguments, "--no-sync")
	}
	said, err := runProgram(ctx, filepath.Join(programs.folder, "initdb"), d.account, arguments...)
	if ctx.Err() != nil {
		return startError(NotStarted, ctx.Err(), "The database in %s was not created in time: allow it longer.", d.path)
	}
	if err == nil {
		return nil
	}
	if strings.Contains(said, "Permission denied") {
		return startError(NoPermission, err,
			"PostgreSQL may not write in the data folder %s: choose another folder, or give it the right to this one.", d.path)
	}
	if strings.Contains(said, "could not look up effective user ID") {
		return startError(NoPermission, err,
			"PostgreSQL runs only as a user whom the machine knows by name: run as one that /etc/passwd lists.")
	}
	return startError(NotStarted, err, "PostgreSQL could not create a database in %s: %s.",
		d.path, strings.TrimSuffix(complaint(said), "."))
}

func (d *dataFolder) writePassword() error {
	// Never overwrites what a reader could have open: a fresh file, readable by its owner only.
	if err := os.Remove(d.passwordFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explainFile("replace", d.passwordFile, err)
	}
	if err := os.WriteFile(d.passwordFile, []byte(rand.Text()+"\n"), 0o600); err != nil {
		return explainFile("write", d.passwordFile, err)
	}
	return d.account.own(d.passwordFile)
}

func (d *dataFolder) readPassword() (string, error) {
	content, err := os.ReadFile(d.passwordFile)
	password := strings.TrimSpace(string(content))
	if errors.Is(err, fs.ErrNotExist) || err == nil && password == "" {
		return "", startError(FolderBroken, err,
			"The password of the database is missing from %s: restore that file from a backup.", d.passwordFile)
	}
	if err != nil {
		return "", explainFile("read", d.passwordFile, err)
	}
	return password, nil
}
