package stack_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"saakorn/deploy/data"
	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/deploy/embedded/stack"
	"saakorn/deploy/portfolio/recorded"
	"saakorn/services/installation"
)

func TestTheSessionInTheReadmeEndsWithAReceipt(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```bash\n")
	session, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("the README has no session")
	}
	folder, err := embeddedtest.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	s, err := stack.Start(t.Context(), stack.Config{
		Folder: folder, Throwaway: true, Report: data.Report(), Portfolio: recorded.Snapshot(), Log: discard(),
		Addresses: installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	session = strings.Replace(session, "127.0.0.1:8080", s.Serving.HTTP, 1)
	output, err := exec.CommandContext(t.Context(), "bash", "-c", session).CombinedOutput()
	if err != nil {
		t.Fatalf("the session failed: %v\n%s", err, output)
	}
	for _, want := range []string{`"reason":"REQUIRED"`, `"receipt":{`, `"reference":"TRY-`} {
		if !strings.Contains(string(output), want) {
			t.Errorf("the session does not show %s:\n%s", want, output)
		}
	}
}
