package file_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"testing"
	"testing/iotest"

	"saakorn/services/platform/file"
)

func open(t *testing.T) (store *file.Store, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "files")
	address := url.URL{Scheme: "file", Path: folder, RawQuery: "create_dir=true&no_tmp_dir=true"}
	store, err := file.Open(t.Context(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store, folder
}

// lying returns how many files lie in the folder, whatever they are.
func lying(t *testing.T, folder string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFileComesBackAsItWasKept(t *testing.T) {
	store, folder := open(t)
	content := append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte{0, 1, 2, 255}, 40_000)...)
	sum := sha256.Sum256(content)
	kept, err := store.Keep(t.Context(), "a/b", iotest.OneByteReader(bytes.NewReader(content)), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if want := (file.Kept{Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), MediaType: "application/pdf"}); kept != want {
		t.Errorf("kept %+v, want %+v", kept, want)
	}
	r, err := store.Read(t.Context(), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d other bytes, %v", len(got), err)
	}
	if err := store.Remove(t.Context(), "a/b"); err != nil {
		t.Fatal(err)
	}
	if n := lying(t, folder); n != 0 {
		t.Errorf("%d files lie about after removal", n)
	}
	if _, err := store.Read(t.Context(), "a/b"); err == nil {
		t.Error("read a removed file")
	}
}

func TestWhatCannotBeKeptLeavesNothing(t *testing.T) {
	broken := errors.New("the line went dead")
	tests := []struct {
		name string
		from io.Reader
		want error
	}{
		{"a byte too many", bytes.NewReader(make([]byte, 101)), file.ErrTooLarge},
		{"endless", endless{}, file.ErrTooLarge},
		{"broken off", io.MultiReader(bytes.NewReader(make([]byte, 50)), iotest.ErrReader(broken)), broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store, folder := open(t)
			if _, err := store.Keep(t.Context(), "a", tt.from, 100); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if n := lying(t, folder); n != 0 {
				t.Errorf("%d files lie about", n)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestTheMediaTypeIsFoundInTheBytes(t *testing.T) {
	store, _ := open(t)
	for want, content := range map[string]string{
		"application/pdf": "%PDF-1.7\n", "image/png": "\x89PNG\r\n\x1a\n", "text/html": "<!DOCTYPE html><script>alert(1)</script>",
		"text/plain": "Hei", "application/zip": "PK\x03\x04",
	} {
		kept, err := store.Keep(t.Context(), "x", bytes.NewReader([]byte(content)), 1000)
		if err != nil || kept.MediaType != want {
			t.Errorf("%.10q is taken for %q, want %q (%v)", content, kept.MediaType, want, err)
		}
	}
}
