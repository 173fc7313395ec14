package scheme

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed schemes
var published embed.FS

// Source is a scheme version together with the file it was read from. Whoever keeps a version keeps
// the file too, so that it can be shown years later what the rules were.
type Source struct {
	Definition *Definition
	// Name is the path of the file, for example "social-entrepreneurship/2019-1.yaml".
	Name string
	Raw  []byte
	// SHA256 is the checksum of Raw: two files with one checksum are one version.
	SHA256 [sha256.Size]byte
}

// Published returns the scheme versions that are built into the program, by scheme and then oldest
// first.
func Published() ([]Source, error) {
	files, err := fs.Sub(published, "schemes")
	if err != nil {
		return nil, fmt.Errorf("open built-in schemes: %w", err)
	}
	return Load(files)
}

// Load reads every scheme file of a folder laid out as <scheme id>/<version>.yaml, by scheme and
// then oldest first. The error is a [LoadError] with the problems of all files together, unless a
// file cannot be read at all.
func Load(files fs.FS) ([]Source, error) {
	names, err := fs.Glob(files, "*/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list scheme files: %w", err)
	}
	var sources []Source
	var problems []Problem
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read scheme file: %w", err)
		}
		found := newReport(name)
		definition := decodeSource(found, raw)
		if len(found.problems) == 0 {
			validate(definition, found)
			validateName(definition, name, found)
		}
		problems = append(problems, found.sorted()...)
		sources = append(sources, Source{Definition: definition, Name: name, Raw: raw, SHA256: sha256.Sum256(raw)})
	}
	if len(problems) > 0 {
		return nil, &LoadError{Problems: problems}
	}
	slices.SortFunc(sources, func(a, b Source) int {
		return cmp.Or(
			cmp.Compare(a.Definition.ID, b.Definition.ID),
			a.Definition.ValidFrom.Compare(b.Definition.ValidFrom),
			cmp.Compare(a.Definition.Version, b.Definition.Version),
		)
	})
	return sources, nil
}

// validateName checks that a file lies where its scheme and version say, so that no two files can
// hold the same version.
func validateName(definition *Definition, name string, found *report) {
	folder, file := path.Split(name)
	if want := path.Clean(folder); definition.ID != want {
		found.add("id", "is %q, but the file lies in the folder %q", definition.ID, want)
	}
	if want := strings.TrimSuffix(file, ".yaml"); definition.Version != want {
		found.add("version", "is %q, but the file is called %q", definition.Version, file)
	}
}
