// Command webassets writes the files that the pages hand out to browsers into web/assets/dist, from
// the npm packages of package-lock.json and from web/assets/src. They are committed and built into
// the program, so that building it takes no npm.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

const target = "web/assets/dist"

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if _, err := os.Stat("node_modules/@navikt/ds-css"); err != nil {
		return errors.New("the npm packages are missing: run npm ci")
	}
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for from, to := range map[string]string{
		"node_modules/@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2": target + "/source-sans-3.woff2",
		"node_modules/@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-italic.woff2": target + "/source-sans-3-italic.woff2",
		"node_modules/@fontsource-variable/source-sans-3/LICENSE":                                     target + "/source-sans-3.LICENSE",
		"node_modules/axe-core/axe.min.js":                                                            "web/webtest/axe.min.js",
		"web/assets/src/icon.svg":                                                                     target + "/icon.svg",
	} {
		if err := copyFile(from, to); err != nil {
			return err
		}
	}
	if err := bundle("web/assets/src/pages.css", target+"/pages.css"); err != nil {
		return err
	}
	return bundle("web/assets/src/pages.js", target+"/pages.js")
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read %s: %w", filepath.Base(from), err)
	}
	return os.WriteFile(to, content, 0o644)
}

// bundle puts a file and what it imports into one, without spaces and comments.
func bundle(from, to string) error {
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{from}, Outfile: to, Bundle: true, Write: true, External: []string{"*.woff2"},
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsEndOfFile,
		Target: api.ES2022, Format: api.FormatIIFE, LogLevel: api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("bundle %s: %s", from, result.Errors[0].Text)
	}
	return nil
}
