package altinn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"saakorn/services/platform/letter"
)

// Folder records what would be sent to Altinn, for development, demonstrations and tests: for every
// message <key>.json with the request, and <key>.pdf with the attachment.
type Folder struct {
	Path string
	// ResourceID is that of the resource in Altinn which letters are sent through.
	ResourceID string
}

// Carry records the message. A message whose key is there already is left as it is.
func (f Folder) Carry(_ context.Context, p letter.Parcel) (string, error) {
	attachment := uuid.NewSHA1(p.Key, []byte("attachment"))
	request, err := Build(p, f.ResourceID, attachment)
	if err != nil {
		return "", err
	}
	reference := uuid.NewSHA1(p.Key, []byte("correspondence")).String()
	name := filepath.Join(f.Path, p.Key.String()+".json")
	switch _, err := os.Stat(name); {
	case err == nil:
		return reference, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("record a message to Altinn: %w", err)
	}
	body, err := json.MarshalIndent(request, "", "  ")
	if err != nil {
		return "", fmt.Errorf("record a message to Altinn: %w", err)
	}
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return "", fmt.Errorf("record a message to Altinn: %w", err)
	}
	// The message last: when it is there, so is what is attached to it.
	if err := write(filepath.Join(f.Path, p.Key.String()+".pdf"), p.PDF); err != nil {
		return "", err
	}
	return reference, write(name, append(body, '\n'))
}

// write makes the file appear whole or not at all.
func write(name string, content []byte) error {
	if err := os.WriteFile(name+".new", content, 0o600); err != nil {
		return fmt.Errorf("record a message to Altinn: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("record a message to Altinn: %w", err)
	}
	return nil
}
