package system_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/clock"
)

// development are the settings of a development installation whose processes share files and mail.
func development(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	return map[string]string{
		"SAAKORN_ENVIRONMENT":        "development",
		"SAAKORN_REGISTRY":           "recorded",
		"SAAKORN_DATABASE_URL":       embeddedtest.Postgres(t),
		"SAAKORN_TEMPORAL_ADDRESS":   embeddedtest.Temporal(t),
		"SAAKORN_TEMPORAL_NAMESPACE": embeddedtest.Namespace(t),
		"SAAKORN_FILES":              "file://" + filepath.Join(folder, "files") + "?create_dir=true&no_tmp_dir=true",
		"SAAKORN_MAIL":               filepath.Join(folder, "mail"),
		"SAAKORN_TOKEN_KEY_FILE":     filepath.Join(folder, "token_key.pem"),
	}
}

// with returns the settings with some of them changed.
func with(settings map[string]string, changes ...string) map[string]string {
	changed := maps.Clone(settings)
	for i := 0; i < len(changes); i += 2 {
		changed[changes[i]] = changes[i+1]
	}
	return changed
}

// openRound announces a call that is open on the wall clock, on which separate processes run.
func openRound(t *testing.T, api *installationtest.API) *caseworktest.Round {
	t.Helper()
	now := clock.System{}.Now()
	return &caseworktest.Round{API: api, Call: api.AnnounceCall(t, "SE-2027", 2027, now.Add(-time.Hour), now.Add(21*24*time.Hour))}
}

func awaitLetter(t *testing.T, r *caseworktest.Round, applicationID, newest string) {
	t.Helper()
	eventually(t, "the letter "+newest+" is sent", func(context.Context) (bool, error) {
		letters := r.Letters(t, applicationID)
		return len(letters) > 0 && letters[0] == newest, nil
	})
}

func TestSeparateProcessesTakeAnApplicationToItsReceipt(t *testing.T) {
	settings := development(t)
	for range 2 { // the second time there is nothing left to do
		succeed(t, settings, "migrate")
	}
	const anyPort = "127.0.0.1:0"
	api := serve(t, settings, "api", "--grpc", anyPort, "--http", anyPort)
	worker := serve(t, settings, "worker", "--grpc", anyPort)
	address, health := api.said("serving", "grpc"), worker.said("working", "health")
	succeed(t, settings, "health", "--grpc", address)
	succeed(t, settings, "health", "--grpc", health)

	r := openRound(t, installationtest.Connect(t, address))
	id := r.Apply(t, 1).GetId()
	awaitLetter(t, r, id, "RECEIPT")
	sent, err := filepath.Glob(filepath.Join(settings["SAAKORN_MAIL"], "*.eml"))
	if err != nil || len(sent) != 1 {
		t.Errorf("%d letters were mailed (%v)", len(sent), err)
	}
	if output := succeed(t, settings, "reconcile"); !strings.Contains(output, "2 open procedures: 0 had no workflow") {
		t.Errorf("reconcile says %s", output)
	}
	if output := succeed(t, settings, "export", filepath.Join(t.TempDir(), "export")); !strings.Contains(output, "case_file") {
		t.Errorf("export says %s", output)
	}

	worker.stop()
	api.stop()
	for _, gone := range []string{address, health} {
		if output, status := run(t, settings, "health", "--grpc", gone, "--timeout", "500ms"); status == 0 {
			t.Errorf("a server that has stopped is healthy: %s", output)
		}
	}
}

// production are settings that a production installation accepts.
func production(t *testing.T) map[string]string {
	t.Helper()
	settings := with(development(t), "SAAKORN_ENVIRONMENT", "production", "SAAKORN_REGISTRY", "http")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
	if err := os.WriteFile(settings["SAAKORN_TOKEN_KEY_FILE"], text, 0o600); err != nil {
		t.Fatal(err)
	}
	return settings
}

func TestProductionRefusesWhatBelongsToDevelopment(t *testing.T) {
	settings := production(t)
	for name, test := range map[string]struct {
		changes []string
		want    string
	}{
		"a clock that can be moved": {[]string{"SAAKORN_REHEARSAL", "true"}, "a production installation cannot rehearse"},
		"recorded registries":       {[]string{"SAAKORN_REGISTRY", "recorded"}, "asks the real registries"},
		"no key":                    {[]string{"SAAKORN_TOKEN_KEY_FILE", ""}, "SAAKORN_TOKEN_KEY_FILE"},
		"a key that is not there":   {[]string{"SAAKORN_TOKEN_KEY_FILE", "/nowhere/key.pem"}, "/nowhere/key.pem"},
		"an unknown environment":    {[]string{"SAAKORN_ENVIRONMENT", "staging"}, "production"},
	} {
		for _, program := range []string{"api", "worker", "migrate"} {
			t.Run(name+" in "+program, func(t *testing.T) {
				output, status := run(t, with(settings, test.changes...), program)
				if status == 0 || !strings.Contains(output, test.want) {
					t.Errorf("status %d: %s", status, output)
				}
			})
		}
	}
}

func TestPagesOfProductionRefuseToStartWithoutIssuers(t *testing.T) {
	settings := with(production(t), "SAAKORN_WEB_URL", "https://saakorn.example")
	output, status := run(t, settings, "web")
	if status == 0 || !strings.Contains(output, "SAAKORN_ISSUERS_FILE") {
		t.Errorf("status %d: %s", status, output)
	}
}

func TestProductionHasNoDoorsOfDevelopment(t *testing.T) {
	settings := production(t)
	succeed(t, settings, "migrate")
	const anyPort = "127.0.0.1:0"
	api := serve(t, settings, "api", "--grpc", anyPort, "--http", anyPort)
	client := installationtest.Connect(t, api.said("serving", "grpc"))
	_, signIn := client.Development.IssueDevelopmentToken(t.Context(), &saakornv1.IssueDevelopmentTokenRequest{UserId: installationtest.Administrator})
	_, move := client.Rehearsal.MoveClock(t.Context(), &saakornv1.MoveClockRequest{To: timestamppb.New(clock.System{}.Now())})
	for what, err := range map[string]error{"signing in": signIn, "moving the clock": move} {
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestWorkerWaitsForAnEngineThatIsAway(t *testing.T) {
	settings := with(development(t), "SAAKORN_TEMPORAL_ADDRESS", "127.0.0.1:1")
	succeed(t, settings, "migrate")
	worker := serve(t, settings, "worker", "--grpc", "127.0.0.1:0")
	succeed(t, settings, "health", "--grpc", worker.said("working", "health"))
	worker.said("the engine does not answer yet", "error")
	worker.stop()
}

func TestWorkerThatCannotWorkEndsAndSaysWhy(t *testing.T) {
	settings := with(development(t), "SAAKORN_TEMPORAL_NAMESPACE", "nobody-made-this")
	succeed(t, settings, "migrate")
	output, status := run(t, settings, "worker", "--grpc", "127.0.0.1:0")
	if status == 0 || !strings.Contains(output, "nobody-made-this") {
		t.Errorf("status %d: %s", status, output)
	}
}
