package installation

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/proto/openapi"
	"saakorn/services/application"
	"saakorn/services/casework"
	"saakorn/services/correspondence"
	"saakorn/services/development"
	"saakorn/services/directory"
	"saakorn/services/enterprise"
	"saakorn/services/enterprise/registry"
	"saakorn/services/enterprise/registry/recorded"
	"saakorn/services/followup"
	"saakorn/services/grant"
	"saakorn/services/insight"
	"saakorn/services/journal"
	"saakorn/services/payment"
	"saakorn/services/platform/access"
	"saakorn/services/platform/altinn"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/file"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/letter/document"
	"saakorn/services/platform/mail"
	"saakorn/services/platform/person"
	"saakorn/services/platform/procedure"
	"saakorn/services/platform/rpc"
	"saakorn/services/reporting"
	"saakorn/services/scheme"
	"saakorn/services/session"
)

// Installation is every part, connected to one database.
type Installation struct {
	Pool         *pgxpool.Pool
	Clock        clock.Clock
	Schemes      *scheme.Store
	Enterprises  *enterprise.Store
	Applications *application.Store
	Cases        *casework.Store
	Proceeding   *casework.Proceeding
	Course       *grant.Course
	Reporting    *reporting.Proceeding
	Followup     *followup.Proceeding
	Postman      letter.Postman
	// Money keeps what is paid and claimed back; Payments is what its procedure does.
	Money    *payment.Book
	Payments *payment.Proceeding

	settings Settings
	log      *slog.Logger
	tokens   *access.Tokens
	issuers  *session.Issuers
	files    *file.Store
	outbox   procedure.Outbox
	registry registry.Registers
	archive  letter.Archive
	dates    casework.BirthDates
	mandates enterprise.Mandates
	accounts reporting.AccountsRegister
	moved    *clock.Moved
}

// Open connects the parts. The database must answer; the registries and the engine need not.
func Open(ctx context.Context, s Settings, log *slog.Logger) (*Installation, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	key, err := loadKey(s.TokenKeyFile, s.Environment == Development)
	if err != nil {
		return nil, err
	}
	var trusted []session.Issuer
	if s.IssuersFile != "" {
		if trusted, err = session.LoadIssuers(s.IssuersFile); err != nil {
			return nil, err
		}
	}
	pool, err := database.Open(ctx, s.DatabaseURL)
	if err != nil {
		return nil, err
	}
	i := &Installation{
		Pool: pool, settings: s, log: log, tokens: access.NewTokens(key), issuers: session.NewIssuers(trusted),
	}
	if err := i.connect(ctx); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

func (i *Installation) connect(ctx context.Context) (err error) {
	if i.files, err = file.Open(ctx, i.settings.Files); err != nil {
		return err
	}
	if i.outbox, err = procedure.NewOutbox(i.Pool); err != nil {
		return err
	}
	i.Clock = clock.System{}
	renderer, err := document.New()
	if err != nil {
		return err
	}
	i.archive = letter.Archive{Renderer: renderer, Files: i.files}
	key, err := birthDateKey(i.settings.BirthDateKeyFile, i.settings.Environment == Development)
	if err != nil {
		return err
	}
	i.dates = casework.BirthDates{Key: key}
	if err := i.askRegistries(); err != nil {
		return err
	}
	i.Schemes = scheme.NewStore(i.Pool)
	i.Enterprises = enterprise.NewStore(i.Pool)
	i.Applications = application.NewStore(i.Pool)
	i.Cases = casework.NewStore(i.Pool)
	return nil
}

// Prepare brings the database to the newest shape and fills it with what every installation has:
// the published schemes and, in development, the people one can sign in as. Call it once, before the
// servers.
func (i *Installation) Prepare(ctx context.Context) error {
	if err := database.Migrate(ctx, i.Pool, i.log); err != nil {
		return err
	}
	published, err := scheme.Published()
	if err != nil {
		return err
	}
	now := clock.System{}.Now()
	if err := i.Schemes.Publish(ctx, published, now); err != nil {
		return err
	}
	if i.settings.Environment != Development {
		return nil
	}
	return database.InTransaction(ctx, i.Pool, func(tx pgx.Tx) error {
		if err := person.Save(ctx, tx, development.People(), now); err != nil {
			return err
		}
		for id, date := range development.BirthDates() {
			if err := i.dates.Keep(ctx, tx, id, date, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// Start sets the clock going and connects what depends on it. The database must have been prepared.
func (i *Installation) Start(ctx context.Context) error {
	if err := i.loadRules(ctx); err != nil {
		return err
	}
	if err := i.setClock(ctx); err != nil {
		return err
	}
	i.keepMoney()
	i.Proceeding = &casework.Proceeding{
		Pool: i.Pool, Store: i.Cases, Rounds: i.Schemes, Submissions: i.Applications, Enterprises: i.Enterprises,
		Registries: enterprise.NewRefresher(i.Enterprises, i.registry, i.Clock), Contacts: correspondence.Store{},
		Messages: correspondence.Store{}, Roles: enterprise.NewRoleBook(i.Enterprises, i.registry), BirthDates: i.dates,
		Journal: journal.Book{}, Grants: i.grants(), Clock: i.Clock,
	}
	i.Course = &grant.Course{
		Pool: i.Pool, Rounds: i.Schemes, Enterprises: i.Enterprises, Registries: enterprise.NewRefresher(i.Enterprises, i.registry, i.Clock),
		Submissions: i.Applications, Contacts: correspondence.Store{}, Followers: i.followers(), Journal: journal.Book{}, Clock: i.Clock,
	}
	i.Reporting = &reporting.Proceeding{
		Pool: i.Pool, Schemes: i.Schemes, Awards: grant.Store{}, Applications: i.Applications, Enterprises: i.Enterprises,
		Accounts: i.accounts, Contacts: correspondence.Store{}, Waker: i.outbox, Money: i.Money, Journal: journal.Book{}, Clock: i.Clock,
	}
	i.Followup = &followup.Proceeding{
		Pool: i.Pool, Schemes: i.Schemes, Grants: grant.Store{}, Reports: reporting.Store{}, Applications: i.Applications,
		Enterprises: i.Enterprises, Contacts: correspondence.Store{}, Journal: journal.Book{}, Clock: i.Clock,
	}
	mailbox, err := i.mailbox()
	if err != nil {
		return err
	}
	i.Postman = letter.Postman{
		Pool: i.Pool, Mail: letter.ByMail{Sender: mail.Folder{Path: i.settings.Mail, From: "Såkorn <noreply@saakorn.example>"}},
		Mailbox: mailbox, Archive: i.archive, Journal: journal.Book{}, Clock: i.Clock,
	}
	return nil
}

// setClock takes the clock of a rehearsal, also in a development installation that was made by one: what
// was lived through there lies in a time of its own. A production installation has the wall clock only.
func (i *Installation) setClock(ctx context.Context) error {
	rehearsed := i.settings.Rehearsal
	if i.settings.Environment == Development && !rehearsed {
		var err error
		if rehearsed, err = clock.WasMoved(ctx, i.Pool); err != nil {
			return err
		}
	}
	if !rehearsed {
		return nil
	}
	moved, err := clock.LoadMoved(ctx, i.Pool, i.settings.RehearsalFrom)
	if err != nil {
		return err
	}
	i.moved, i.Clock = moved, moved
	return nil
}

// mailbox returns the way to the enterprises' own mailboxes, nil when there is none.
func (i *Installation) mailbox() (letter.Channel, error) {
	switch i.settings.Altinn {
	case MailboxesRecorded:
		return altinn.Folder{Path: i.settings.AltinnFolder, ResourceID: cmp.Or(i.settings.AltinnResource, altinn.GrantLetters)}, nil
	case MailboxesHTTP:
		return altinn.NewHTTP(altinn.HTTPOptions{
			URL: i.settings.AltinnURL, ResourceID: cmp.Or(i.settings.AltinnResource, altinn.GrantLetters), TokenFile: i.settings.AltinnTokenFile,
		})
	default:
		return nil, nil
	}
}

// keepMoney connects what is paid with what has been granted and what has been reported.
func (i *Installation) keepMoney() {
	i.Money = &payment.Book{
		Pool: i.Pool, Awards: grant.Store{}, Schemes: i.Schemes, Enterprises: i.Enterprises, Gates: reported{schemes: i.Schemes},
		Runways: reported{schemes: i.Schemes}, Waker: i.outbox, Bank: i.settings.Bank.bank(), Clock: i.Clock,
	}
	i.Payments = &payment.Proceeding{
		Book: i.Money, Applications: i.Applications, Contacts: correspondence.Store{}, Journal: journal.Book{},
	}
}

// loadRules reads every published version once. They are needed in transactions, and loading them
// there takes a second connection: enough callers at once would wait for each other's.
func (i *Installation) loadRules(ctx context.Context) error {
	editions, err := i.Schemes.Editions(ctx, i.Pool)
	if err != nil {
		return err
	}
	for _, e := range editions {
		if _, err := i.Schemes.Definition(ctx, e.SchemeID, e.Version); err != nil {
			return err
		}
	}
	return nil
}

func (i *Installation) askRegistries() error {
	if i.settings.Registry == Recorded {
		// The clock may be moved later, and what the registers say follows it.
		files := registry.NewRecorded(recorded.Answers(), func() time.Time { return i.Clock.Now() })
		i.registry, i.accounts = files, files
		i.mandates = registry.NewRecordedMandates(recorded.Answers())
		return nil
	}
	client, err := registry.NewHTTP(registry.HTTPOptions{Now: clock.System{}.Now})
	if err != nil {
		return err
	}
	i.accounts = client
	i.registry = registry.NewCached(client, clock.System{}.Now, registry.CacheOptions{})
	i.mandates = noMandates{}
	return nil
}

// noMandates is what is known of mandates until people sign in through Altinn: nobody may act for an
// enterprise without being let in by somebody who does.
type noMandates struct{}

// MayAct returns false.
func (noMandates) MayAct(context.Context, string, string) (bool, error) { return false, nil }

// AtOnce returns how many procedures the workers of this program handle at a time.
func (i *Installation) AtOnce() int { return i.settings.atOnce() }

// Server returns the gRPC server with every service of the installation.
func (i *Installation) Server() (*rpc.Server, error) {
	runner := command.Runner{Pool: i.Pool, Clock: i.Clock}
	schemes := scheme.NewServer(i.Pool, i.Schemes, i.outbox, i.Clock)
	enterprises := enterprise.NewServer(i.Enterprises, runner, i.registry, i.mandates, i.numbers()...)
	cases := &casework.Server{
		Pool: i.Pool, Store: i.Cases, Schemes: i.Schemes, Applications: i.Applications, Enterprises: i.Enterprises,
		Waker: i.outbox, Journal: journal.Book{}, Grants: i.grants(), Clock: i.Clock,
	}
	grants := &grant.Server{
		Pool: i.Pool, Schemes: i.Schemes, Enterprises: i.Enterprises, Submissions: i.Applications, AddressBook: correspondence.Store{},
		Money: i.Money, Payees: i.Money, Reports: reporting.Store{}, Followers: i.followers(), Roster: cases, Waker: together{i.outbox}, Journal: journal.Book{}, Clock: i.Clock,
	}
	applications := &application.Server{
		Pool: i.Pool, Store: i.Applications, Schemes: i.Schemes, Enterprises: i.Enterprises, Assignments: cases,
		Files: i.files, Waker: i.outbox, Journal: journal.Book{}, Clock: i.Clock,
	}
	entries := &journal.Server{Pool: i.Pool, Cases: cases, Clock: i.Clock, AnswerWithin: i.settings.AccessAnswerWorkdays}
	messages := &correspondence.Server{
		Pool: i.Pool, Applications: i.Applications, Enterprises: i.Enterprises, Cases: cases, Journal: journal.Book{}, Waker: i.outbox, Clock: i.Clock,
	}
	letters := &casework.LetterServer{Server: cases, Proceeding: i.Proceeding, Archive: i.archive, Mailbox: i.Postman.Mailbox != nil}
	sessions := &session.Server{Pool: i.Pool, Issuers: i.issuers, Tokens: i.tokens}
	reports := &reporting.Server{
		Pool: i.Pool, Schemes: i.Schemes, Awards: grant.Store{}, Applications: i.Applications, Enterprises: i.Enterprises,
		Files: i.files, Waker: i.outbox, Money: i.Money, Journal: journal.Book{}, Clock: i.Clock,
	}
	following := &followup.Server{
		Pool: i.Pool, Schemes: i.Schemes, Grants: grant.Store{}, Reports: reporting.Store{}, Applications: i.Applications,
		Enterprises: i.Enterprises, Waker: i.outbox, Clock: i.Clock,
	}
	return rpc.NewServer(rpc.Config{Tokens: i.tokens, Log: i.log, Register: func(r grpc.ServiceRegistrar) {
		saakornv1.RegisterSchemeServiceServer(r, schemes)
		saakornv1.RegisterCallServiceServer(r, schemes)
		saakornv1.RegisterEnterpriseServiceServer(r, enterprises)
		saakornv1.RegisterApplicationServiceServer(r, applications)
		saakornv1.RegisterCaseServiceServer(r, cases)
		saakornv1.RegisterQueueServiceServer(r, &casework.QueueServer{Server: cases})
		saakornv1.RegisterCompletenessServiceServer(r, &casework.CompletenessServer{Server: cases})
		saakornv1.RegisterAppealServiceServer(r, &casework.AppealServer{Server: cases})
		saakornv1.RegisterImpartialityServiceServer(r, &casework.ImpartialityServer{Server: cases})
		saakornv1.RegisterHintServiceServer(r, &casework.HintServer{Server: cases, BirthDates: i.dates})
		saakornv1.RegisterLetterServiceServer(r, letters)
		saakornv1.RegisterAssignmentServiceServer(r, &casework.AssignmentServer{Server: cases})
		saakornv1.RegisterContinuationServiceServer(r, &casework.ContinuationServer{Server: cases})
		saakornv1.RegisterRankingServiceServer(r, &casework.RankingServer{Server: cases})
		saakornv1.RegisterGrantServiceServer(r, &grant.GrantServer{Server: grants})
		saakornv1.RegisterChangeRequestServiceServer(r, &grant.ChangeRequestServer{Server: grants})
		saakornv1.RegisterMeasureServiceServer(r, &grant.MeasureServer{Server: grants})
		saakornv1.RegisterTaskServiceServer(r, &grant.TaskServer{Server: grants})
		saakornv1.RegisterPortfolioServiceServer(r, &insight.Server{Pool: i.Pool, Schemes: i.Schemes, Money: payment.Sums{}, Clock: i.Clock})
		saakornv1.RegisterJournalServiceServer(r, entries)
		saakornv1.RegisterCorrespondenceServiceServer(r, messages)
		saakornv1.RegisterSessionServiceServer(r, sessions)
		saakornv1.RegisterPersonServiceServer(r, &directory.Server{Pool: i.Pool})
		saakornv1.RegisterReportingServiceServer(r, reports)
		saakornv1.RegisterFollowupServiceServer(r, following)
		saakornv1.RegisterExampleServiceServer(r, &followup.ExampleServer{Server: following})
		i.registerMoney(r)
		if i.settings.Environment == Development {
			saakornv1.RegisterDevelopmentServiceServer(r, &development.Server{Tokens: i.tokens, Clock: i.Clock})
		}
		if i.moved != nil {
			saakornv1.RegisterRehearsalServiceServer(r, &development.Rehearsal{Pool: i.Pool, Clock: i.moved, Nudger: i.outbox})
		}
	}})
}

// TrustDevelopmentIssuer makes the word of an embedded issuer count, which signs in fictional people.
// It fails in a production installation.
func (i *Installation) TrustDevelopmentIssuer(url, clientID string) error {
	if i.settings.Environment != Development {
		return errors.New("a production installation signs in no fictional people")
	}
	roles := map[string]string{}
	for name := range saakornv1.Role_value {
		roles[name] = name
	}
	delete(roles, saakornv1.Role_ROLE_UNSPECIFIED.String())
	i.issuers.Trust(session.Issuer{URL: url, ClientID: clientID, RolesClaim: "roles", Roles: roles})
	return nil
}

// grants takes over what casework decides.
func (i *Installation) grants() grant.Keeper {
	return grant.Keeper{Rules: i.Schemes, Followers: i.followers(), Waker: together{i.outbox}}
}

// followers are the contexts that go by awards: each is told of every change of one.
func (i *Installation) followers() grant.Followers {
	return grant.Followers{i.Money, reporting.Follower{Waker: i.outbox}}
}

// together wakes the follow-up of an enterprise with its lifecycle: a change of the one, such as a new grant
// year or the exit, gives the other something to do.
type together struct{ procedure.Outbox }

// Wake tells the procedure to look, and that of the follow-up when it is a lifecycle's.
func (t together) Wake(ctx context.Context, tx pgx.Tx, s procedure.Subject, now time.Time) error {
	if err := t.Outbox.Wake(ctx, tx, s, now); err != nil || s.Kind != procedure.Lifecycle {
		return err
	}
	return t.Outbox.Wake(ctx, tx, procedure.Subject{Kind: procedure.Checkin, ID: s.ID}, now)
}

func (i *Installation) registerMoney(r grpc.ServiceRegistrar) {
	saakornv1.RegisterPaymentServiceServer(r, &payment.Server{Book: i.Money})
	saakornv1.RegisterPayeeAccountServiceServer(r, &payment.AccountServer{Book: i.Money})
	saakornv1.RegisterBankServiceServer(r, &payment.BankServer{Book: i.Money})
	saakornv1.RegisterLedgerServiceServer(r, &payment.LedgerServer{Book: i.Money})
	saakornv1.RegisterRecoveryServiceServer(r, &payment.RecoveryServer{Book: i.Money})
}

// numbers says which organisation numbers are accepted: the made-up ones only in development.
func (i *Installation) numbers() []enterprise.NumberOption {
	if i.settings.Environment == Development {
		return []enterprise.NumberOption{enterprise.AcceptSynthetic()}
	}
	return nil
}

// Gateway returns the same services as JSON over HTTP, as a client of the gRPC server at the address.
func (i *Installation) Gateway(ctx context.Context, address string) (*rpc.Gateway, error) {
	routes := []rpc.RegisterHandler{
		saakornv1.RegisterSchemeServiceHandler, saakornv1.RegisterCallServiceHandler,
		saakornv1.RegisterEnterpriseServiceHandler, saakornv1.RegisterApplicationServiceHandler,
		saakornv1.RegisterCaseServiceHandler, saakornv1.RegisterQueueServiceHandler, saakornv1.RegisterCompletenessServiceHandler,
		saakornv1.RegisterAppealServiceHandler, saakornv1.RegisterImpartialityServiceHandler,
		saakornv1.RegisterAssignmentServiceHandler, saakornv1.RegisterContinuationServiceHandler, saakornv1.RegisterRankingServiceHandler,
		saakornv1.RegisterGrantServiceHandler, saakornv1.RegisterChangeRequestServiceHandler, saakornv1.RegisterMeasureServiceHandler,
		saakornv1.RegisterTaskServiceHandler, saakornv1.RegisterPortfolioServiceHandler,
		saakornv1.RegisterJournalServiceHandler, saakornv1.RegisterCorrespondenceServiceHandler,
		saakornv1.RegisterLetterServiceHandler, saakornv1.RegisterHintServiceHandler, saakornv1.RegisterPersonServiceHandler,
		saakornv1.RegisterReportingServiceHandler, saakornv1.RegisterFollowupServiceHandler, saakornv1.RegisterExampleServiceHandler,
		saakornv1.RegisterPaymentServiceHandler, saakornv1.RegisterPayeeAccountServiceHandler, saakornv1.RegisterBankServiceHandler,
		saakornv1.RegisterLedgerServiceHandler, saakornv1.RegisterRecoveryServiceHandler,
	}
	if i.settings.Environment == Development {
		routes = append(routes, saakornv1.RegisterDevelopmentServiceHandler)
	}
	return rpc.NewGateway(ctx, address, openapi.Description(), routes...)
}

// Close lets go of everything.
func (i *Installation) Close() error {
	var err error
	if i.files != nil {
		err = i.files.Close()
	}
	i.Pool.Close()
	return err
}
