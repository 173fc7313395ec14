// Package installationtest gives tests a whole installation: every service behind a real gRPC server
// and its JSON API, on a real PostgreSQL, with the recorded registries and a clock that can be moved.
// There is no engine: messages to it stay in the outbox. A package that uses it has
//
//	func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }
package installationtest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation"
	"saakorn/services/platform/rpc"
)

// Options change what New starts; the zero value is what most tests want.
type Options struct {
	// DatabaseURL is a database to use in place of a fresh one. It is brought to the newest shape.
	DatabaseURL string
	// From is where the clock begins; the zero time means [Morning].
	From time.Time
}

// Morning is where the clock of a test begins: an ordinary day on which the scheme of 2019 is valid.
func Morning() time.Time { return time.Date(2019, time.January, 7, 8, 0, 0, 0, time.UTC) }

// API is a running installation, and a client of each of its services.
type API struct {
	Installation *installation.Installation
	DatabaseURL  string
	// Address is where the gRPC server listens; HTTP is the address of the JSON API, as http://host:port.
	Address, HTTP string
	// Connection is what the clients call through.
	Connection *grpc.ClientConn

	Schemes      saakornv1.SchemeServiceClient
	Calls        saakornv1.CallServiceClient
	Enterprises  saakornv1.EnterpriseServiceClient
	Applications saakornv1.ApplicationServiceClient
	Cases        saakornv1.CaseServiceClient
	Impartiality saakornv1.ImpartialityServiceClient
	Payments     saakornv1.PaymentServiceClient
	Accounts     saakornv1.PayeeAccountServiceClient
	Banks        saakornv1.BankServiceClient
	Ledger       saakornv1.LedgerServiceClient
	Recoveries   saakornv1.RecoveryServiceClient
	Development  saakornv1.DevelopmentServiceClient
	Rehearsal    saakornv1.RehearsalServiceClient

	folder string // of files
	mail   string // folder of outgoing mail
	t      testing.TB
	mu     sync.Mutex
	tokens map[string]string
	// entered holds who has been let into which case.
	entered map[visit]bool
}

// visit is somebody's way into a case.
type visit struct{ person, caseID string }

// New starts an installation that ends with the test.
func New(t testing.TB) *API {
	t.Helper()
	return Start(t, Options{})
}

// Start is New with options.
func Start(t testing.TB, o Options) *API {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	s := Settings(t, database(t, o, log))
	if !o.From.IsZero() {
		s.RehearsalFrom = o.From
	}
	i, err := installation.Open(t.Context(), s, log)
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
	t.Cleanup(func() { stop(t, serving) })
	a := &API{
		Installation: i, DatabaseURL: s.DatabaseURL, Address: serving.GRPC, HTTP: "http://" + serving.HTTP,
		mail: s.Mail, folder: strings.TrimPrefix(strings.Split(s.Files, "?")[0], "file://"), t: t, tokens: map[string]string{}, entered: map[visit]bool{},
	}
	a.connect()
	return a
}

// Settings returns those of a development installation whose files and mail are gone with the test,
// for a test that opens it itself.
func Settings(t testing.TB, databaseURL string) installation.Settings {
	folder := t.TempDir()
	files := url.URL{
		Scheme: "file", Path: filepath.Join(folder, "files"), RawQuery: "create_dir=true&no_tmp_dir=true",
	}
	return installation.Settings{
		Environment: installation.Development, Registry: installation.Recorded, DatabaseURL: databaseURL,
		Files: files.String(), Mail: filepath.Join(folder, "mail"),
		Altinn: installation.MailboxesRecorded, AltinnFolder: filepath.Join(folder, "altinn"), Rehearsal: true, RehearsalFrom: Morning(),
		Bank: installation.DevelopmentBank(filepath.Join(folder, "bank")),
	}
}

// MailFolder returns the folder that outgoing mail is written to.
func (a *API) MailFolder() string { return a.mail }

// Database returns the connection string of a fresh database that has been prepared for an
// installation, and is dropped with the test.
func Database(t testing.TB) string {
	t.Helper()
	s := Settings(t, "")
	return embeddedtest.Template(t, "installation", func(ctx context.Context, url string) error {
		s.DatabaseURL = url
		return prepare(ctx, s, slog.New(slog.DiscardHandler))
	})
}

func database(t testing.TB, o Options, log *slog.Logger) string {
	t.Helper()
	if o.DatabaseURL == "" {
		return Database(t)
	}
	if err := prepare(t.Context(), Settings(t, o.DatabaseURL), log); err != nil {
		t.Fatal(err)
	}
	return o.DatabaseURL
}

func prepare(ctx context.Context, s installation.Settings, log *slog.Logger) error {
	i, err := installation.Open(ctx, s, log)
	if err != nil {
		return err
	}
	defer i.Close()
	return i.Prepare(ctx)
}

func (a *API) connect() {
	a.t.Helper()
	connection, err := grpc.NewClient(a.Address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		// More than the server takes, so that it is the server that refuses.
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(2*rpc.MaxMessageBytes), grpc.MaxCallSendMsgSize(4*rpc.MaxMessageBytes)))
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { connection.Close() })
	a.Connection = connection
	a.Schemes = saakornv1.NewSchemeServiceClient(connection)
	a.Calls = saakornv1.NewCallServiceClient(connection)
	a.Enterprises = saakornv1.NewEnterpriseServiceClient(connection)
	a.Applications = saakornv1.NewApplicationServiceClient(connection)
	a.Cases = saakornv1.NewCaseServiceClient(connection)
	a.Impartiality = saakornv1.NewImpartialityServiceClient(connection)
	a.Payments = saakornv1.NewPaymentServiceClient(connection)
	a.Accounts = saakornv1.NewPayeeAccountServiceClient(connection)
	a.Banks = saakornv1.NewBankServiceClient(connection)
	a.Ledger = saakornv1.NewLedgerServiceClient(connection)
	a.Recoveries = saakornv1.NewRecoveryServiceClient(connection)
	a.Development = saakornv1.NewDevelopmentServiceClient(connection)
	a.Rehearsal = saakornv1.NewRehearsalServiceClient(connection)
}

func stop(t testing.TB, s *installation.Serving) {
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

// As returns a context in which the fictional person calls; package development says who there are.
func (a *API) As(ctx context.Context, userID string) context.Context {
	a.t.Helper()
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+a.Token(ctx, userID))
}

// Token returns a token of the fictional person.
func (a *API) Token(ctx context.Context, userID string) string {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if token, ok := a.tokens[userID]; ok {
		return token
	}
	answer, err := a.Development.IssueDevelopmentToken(ctx, &saakornv1.IssueDevelopmentTokenRequest{UserId: userID})
	if err != nil {
		a.t.Errorf("sign in as %s: %v", userID, err)
		return ""
	}
	a.tokens[userID] = answer.GetToken()
	return answer.GetToken()
}

// Enter lets the fictional person into the case: they declare to be impartial in it, unless they have
// declared already. Who cannot be let in is told so by the call that follows.
func (a *API) Enter(ctx context.Context, userID, caseID string) error {
	a.mu.Lock()
	entered := a.entered[visit{userID, caseID}]
	a.mu.Unlock()
	if entered {
		return nil
	}
	ctx = a.As(ctx, userID)
	_, err := a.Cases.GetCase(ctx, &saakornv1.GetCaseRequest{CaseId: caseID})
	if err != nil && Refused(a.t, err).Reason != "NOT_DECLARED" {
		return nil
	}
	if err != nil {
		_, err = a.Impartiality.DeclareImpartiality(ctx, &saakornv1.DeclareImpartialityRequest{
			RequestId: uuid.NewString(), CaseId: caseID, Impartial: true,
		})
	}
	if err != nil {
		return fmt.Errorf("let %s into the case %s: %w", userID, caseID, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entered[visit{userID, caseID}] = true
	return nil
}
