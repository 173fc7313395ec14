package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

// NewRecorded returns a client that answers from files in the registers' own JSON, for development,
// demonstrations and tests: enheter/<number>.json, roller/<number>.json, frivillige/<number>.json and
// regnskap/<number>.json. A number without a file never existed; an enterprise whose file has a
// slettedato is removed. The clock now is for the AsOf of answers.
func NewRecorded(files fs.FS, now func() time.Time) *Client {
	return &Client{source: recordedSource{files}, now: now}
}

type recordedSource struct{ files fs.FS }

func (s recordedSource) fetch(ctx context.Context, from register, number string) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, err
	}
	body, err := fs.ReadFile(s.files, path.Join(string(from), number+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return answer{status: http.StatusNotFound}, nil
	}
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if !deletedOn(body).IsZero() {
		return answer{status: http.StatusGone, body: body}, nil
	}
	return answer{status: http.StatusOK, body: body}, nil
}
