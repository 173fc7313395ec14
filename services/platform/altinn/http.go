package altinn

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // the checksum that Altinn compares an upload with; it protects nothing
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"saakorn/services/platform/letter"
)

// HTTPOptions say how to reach Altinn.
type HTTPOptions struct {
	// URL is Altinn's address, by default https://platform.altinn.no.
	URL string
	// ResourceID is that of the resource in Altinn which letters are sent through.
	ResourceID string
	// TokenFile holds Altinn's token with the scope altinn:correspondence.write, which whoever runs
	// the installation keeps fresh. It is read for every message.
	TokenFile string
	// Client sends the requests; by default http.DefaultClient.
	Client *http.Client
	// Timeout is how long one request may take; by default 15 s.
	Timeout time.Duration
}

// HTTP sends messages through Altinn.
type HTTP struct {
	options HTTPOptions
	base    *url.URL
}

// NewHTTP returns a channel to Altinn.
func NewHTTP(options HTTPOptions) (*HTTP, error) {
	options.URL = cmp.Or(options.URL, "https://platform.altinn.no")
	options.Client = cmp.Or(options.Client, http.DefaultClient)
	options.Timeout = cmp.Or(options.Timeout, 15*time.Second)
	base, err := url.Parse(options.URL)
	if err != nil {
		return nil, fmt.Errorf("a way to Altinn over HTTP: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("a way to Altinn over HTTP: %q is not a web address", options.URL)
	}
	if options.ResourceID == "" || options.TokenFile == "" {
		return nil, errors.New("a way to Altinn over HTTP: it needs the resource that letters are sent through, and a file with its token")
	}
	return &HTTP{options, base.JoinPath("correspondence", "api", "v1")}, nil
}

// RefusedError says that Altinn did not take a message.
type RefusedError struct {
	// Status is that of HTTP, Code is Altinn's own, 0 when it gave none.
	Status, Code int
	Detail       string
}

// Error says what Altinn said.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("Altinn answered %d (%d): %s", e.Status, e.Code, e.Detail)
}

// duplicateKey is Altinn's code for an idempotency key that has been used.
const duplicateKey = 1034

// Carry uploads the PDF and sends the message. A message that Altinn holds already counts as sent: its
// reference is then the one by which sender and receiver find it, our own.
func (h *HTTP) Carry(ctx context.Context, p letter.Parcel) (string, error) {
	if _, err := Build(p, h.options.ResourceID); err != nil {
		return "", err // before anything is uploaded
	}
	attachment, err := h.upload(ctx, p)
	if err != nil {
		return "", fmt.Errorf("upload a letter to Altinn: %w", err)
	}
	request, err := Build(p, h.options.ResourceID, attachment)
	if err != nil {
		return "", err
	}
	var answer struct {
		Correspondences []struct {
			ID uuid.UUID `json:"correspondenceId"`
		} `json:"correspondences"`
	}
	err = h.post(ctx, request, &answer, "correspondence")
	if refused, ok := errors.AsType[*RefusedError](err); ok && refused.Status == http.StatusConflict && refused.Code == duplicateKey {
		return request.Correspondence.SendersReference, nil
	}
	if err != nil {
		return "", fmt.Errorf("send a message through Altinn: %w", err)
	}
	if len(answer.Correspondences) != 1 {
		return "", fmt.Errorf("send a message through Altinn: it made %d messages of one", len(answer.Correspondences))
	}
	return answer.Correspondences[0].ID.String(), nil
}

func (h *HTTP) upload(ctx context.Context, p letter.Parcel) (uuid.UUID, error) {
	sum := md5.Sum(p.PDF) //nolint:gosec // as above
	var id uuid.UUID
	err := h.post(ctx, Attachment{
		ResourceID: h.options.ResourceID, FileName: p.Letter.ID.String() + ".pdf", DisplayName: p.Letter.Subject,
		SendersReference: p.Key.String(), Checksum: hex.EncodeToString(sum[:]),
	}, &id, "attachment")
	if err != nil {
		return uuid.Nil, err
	}
	return id, h.send(ctx, p.PDF, "application/octet-stream", nil, "attachment", id.String(), "upload")
}

func (h *HTTP) post(ctx context.Context, body, answer any, path ...string) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode a request: %w", err)
	}
	return h.send(ctx, encoded, "application/json", answer, path...)
}

// mostAnswer is more than any answer comes to, in bytes.
const mostAnswer = 1 << 20

func (h *HTTP) send(ctx context.Context, body []byte, mediaType string, answer any, path ...string) error {
	ctx, cancel := context.WithTimeout(ctx, h.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.base.JoinPath(path...).String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	token, err := os.ReadFile(h.options.TokenFile)
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", mediaType)
	request.Header.Set("Accept", "application/json")
	response, err := h.options.Client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return refusal(response.StatusCode, got)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(got, answer); err != nil {
		return fmt.Errorf("read Altinn's answer: %w", err)
	}
	return nil
}

// refusal reads Altinn's problem details.
func refusal(status int, body []byte) error {
	var problem struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Code   int    `json:"errorCode"`
	}
	if json.Unmarshal(body, &problem) != nil {
		return &RefusedError{Status: status}
	}
	return &RefusedError{Status: status, Code: problem.Code, Detail: cmp.Or(problem.Detail, problem.Title)}
}
