// Package file keeps uploaded files in any store that gocloud.dev/blob knows: a folder by default,
// a bucket in production.
package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/gabriel-vasile/mimetype"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // file:// addresses
)

// Store keeps files by key.
type Store struct {
	bucket *blob.Bucket
}

// Open returns the store at the address, for example "file:///var/lib/saakorn/files?create_dir=1".
func Open(ctx context.Context, address string) (*Store, error) {
	bucket, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open the file store: %w", err)
	}
	return &Store{bucket}, nil
}

// Close lets go of the store.
func (s *Store) Close() error { return s.bucket.Close() }

// Kept is what was found out about a file while it was stored.
type Kept struct {
	Size int64
	// SHA256 of the bytes, in hexadecimal.
	SHA256 string
	// MediaType as found in the bytes themselves, without parameters.
	MediaType string
}

// ErrTooLarge is returned when a file has more bytes than allowed.
var ErrTooLarge = errors.New("the file is too large")

// sniffed is how many bytes the media type is found in. Office documents name their parts some way
// into the file.
const sniffed = 64 << 10

// Keep stores the bytes under the key, at most limit of them. When it fails nothing is kept.
func (s *Store) Keep(ctx context.Context, key string, from io.Reader, limit int64) (Kept, error) {
	// Cancelling before Close makes the store forget what was written.
	ctx, forget := context.WithCancel(ctx)
	defer forget()
	w, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return Kept{}, fmt.Errorf("store a file: %w", err)
	}
	kept, err := copyLimited(w, from, limit)
	if err != nil {
		forget()
		_ = w.Close() // reports the cancellation, which is what was asked for
		return Kept{}, err
	}
	if err := w.Close(); err != nil {
		return Kept{}, fmt.Errorf("store a file: %w", err)
	}
	return kept, nil
}

func copyLimited(to io.Writer, from io.Reader, limit int64) (Kept, error) {
	sum := sha256.New()
	head := &headWriter{}
	n, err := io.Copy(io.MultiWriter(to, sum, head), io.LimitReader(from, limit+1))
	if err != nil {
		return Kept{}, fmt.Errorf("store a file: %w", err)
	}
	if n > limit {
		return Kept{}, ErrTooLarge
	}
	return Kept{Size: n, SHA256: hex.EncodeToString(sum.Sum(nil)), MediaType: mediaType(head.bytes)}, nil
}

func mediaType(head []byte) string {
	found := mimetype.Detect(head)
	name := found.String()
	for i := range name {
		if name[i] == ';' {
			return name[:i]
		}
	}
	return name
}

type headWriter struct{ bytes []byte }

func (h *headWriter) Write(p []byte) (int, error) {
	if room := sniffed - len(h.bytes); room > 0 {
		h.bytes = append(h.bytes, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// Read returns the bytes kept under the key. The caller closes the reader.
func (s *Store) Read(ctx context.Context, key string) (io.ReadCloser, error) {
	r, err := s.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return r, nil
}

// Remove forgets the file under the key.
func (s *Store) Remove(ctx context.Context, key string) error {
	if err := s.bucket.Delete(ctx, key); err != nil {
		return fmt.Errorf("remove a file: %w", err)
	}
	return nil
}
