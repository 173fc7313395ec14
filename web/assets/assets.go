// Package assets hands out the files that the pages need in the browser: Aksel's styles, the font and
// the scripts. They are built into the program by `make generate`. Their addresses hold a sum of their
// contents, so that browsers keep them for good and never see an old one.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/andybalholm/brotli"
)

//go:embed dist
var dist embed.FS

// Prefix is where the files are.
const Prefix = "/assets/"

// Assets are the files, ready to be handed out.
type Assets struct {
	addresses map[string]string // by name
	files     map[string]file   // by address
}

type file struct {
	mediaType           string
	plain, gzip, brotli []byte
}

// New prepares the files.
func New() (*Assets, error) {
	a := &Assets{addresses: map[string]string{}, files: map[string]file{}}
	// What others refer to comes first.
	for _, name := range []string{"icon.svg", "source-sans-3.woff2", "source-sans-3-italic.woff2", "pages.css", "pages.js"} {
		if err := a.add(name); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *Assets) add(name string) error {
	content, err := dist.ReadFile("dist/" + name)
	if err != nil {
		return fmt.Errorf("read an asset: %w", err)
	}
	if path.Ext(name) == ".css" {
		for other, address := range a.addresses {
			content = bytes.ReplaceAll(content, []byte("url("+other+")"), []byte("url("+address+")"))
		}
	}
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	address := Prefix + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:8]) + ext
	f := file{mediaType: mime.TypeByExtension(ext), plain: content}
	if ext == ".woff2" {
		f.mediaType = "font/woff2" // compressed already
	} else if err := f.compress(); err != nil {
		return err
	}
	a.addresses[name], a.files[address] = address, f
	return nil
}

func (f *file) compress() error {
	var zipped, brotlied bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compress an asset: %w", err)
	}
	b := brotli.NewWriterLevel(&brotlied, 9)
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{z, b} {
		if _, err := w.Write(f.plain); err != nil {
			return fmt.Errorf("compress an asset: %w", err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("compress an asset: %w", err)
		}
	}
	f.gzip, f.brotli = zipped.Bytes(), brotlied.Bytes()
	return nil
}

// Address returns where the file with the name is; empty when there is none.
func (a *Assets) Address(name string) string { return a.addresses[name] }

// ServeHTTP hands a file out.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	content := f.plain
	switch accepted := r.Header.Get("Accept-Encoding"); {
	case f.brotli != nil && strings.Contains(accepted, "br"):
		h.Set("Content-Encoding", "br")
		content = f.brotli
	case f.gzip != nil && strings.Contains(accepted, "gzip"):
		h.Set("Content-Encoding", "gzip")
		content = f.gzip
	}
	h.Set("Content-Length", fmt.Sprint(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the reader has gone away, and nobody else can be told
	}
}
