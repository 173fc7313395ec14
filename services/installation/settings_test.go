package installation_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation"
	"saakorn/services/installation/installationtest"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// production returns settings that a production installation starts with.
func production(t *testing.T, databaseURL string) installation.Settings {
	t.Helper()
	s := installationtest.Settings(t, databaseURL)
	// A development installation makes the key that is missing.
	s.TokenKeyFile = filepath.Join(t.TempDir(), "key.pem")
	made, err := installation.Open(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	made.Close()
	s.Environment, s.Registry, s.Rehearsal, s.Altinn = installation.Production, installation.HTTP, false, installation.MailboxesOff
	return s
}

func TestWhatAProductionInstallationRefusesToStartWith(t *testing.T) {
	url := installationtest.Database(t)
	nonsense := filepath.Join(t.TempDir(), "nonsense.pem")
	if err := os.WriteFile(nonsense, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*installation.Settings)
		want   string
	}{
		{"a clock that moves", func(s *installation.Settings) { s.Rehearsal = true }, "SAAKORN_REHEARSAL"},
		{"recorded registries", func(s *installation.Settings) { s.Registry = installation.Recorded }, "SAAKORN_REGISTRY"},
		{"letters that stay in a folder", func(s *installation.Settings) { s.Altinn = installation.MailboxesRecorded }, "SAAKORN_ALTINN"},
		{"Altinn without a token", func(s *installation.Settings) { s.Altinn = installation.MailboxesHTTP }, "SAAKORN_ALTINN_TOKEN_FILE"},
		{"a way to mailboxes that is none", func(s *installation.Settings) { s.Altinn = "post" }, "write off, recorded or http"},
		{"a key for birth dates that anybody could guess", func(s *installation.Settings) { s.BirthDateKeyFile = nonsense }, "at least 32"},
		{"no key", func(s *installation.Settings) { s.TokenKeyFile = "" }, "SAAKORN_TOKEN_KEY_FILE"},
		{"a key that is missing", func(s *installation.Settings) { s.TokenKeyFile += ".missing" }, "read the token key"},
		{"a key that is none", func(s *installation.Settings) { s.TokenKeyFile = nonsense }, "no PEM file"},
		{"an environment that is none", func(s *installation.Settings) { s.Environment = "test" }, "write production or development"},
		{"no environment", func(s *installation.Settings) { s.Environment = "" }, "write production or development"},
		{"a registry that is none", func(s *installation.Settings) { s.Registry = "guess" }, "write recorded or http"},
		{"no database", func(s *installation.Settings) { s.DatabaseURL = "postgres://127.0.0.1:1/nothing" }, "reach the database"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := production(t, url)
			tt.change(&s)
			i, err := installation.Open(t.Context(), s, slog.New(slog.DiscardHandler))
			if err == nil {
				i.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestAProductionInstallationSignsInNobodyAndMovesNoClock(t *testing.T) {
	i, err := installation.Open(t.Context(), production(t, installationtest.Database(t)), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	if err := i.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	serving, err := i.Serve(t.Context(), installation.Addresses{GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := serving.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	connection, err := grpc.NewClient(serving.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, issue := saakornv1.NewDevelopmentServiceClient(connection).IssueDevelopmentToken(t.Context(), &saakornv1.IssueDevelopmentTokenRequest{UserId: "manager-1"})
	_, list := saakornv1.NewDevelopmentServiceClient(connection).ListDevelopmentUsers(t.Context(), &saakornv1.ListDevelopmentUsersRequest{})
	_, move := saakornv1.NewRehearsalServiceClient(connection).MoveClock(t.Context(), &saakornv1.MoveClockRequest{})
	for _, err := range []error{issue, list, move} {
		if got := installationtest.Refused(t, err).Code; got != codes.Unimplemented {
			t.Errorf("got %v", err)
		}
	}
	if _, err := saakornv1.NewSchemeServiceClient(connection).ListSchemes(t.Context(), &saakornv1.ListSchemesRequest{}); err != nil {
		t.Errorf("what everybody may read: %v", err)
	}
}

func TestTheKeyOfADevelopmentInstallationIsKept(t *testing.T) {
	s := installationtest.Settings(t, installationtest.Database(t))
	s.TokenKeyFile = filepath.Join(t.TempDir(), "key.pem")
	var keys [2][]byte
	for n := range keys {
		i, err := installation.Open(t.Context(), s, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		i.Close()
		if keys[n], err = os.ReadFile(s.TokenKeyFile); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(keys[0], keys[1]) {
		t.Error("the second start has made another key")
	}
	if info, err := os.Stat(s.TokenKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info.Mode(), err)
	}
}
