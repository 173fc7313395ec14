// Command record writes the answers that the public registers would give about the invented
// enterprises of package fictional, into the current folder: enheter, roller, frivillige, altinn, regnskap.
// What it writes follows from the list alone, so that running it again changes nothing.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"saakorn/services/enterprise/fictional"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1) //nolint:forbidigo // this is a main, only not under cmd
	}
}

// write replaces the folders of answers in dir.
func write(dir string) error {
	files, err := answers(append(fictional.Enterprises(), fictional.Oddities()...))
	if err != nil {
		return err
	}
	for _, folder := range folders() {
		if err := os.RemoveAll(filepath.Join(dir, folder)); err != nil {
			return fmt.Errorf("remove old answers: %w", err)
		}
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return fmt.Errorf("make folder for answers: %w", err)
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
	return nil
}

func folders() []string { return []string{"enheter", "roller", "frivillige", "altinn", "regnskap"} }
