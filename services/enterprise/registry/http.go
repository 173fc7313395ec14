package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// HTTPOptions say how to reach the registers. Every field but Now may be left at zero for its
// default.
type HTTPOptions struct {
	// EntitiesURL is the base of the Register of Legal Entities; by default
	// https://data.brreg.no/enhetsregisteret/api.
	EntitiesURL string
	// VoluntaryURL is the base of the voluntary registry; by default
	// https://data.brreg.no/frivillighetsregisteret/api.
	VoluntaryURL string
	// AccountsURL is the base of the register of company accounts; by default
	// https://data.brreg.no/regnskapsregisteret.
	AccountsURL string
	// UserAgent tells the registers who asks; by default "saakorn".
	UserAgent string
	// Client sends the requests; by default http.DefaultClient.
	Client *http.Client
	// AttemptTimeout is how long one attempt may take, the answer's body included; by default 3 s.
	AttemptTimeout time.Duration
	// Attempts is how often a question is asked when the register fails, the first time included; by
	// default 4.
	Attempts uint
	// FirstDelay is the wait before the second attempt, by default 200 ms. Each later wait is about
	// half as long again, and all vary at random by half, so that callers do not come back together.
	FirstDelay time.Duration
	// MaxDelay is the longest wait before it varies, by default 5 s. A register that asks for a
	// longer one in Retry-After counts as unavailable at once.
	MaxDelay time.Duration
	// MaxAnswer is how many bytes an answer may have, by default 1 MiB; the largest real ones have
	// about 20 kB.
	MaxAnswer int64
	// Now is the clock for the AsOf of answers.
	Now func() time.Time
}

// NewHTTP returns a client of the registers over HTTP. Errors of the server, time-outs and broken
// connections are tried again; what the register answers as wrong is not.
func NewHTTP(options HTTPOptions) (*Client, error) {
	options.EntitiesURL = cmp.Or(options.EntitiesURL, "https://data.brreg.no/enhetsregisteret/api")
	options.VoluntaryURL = cmp.Or(options.VoluntaryURL, "https://data.brreg.no/frivillighetsregisteret/api")
	options.AccountsURL = cmp.Or(options.AccountsURL, "https://data.brreg.no/regnskapsregisteret")
	options.UserAgent = cmp.Or(options.UserAgent, "saakorn")
	options.Client = cmp.Or(options.Client, http.DefaultClient)
	options.AttemptTimeout = cmp.Or(options.AttemptTimeout, 3*time.Second)
	options.Attempts = cmp.Or(options.Attempts, 4)
	options.FirstDelay = cmp.Or(options.FirstDelay, 200*time.Millisecond)
	options.MaxDelay = cmp.Or(options.MaxDelay, 5*time.Second)
	options.MaxAnswer = cmp.Or(options.MaxAnswer, 1<<20)
	if options.Now == nil {
		return nil, errors.New("registry over HTTP: it needs a clock")
	}
	entitiesURL, err := baseURL(options.EntitiesURL)
	if err != nil {
		return nil, err
	}
	voluntaryURL, err := baseURL(options.VoluntaryURL)
	if err != nil {
		return nil, err
	}
	accountsURL, err := baseURL(options.AccountsURL)
	if err != nil {
		return nil, err
	}
	source := &httpSource{HTTPOptions: options, entitiesURL: entitiesURL, voluntaryURL: voluntaryURL, accountsURL: accountsURL}
	return &Client{source: source, now: options.Now}, nil
}

func baseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("registry over HTTP: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("registry over HTTP: %q is not a web address", text)
	}
	return base, nil
}

type httpSource struct {
	HTTPOptions
	entitiesURL, voluntaryURL, accountsURL *url.URL
}

func (s *httpSource) fetch(ctx context.Context, from register, number string) (answer, error) {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval, delays.MaxInterval = s.FirstDelay, s.MaxDelay
	address := s.address(from, number)
	got, err := backoff.Retry(ctx, func() (answer, error) { return s.attempt(ctx, address) },
		backoff.WithBackOff(delays), backoff.WithMaxTries(s.Attempts), backoff.WithMaxElapsedTime(0))
	switch {
	case err == nil:
		return got, nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return answer{}, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case ctx.Err() != nil:
		return answer{}, ctx.Err()
	default:
		return answer{}, err
	}
}

func (s *httpSource) address(from register, number string) string {
	switch from {
	case roles:
		return s.entitiesURL.JoinPath("enheter", number, "roller").String()
	case voluntary:
		return s.voluntaryURL.JoinPath("frivillige-organisasjoner", number).String()
	case accounts:
		return s.accountsURL.JoinPath("regnskap", number).String()
	default:
		return s.entitiesURL.JoinPath("enheter", number).String()
	}
}

// attempt asks once. An error that asking again cannot mend is marked permanent.
func (s *httpSource) attempt(ctx context.Context, address string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.AttemptTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, backoff.Permanent(fmt.Errorf("%w: %w", ErrRefused, err))
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", s.UserAgent)
	response, err := s.Client.Do(request)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer response.Body.Close()
	if failedForNow(response.StatusCode) {
		return answer{}, s.comeBackLater(response)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, s.MaxAnswer+1))
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if int64(len(body)) > s.MaxAnswer {
		return answer{}, backoff.Permanent(fmt.Errorf("%w: it has more than %d bytes", ErrMalformed, s.MaxAnswer))
	}
	return answer{status: response.StatusCode, body: body}, nil
}

func failedForNow(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// comeBackLater makes the error for a register that cannot answer now, with the wait it asks for.
func (s *httpSource) comeBackLater(response *http.Response) error {
	err := fmt.Errorf("%w: status %d", ErrUnavailable, response.StatusCode)
	seconds, parseErr := strconv.Atoi(response.Header.Get("Retry-After"))
	if parseErr != nil || seconds <= 0 {
		return err
	}
	if seconds > int(s.MaxDelay/time.Second) {
		return backoff.Permanent(err)
	}
	return fmt.Errorf("%w, %w", err, backoff.RetryAfter(seconds))
}
