package main

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"saakorn/services/enterprise/registry/recorded"
)

func TestCommittedAnswersAreWhatTheListGives(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	want, got := contents(t, os.DirFS(dir)), contents(t, recorded.Answers())
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Fatalf("run go generate in registry/recorded:\n%s", diff)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is out of date: run go generate in registry/recorded", name)
		}
	}
}

func contents(t *testing.T, files fs.FS) map[string]string {
	t.Helper()
	names, err := fs.Glob(files, "*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string]string{}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		contents[name] = string(content)
	}
	return contents
}
