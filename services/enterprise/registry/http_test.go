package registry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"saakorn/services/enterprise/registry"
)

const whole = `{"organisasjonsnummer":"310000019","navn":"PRØVE AS","organisasjonsform":{"kode":"AS"}}`

// scripted answers each request with the next handler, and the last one again and again.
func scripted(t *testing.T, handlers ...http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(requests.Add(1))
		handlers[min(n, len(handlers))-1](w, r)
	}))
	t.Cleanup(server.Close)
	return server, &requests
}

func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// tooLate holds the answer back until the client has given up.
func tooLate(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// breakOff promises a longer answer than it gives.
func breakOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, whole)
}

func comeBack(seconds string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", seconds)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

func TestQuestionsAreAskedAgainOnlyWhereThatMayHelp(t *testing.T) {
	ok := respond(http.StatusOK, whole)
	tests := []struct {
		name     string
		handlers []http.HandlerFunc
		requests int32
		want     error
	}{
		{"server errors pass", []http.HandlerFunc{respond(500, ""), respond(503, "borte"), ok}, 3, nil},
		{"a time-out passes", []http.HandlerFunc{tooLate, ok}, 2, nil},
		{"a broken answer passes", []http.HandlerFunc{breakOff, ok}, 2, nil},
		{"too many requests pass", []http.HandlerFunc{comeBack("nu"), ok}, 2, nil},
		{"attempts come to an end", []http.HandlerFunc{respond(502, "")}, 4, registry.ErrUnavailable},
		{"time-outs come to an end", []http.HandlerFunc{tooLate}, 4, registry.ErrUnavailable},
		{"broken answers come to an end", []http.HandlerFunc{breakOff}, 4, registry.ErrUnavailable},
		{"a long wait is not waited out", []http.HandlerFunc{comeBack("3600"), ok}, 1, registry.ErrUnavailable},
		{"a bad question is asked once", []http.HandlerFunc{respond(400, ""), ok}, 1, registry.ErrRefused},
		{"a forbidden question is asked once", []http.HandlerFunc{respond(403, ""), ok}, 1, registry.ErrRefused},
		{"never existed is final", []http.HandlerFunc{respond(404, ""), ok}, 1, registry.ErrNeverExisted},
		{"nonsense is final", []http.HandlerFunc{respond(200, "{"), ok}, 1, registry.ErrMalformed},
		{"an endless answer is final", []http.HandlerFunc{respond(200, strings.Repeat(" ", 5000)), ok}, 1, registry.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, requests := scripted(t, test.handlers...)
			client := overHTTP(t, server, registry.HTTPOptions{AttemptTimeout: 200 * time.Millisecond, MaxAnswer: 4096})
			facts, err := client.Facts(t.Context(), "310000019")
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if (err == nil) != (facts.Name == "PRØVE AS") {
				t.Errorf("facts %+v with error %v", facts, err)
			}
			if got := requests.Load(); got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
		})
	}
}

func TestARegisterMaySayWhenToComeBack(t *testing.T) {
	server, requests := scripted(t, comeBack("1"), respond(http.StatusOK, whole))
	client := overHTTP(t, server, registry.HTTPOptions{})
	start := time.Now()
	if _, err := client.Facts(t.Context(), "310000019"); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(start); waited < time.Second || requests.Load() != 2 {
		t.Errorf("%d requests within %s; the register asked for a second between them", requests.Load(), waited)
	}
}

func TestACallersDeadlineEndsTheAttempts(t *testing.T) {
	server, _ := scripted(t, tooLate)
	client := overHTTP(t, server, registry.HTTPOptions{AttemptTimeout: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := client.Facts(ctx, "310000019")
	if !errors.Is(err, registry.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want unavailable because of the deadline", err)
	}
}

func TestARemovedEnterpriseMayComeWithoutWords(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		deleted string
	}{
		"gone without a body":      {respond(http.StatusGone, ""), ""},
		"gone with a page":         {respond(http.StatusGone, "<html>"), ""},
		"gone with its last facts": {respond(http.StatusGone, `{"organisasjonsnummer":"310000019","slettedato":"2017-10-20"}`), "2017-10-20"},
		"found with a date":        {respond(http.StatusOK, `{"organisasjonsnummer":"310000019","navn":"SLETTET AS","slettedato":"2017-10-20"}`), "2017-10-20"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, _ := scripted(t, test.handler)
			_, err := overHTTP(t, server, registry.HTTPOptions{}).Facts(t.Context(), "310000019")
			removed, ok := errors.AsType[*registry.RemovedError](err)
			if !ok || removed.Deleted.String() != test.deleted {
				t.Errorf("error %v, want removed on %q", err, test.deleted)
			}
		})
	}
}

func TestRequestsSayWhoAsksAndForWhat(t *testing.T) {
	var header http.Header
	server, _ := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		_, _ = io.WriteString(w, whole)
	})
	client := overHTTP(t, server, registry.HTTPOptions{UserAgent: "saakorn-prøve/1"})
	if _, err := client.Facts(t.Context(), "310000019"); err != nil {
		t.Fatal(err)
	}
	if header.Get("User-Agent") != "saakorn-prøve/1" || header.Get("Accept") != "application/json" {
		t.Errorf("headers %v", header)
	}
}

func TestABaseMustBeAWebAddress(t *testing.T) {
	for _, options := range []registry.HTTPOptions{
		{},
		{Now: noon, EntitiesURL: "data.brreg.no"},
		{Now: noon, EntitiesURL: "file:///etc"},
		{Now: noon, VoluntaryURL: "https://"},
		{Now: noon, VoluntaryURL: "http://[::1"},
	} {
		if _, err := registry.NewHTTP(options); err == nil {
			t.Errorf("NewHTTP(%+v) gave no error", options)
		}
	}
}
