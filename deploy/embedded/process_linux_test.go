package embedded

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// childFolder asks the test binary to be a program that starts PostgreSQL on a folder and is killed.
const childFolder = "SAAKORN_TEST_CHILD_FOLDER"

func TestPostgresEndsWithItsProgram(t *testing.T) {
	if folder := os.Getenv(childFolder); folder != "" {
		beKilled(t, folder)
		return
	}
	folder := newFolder(t)
	child := exec.Command(os.Args[0], "-test.run=^TestPostgresEndsWithItsProgram$", "-test.v")
	child.Env = append(os.Environ(), childFolder+"="+folder)
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() && !strings.Contains(lines.Text(), "postgres serves") {
		t.Log(lines.Text())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the program ended before it was killed")
	}
	// The server shuts down by itself meanwhile, which the next start waits for.
	postgres := startPostgres(t, PostgresConfig{Folder: folder})
	if got := query[string](t, postgres.URL(Database), "SELECT text FROM note"); got != "kept" {
		t.Errorf("note says %q after the program was killed", got)
	}
}

func beKilled(t *testing.T, folder string) {
	postgres := startPostgres(t, PostgresConfig{Folder: folder})
	execute(t, postgres.URL(Database), "CREATE TABLE note (text text)", "INSERT INTO note VALUES ('kept')")
	t.Log("postgres serves")
	<-postgres.Done()
}
