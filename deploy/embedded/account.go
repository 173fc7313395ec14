package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the unprivileged user as whom PostgreSQL runs when this program runs as root. A nil
// account means that PostgreSQL runs as the user of this program.
type account struct {
	name     string
	uid, gid uint32
}

// The number that every system gives the user nobody.
const nobody = 65534

// chooseAccount returns nil unless this program runs as root. The owner of existing data comes
// first, so that the same folder can be used with and without root.
func chooseAccount(data string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	info, err := os.Stat(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, explainFile("look at", data, err)
	}
	if err == nil {
		if owner := ownerOf(info); owner.uid != 0 {
			return owner, nil
		}
	}
	found, err := user.Lookup("nobody")
	if err != nil {
		return &account{name: "nobody", uid: nobody, gid: nobody}, nil //nolint:nilerr // a system without the name has the number
	}
	uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return nil, fmt.Errorf("read numbers of user nobody: %w", err)
	}
	return &account{name: "nobody", uid: uint32(uid), gid: uint32(gid)}, nil
}

func ownerOf(info fs.FileInfo) *account {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return &account{}
	}
	return &account{name: fmt.Sprintf("number %d", stat.Uid), uid: stat.Uid, gid: stat.Gid}
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// own gives the account one file or folder; nothing to do without an account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	if err := os.Lchown(path, int(a.uid), int(a.gid)); err != nil {
		return explainFile("give away", path, err)
	}
	return nil
}

// ownTree gives the account a folder with everything in it.
func (a *account) ownTree(root string) error {
	if a == nil {
		return nil
	}
	return filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return explainFile("read", path, err)
		}
		return a.own(path)
	})
}

// checkReach tells whether the account can enter every folder above the path.
func (a *account) checkReach(path string) error {
	if a == nil {
		return nil
	}
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		if err != nil {
			return explainFile("look at", folder, err)
		}
		if !a.mayEnter(info) {
			return startError(NoPermission, fs.ErrPermission,
				"PostgreSQL does not run as root, and the user %s cannot enter %s: choose a data folder elsewhere, or start as an ordinary user.",
				a.name, folder)
		}
		if folder == filepath.Dir(folder) {
			return nil
		}
	}
}

func (a *account) mayEnter(info fs.FileInfo) bool {
	owner := ownerOf(info)
	switch {
	case owner.uid == a.uid:
		return info.Mode()&0o100 != 0
	case owner.gid == a.gid:
		return info.Mode()&0o010 != 0
	}
	return info.Mode()&0o001 != 0
}
