package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"

	"saakorn/services/platform/calendar"
)

// NewRecorded returns a client that answers from files in the registers' own JSON, for development,
// demonstrations and tests: enheter/<number>.json, roller/<number>.json, frivillige/<number>.json and
// regnskap/<number>.json. A number without a file never existed; an enterprise whose file has a
// slettedato is removed, and one whose file has a konkursdato is bankrupt from that date on. The clock now
// says what date it is, and is for the AsOf of answers.
func NewRecorded(files fs.FS, now func() time.Time) *Client {
	return &Client{source: recordedSource{files, now}, now: now}
}

type recordedSource struct {
	files fs.FS
	now   func() time.Time
}

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
	if from != entities {
		return answer{status: http.StatusOK, body: body}, nil
	}
	return answer{status: http.StatusOK, body: asOf(body, calendar.On(s.now()))}, nil
}

// asOf takes out of a recorded answer the bankruptcy that had not been opened on the date. What cannot be
// read is left as it is: whoever reads it says what is wrong.
func asOf(body []byte, today calendar.Date) []byte {
	var bankruptcy struct {
		OpenedOn dateJSON `json:"konkursdato"`
	}
	if err := json.Unmarshal(body, &bankruptcy); err != nil || !bankruptcy.OpenedOn.After(today) {
		return body
	}
	var entity map[string]json.RawMessage
	if err := json.Unmarshal(body, &entity); err != nil {
		return body
	}
	entity["konkurs"] = json.RawMessage("false")
	delete(entity, "konkursdato")
	changed, err := json.Marshal(entity)
	if err != nil {
		return body
	}
	return changed
}
