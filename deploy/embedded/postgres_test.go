package embedded

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestPostgresGoesOnWithItsDataAfterARestart(t *testing.T) {
	folder := newFolder(t)
	first := startPostgres(t, PostgresConfig{Folder: folder})
	execute(t, first.URL(Database), "CREATE TABLE note (text text)", "INSERT INTO note VALUES ('kept')")
	stopPostgres(t, first)

	begin := time.Now()
	second := startPostgres(t, PostgresConfig{Folder: folder})
	t.Logf("second start took %v", time.Since(begin))
	if got := query[string](t, second.URL(Database), "SELECT text FROM note"); got != "kept" {
		t.Errorf("note says %q after the restart", got)
	}
}

func TestPostgresIsDurableAndClosedByDefault(t *testing.T) {
	postgres := startPostgres(t, PostgresConfig{Folder: newFolder(t)})
	url := postgres.URL(Database)
	for setting, want := range map[string]string{
		"fsync":              "on",
		"synchronous_commit": "on",
		"full_page_writes":   "on",
		"data_checksums":     "on",
		"listen_addresses":   loopback,
		"server_encoding":    "UTF8",
	} {
		if got := query[string](t, url, "SHOW "+setting); got != want {
			t.Errorf("%s is %s, want %s", setting, got, want)
		}
	}
	if query[bool](t, url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") {
		t.Error("the application's role is a superuser")
	}
	stranger := postgres.Server()
	stranger.Password = "guessed"
	conn, err := pgx.Connect(t.Context(), stranger.URL(Database))
	if err == nil {
		conn.Close(t.Context())
		t.Error("a wrong password is let in")
	}
}

func TestPostgresCreatesTheThreeDatabases(t *testing.T) {
	postgres := startPostgres(t, PostgresConfig{Folder: newFolder(t), Throwaway: true})
	if got := query[string](t, postgres.URL(Database), "SELECT lower('ÆØÅ')"); got != "æøå" {
		t.Errorf("lower('ÆØÅ') is %q", got)
	}
	got := query[[]string](t, postgres.URL(Database),
		"SELECT array_agg(datname ORDER BY datname) FROM pg_database WHERE pg_get_userbyid(datdba) = 'saakorn'")
	if diff := cmp.Diff([]string{"saakorn", "temporal", "temporal_visibility"}, got); diff != "" {
		t.Errorf("databases (-want +got):\n%s", diff)
	}
}

func TestPostgresKeepsFilesFromOthers(t *testing.T) {
	folder := newFolder(t)
	startPostgres(t, PostgresConfig{Folder: folder, Throwaway: true})
	for path, want := range map[string]os.FileMode{"password": 0o600, "cluster": 0o700, ".": 0o700} {
		info, err := os.Stat(filepath.Join(folder, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
		if os.Geteuid() == 0 && ownerOf(info).uid == 0 {
			t.Errorf("%s belongs to root", path)
		}
	}
}

func TestPostgresStartsAfterACrash(t *testing.T) {
	folder := newFolder(t)
	postgres := startPostgres(t, PostgresConfig{Folder: folder})
	execute(t, postgres.URL(Database), "CREATE TABLE note (text text)", "INSERT INTO note VALUES ('kept')")
	for _, crash := range []struct {
		name  string
		leave func(t *testing.T, pidFile string)
	}{
		{"stale process number", func(*testing.T, string) {}},
		{"process number of a program", writePID(strconv.Itoa(os.Getpid()))},
		{"garbled process number", writePID("?")},
		{"empty file", truncatePID},
	} {
		if err := postgres.process.command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-postgres.Done()
		postgres.lock.Close() // as the end of the program would
		crash.leave(t, filepath.Join(folder, "cluster", "postmaster.pid"))

		t.Log("starting after:", crash.name)
		postgres = startPostgres(t, PostgresConfig{Folder: folder})
		if got := query[string](t, postgres.URL(Database), "SELECT text FROM note"); got != "kept" {
			t.Errorf("%s: note says %q after the crash", crash.name, got)
		}
	}
}

func writePID(first string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(content), "\n")
		if err := os.WriteFile(path, []byte(first+"\n"+rest), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func truncatePID(t *testing.T, path string) {
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
}

func TestPostgresSaysThatItsPortIsTaken(t *testing.T) {
	port := occupy(t)
	_, err := StartPostgres(t.Context(), PostgresConfig{Folder: newFolder(t), Port: port})
	wantSentence(t, err, PortTaken, strconv.Itoa(port))
}

func TestPostgresListensOnThisMachineOnly(t *testing.T) {
	_, err := StartPostgres(t.Context(), PostgresConfig{Folder: newFolder(t), Host: "0.0.0.0", Port: 15432})
	wantSentence(t, err, BadConfig, "0.0.0.0")
}

func TestPostgresSaysThatItsFolderIsInUse(t *testing.T) {
	folder := newFolder(t)
	first := startPostgres(t, PostgresConfig{Folder: folder, Throwaway: true})

	_, err := StartPostgres(t.Context(), PostgresConfig{Folder: folder})
	wantSentence(t, err, FolderInUse, folder)

	// A server that was left behind by its program and does not end.
	first.lock.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = StartPostgres(ctx, PostgresConfig{Folder: folder})
	wantSentence(t, err, FolderInUse, strconv.Itoa(first.process.command.Process.Pid))
}

func TestPostgresSaysWhatIsWrongWithItsFolder(t *testing.T) {
	sound := newFolder(t)
	stopPostgres(t, startPostgres(t, PostgresConfig{Folder: sound, Throwaway: true}))
	for name, test := range map[string]struct {
		harm  func(folder string) error
		about string
	}{
		"no version": {
			func(folder string) error { return os.Remove(filepath.Join(folder, "cluster", "PG_VERSION")) },
			"PG_VERSION",
		},
		"unreadable version": {
			func(folder string) error {
				return os.WriteFile(filepath.Join(folder, "cluster", "PG_VERSION"), []byte("new\n"), 0o600)
			},
			"PG_VERSION",
		},
		"version that is not here": {
			func(folder string) error {
				return os.WriteFile(filepath.Join(folder, "cluster", "PG_VERSION"), []byte("99\n"), 0o600)
			},
			"PostgreSQL 99",
		},
		"no password": {
			func(folder string) error { return os.Remove(filepath.Join(folder, "password")) },
			"password",
		},
		"other password": {
			func(folder string) error {
				return os.WriteFile(filepath.Join(folder, "password"), []byte("other\n"), 0o600)
			},
			"password",
		},
		"damaged data": {
			func(folder string) error { return os.Remove(filepath.Join(folder, "cluster", "global", "pg_control")) },
			"backup",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := newFolder(t)
			if said, err := exec.Command("cp", "-a", sound, folder).CombinedOutput(); err != nil {
				t.Fatalf("copy data folder: %v: %s", err, said)
			}
			if err := test.harm(folder); err != nil {
				t.Fatal(err)
			}
			_, err := StartPostgres(t.Context(), PostgresConfig{Folder: folder})
			wantSentence(t, err, FolderBroken, test.about)
			wantFree(t, folder)
		})
	}
}

// wantFree checks that a failed start keeps neither the folder nor a server.
func wantFree(t *testing.T, folder string) {
	t.Helper()
	data, err := openFolder(folder)
	if refused := (*StartError)(nil); errors.As(err, &refused) && refused.Reason == FolderInUse {
		t.Error("the folder is still held after a failed start")
	}
	if err == nil {
		data.lock.Close()
	}
	if _, err := os.Stat(filepath.Join(folder, "cluster", "postmaster.pid")); err == nil {
		t.Error("a server is left behind by a failed start")
	}
}

func TestPostgresLeavesForeignFoldersAlone(t *testing.T) {
	folder := newFolder(t)
	letter := filepath.Join(folder, "letter.txt")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(letter, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(t.Context(), PostgresConfig{Folder: folder})
	wantSentence(t, err, FolderBroken, folder)
	info, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	if owner := int(ownerOf(info).uid); owner != os.Geteuid() {
		t.Errorf("the folder was given to user %d", owner)
	}
}

func TestPostgresSaysThatItMayNotUseItsFolder(t *testing.T) {
	above := filepath.Dir(newFolder(t))
	closed := os.FileMode(0o500) // what stops an ordinary user
	if os.Geteuid() == 0 {
		closed = 0o700 // what stops the user to which root drops
	}
	if err := os.Chmod(above, closed); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(t.Context(), PostgresConfig{Folder: filepath.Join(above, "postgres")})
	wantSentence(t, err, NoPermission, above)
}

func TestPostgresSaysThatThereAreNoPrograms(t *testing.T) {
	empty := t.TempDir()
	_, err := StartPostgres(t.Context(), PostgresConfig{Folder: newFolder(t), BinDir: empty})
	wantSentence(t, err, NoBinaries, empty)
}

func TestAnInterruptedCreationIsRepeated(t *testing.T) {
	folder := newFolder(t)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if _, err := StartPostgres(ctx, PostgresConfig{Folder: folder}); err == nil {
		t.Skip("this machine creates a database faster than it can be interrupted")
	}
	startPostgres(t, PostgresConfig{Folder: folder, Throwaway: true})
}
