package stack_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	"saakorn/deploy/data"
	"saakorn/deploy/embedded"
	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/deploy/embedded/stack"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/clock"
)

// config returns that of a stack on free ports, in a folder that is gone with the test.
func config(t *testing.T) stack.Config {
	t.Helper()
	folder, err := embeddedtest.Folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return stack.Config{
		Folder: folder, Report: data.Report(), Log: discard(),
		Addresses: installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"},
	}
}

func start(t *testing.T, c stack.Config) *stack.Stack {
	t.Helper()
	s, err := stack.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// awaitLetter waits until the newest letter about the application is of the kind.
func awaitLetter(t *testing.T, r *caseworktest.Round, applicationID, kind string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		letters := r.Letters(t, applicationID)
		if len(letters) > 0 && letters[0] == kind {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no letter %s in time: there are %v", kind, letters)
		case <-ticker.C:
		}
	}
}

func TestSecondStartGoesOnWithTheSameData(t *testing.T) {
	c := config(t)
	first := start(t, c)
	now := clock.System{}.Now()
	api := installationtest.Connect(t, first.Serving.GRPC)
	r := &caseworktest.Round{API: api, Call: api.AnnounceCall(t, "SE-2027", 2027, now.Add(-time.Hour), now.Add(21*24*time.Hour))}
	id := r.Apply(t, 1).GetId()
	awaitLetter(t, r, id, "RECEIPT")
	token := api.Token(t.Context(), installationtest.Manager)
	expectSecondStartIsRefused(t, c)
	stop(t, first)
	expectNothingLeft(t, c, first)

	second := start(t, c)
	t.Cleanup(func() { stop(t, second) })
	r.API = installationtest.Connect(t, second.Serving.GRPC)
	if number := r.Case(t, id).GetCase().GetNumber(); number == "" {
		t.Error("the case has lost its number")
	}
	expectSignedIn(t, r.API, token)
	// The workflow of the first start hears of it.
	if err := r.Withdraw(t.Context(), 1, id); err != nil {
		t.Fatal(err)
	}
	awaitLetter(t, r, id, "WITHDRAWAL_CONFIRMED")
	if letters := r.Letters(t, id); !slices.Equal(letters, []string{"WITHDRAWAL_CONFIRMED", "RECEIPT"}) {
		t.Errorf("the letters are %v", letters)
	}
	enterprises, err := r.API.Enterprises.ListEnterprises(r.API.As(t.Context(), installationtest.CaseOfficer), &saakornv1.ListEnterprisesRequest{PageSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(enterprises.GetEnterprises()); n != 53 {
		t.Errorf("there are %d enterprises, want the 52 of the report and the applicant, once each", n)
	}
}

// expectSignedIn demands that a token of an earlier start is still good.
func expectSignedIn(t *testing.T, api *installationtest.API, token string) {
	t.Helper()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
	if _, err := api.Cases.ListCases(ctx, &saakornv1.ListCasesRequest{}); err != nil {
		t.Errorf("with a token from before: %v", err)
	}
}

// expectSecondStartIsRefused starts a second stack on the folder of one that runs.
func expectSecondStartIsRefused(t *testing.T, c stack.Config) {
	t.Helper()
	_, err := stack.Start(t.Context(), c)
	refusal, ok := errors.AsType[*embedded.StartError](err)
	if !ok || refusal.Reason != embedded.FolderInUse {
		t.Fatalf("a second start on the same folder: %v", err)
	}
	if err.Error() != refusal.Sentence || strings.Contains(err.Error(), "\n") || strings.Count(refusal.Sentence, ". ") > 0 {
		t.Errorf("the refusal is no one sentence: %q", err)
	}
}

// expectNothingLeft demands that a stack that was stopped listens nowhere and holds no lock.
func expectNothingLeft(t *testing.T, c stack.Config, s *stack.Stack) {
	t.Helper()
	server := s.Postgres.Server()
	var dialer net.Dialer
	for _, address := range []string{s.Serving.GRPC, s.Serving.HTTP, s.Temporal.Address(), net.JoinHostPort(server.Host, strconv.Itoa(server.Port))} {
		if connection, err := dialer.DialContext(t.Context(), "tcp", address); err == nil {
			connection.Close()
			t.Errorf("somebody still listens on %s", address)
		}
	}
	if _, err := os.Stat(filepath.Join(c.Folder, "postgres", "cluster", "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("PostgreSQL has left its lock: %v", err)
	}
}

func TestTakenPortIsNamedAndNothingStaysBehind(t *testing.T) {
	var listening net.ListenConfig
	taken, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := config(t)
	c.Throwaway = true
	c.Addresses.GRPC = taken.Addr().String()
	s, err := stack.Start(t.Context(), c)
	if err == nil {
		stop(t, s)
		t.Fatal("two programs listen on one port")
	}
	for _, want := range []string{taken.Addr().String(), "--grpc"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the refusal does not say %q: %v", want, err)
		}
	}
	if _, err := os.Stat(filepath.Join(c.Folder, "postgres", "cluster", "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("PostgreSQL goes on: %v", err)
	}
}

func TestPagesAndJSONAreAtOneAddress(t *testing.T) {
	s := start(t, config(t))
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/v1/schemes": "application/json", "/openapi.json": "application/json", "/healthz": "text/plain; charset=utf-8",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Serving.HTTP+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: %s, %s", path, answer.Status, got)
		}
	}
}
