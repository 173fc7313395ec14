// Package installation puts the parts together: the contexts, what they share, and the outside
// registries. The programs differ only in which of its servers they start.
package installation

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Environment says what an installation is for.
type Environment string

// The environments. Only a development installation signs in fictional people and moves the clock.
const (
	Production  Environment = "production"
	Development Environment = "development"
)

// Registries says where facts about enterprises come from.
type Registries string

// The sources: recorded answers about fictional enterprises, or the public registries over HTTP.
const (
	Recorded Registries = "recorded"
	HTTP     Registries = "http"
)

// Mailboxes says whether letters go to the enterprises' own mailboxes in Altinn.
type Mailboxes string

// The ways: not at all, recorded in a folder, or over HTTP. Empty means not at all.
const (
	MailboxesOff      Mailboxes = "off"
	MailboxesRecorded Mailboxes = "recorded"
	MailboxesHTTP     Mailboxes = "http"
)

// Settings is what an installation is told from outside. The tags name the environment variables.
type Settings struct {
	Environment Environment `env:"SAAKORN_ENVIRONMENT" enum:"production,development" default:"production" help:"production or development"`
	DatabaseURL string      `env:"SAAKORN_DATABASE_URL" help:"address of the PostgreSQL database, as postgres://user:password@host/name"`
	// Files is an address that gocloud.dev/blob knows.
	Files string `env:"SAAKORN_FILES" help:"where uploaded files are kept, for example file:///var/lib/saakorn/files"`
	// Mail is a folder.
	Mail string `env:"SAAKORN_MAIL" help:"folder that outgoing mail is written to"`
	// Altinn says whether formal letters go to the enterprises' mailboxes in Altinn; e-mail then only
	// tells that they lie there.
	Altinn Mailboxes `env:"SAAKORN_ALTINN" enum:"off,recorded,http" default:"off" help:"whether letters go to the enterprises' mailboxes in Altinn: off, recorded or http"`
	// AltinnFolder is where messages to Altinn are recorded.
	AltinnFolder    string `env:"SAAKORN_ALTINN_FOLDER" help:"folder that messages to Altinn are recorded in"`
	AltinnURL       string `env:"SAAKORN_ALTINN_URL" default:"https://platform.altinn.no" help:"address of Altinn"`
	AltinnResource  string `env:"SAAKORN_ALTINN_RESOURCE" default:"nav_tiltak_tilskuddsbrev" help:"resource in Altinn that letters are sent through"`
	AltinnTokenFile string `env:"SAAKORN_ALTINN_TOKEN_FILE" help:"file with Altinn's token with the scope altinn:correspondence.write, kept fresh by whoever runs the installation"`
	// BirthDateKeyFile holds the key under which birth dates of staff are kept, for hints about
	// impartiality. Without one an installation in production keeps none and gives no hints.
	BirthDateKeyFile string `env:"SAAKORN_BIRTH_DATE_KEY_FILE" help:"file with the secret under which birth dates of staff are kept, at least 32 bytes"`

	Registry     Registries `env:"SAAKORN_REGISTRY" enum:"recorded,http" default:"http" help:"where facts about enterprises come from: http or recorded"`
	TokenKeyFile string     `env:"SAAKORN_TOKEN_KEY_FILE" help:"file with the Ed25519 private key that tokens are verified with, in PEM (PKCS 8)"`
	// AccessAnswerWorkdays is how long a request for access to a document may take; zero means the
	// journal's own default.
	AccessAnswerWorkdays int `env:"SAAKORN_ACCESS_ANSWER_WORKDAYS" default:"3" help:"workdays within which requests for access to documents are answered"`
	// AtOnce bounds what the workers of one program do at a time, so that the API keeps its share of a
	// machine that runs both; zero means twice as many as there are processors.
	AtOnce int `env:"SAAKORN_AT_ONCE" default:"0" help:"how many procedures a worker handles at a time; 0 for twice the number of processors"`
	// IssuersFile lists whose word on who signs in counts; docs/sign-in.md describes it.
	IssuersFile string `env:"SAAKORN_ISSUERS_FILE" help:"file with the OpenID Connect issuers whose sign-ins are trusted, as JSON"`
	// Bank is empty where nothing is paid.
	Bank BankSettings `embed:""`
	// Rehearsal makes the clock one that can be moved.
	Rehearsal bool `env:"SAAKORN_REHEARSAL" default:"false" help:"let the clock be moved, for a rehearsal; development only"`
	// RehearsalFrom is where the clock of a new rehearsal begins; the zero time means now.
	RehearsalFrom time.Time `kong:"-"`
}

// check refuses what must never be combined.
func (s Settings) check() error {
	if !slices.Contains([]Environment{Production, Development}, s.Environment) {
		return fmt.Errorf("SAAKORN_ENVIRONMENT is %q: write production or development", s.Environment)
	}
	if !slices.Contains([]Registries{Recorded, HTTP}, s.Registry) {
		return fmt.Errorf("SAAKORN_REGISTRY is %q: write recorded or http", s.Registry)
	}
	if err := s.checkAltinn(); err != nil {
		return err
	}
	if s.AccessAnswerWorkdays < 0 {
		return fmt.Errorf("SAAKORN_ACCESS_ANSWER_WORKDAYS is %d: write how many workdays an answer may take", s.AccessAnswerWorkdays)
	}
	if s.AtOnce < 0 {
		return fmt.Errorf("SAAKORN_AT_ONCE is %d: write how many procedures a worker handles at a time, or 0", s.AtOnce)
	}
	if err := s.Bank.bank().Check(); err != nil {
		return fmt.Errorf("SAAKORN_BANK_...: %w", err)
	}
	if s.Environment != Production {
		return nil
	}
	switch {
	case s.Rehearsal:
		return errors.New("a production installation cannot rehearse: SAAKORN_REHEARSAL is on while SAAKORN_ENVIRONMENT is production")
	case s.Registry == Recorded:
		return errors.New("a production installation asks the real registries: set SAAKORN_REGISTRY to http")
	case s.Altinn == MailboxesRecorded:
		return errors.New("a production installation sends its letters: set SAAKORN_ALTINN to http or off")
	case s.TokenKeyFile == "":
		return errors.New("set SAAKORN_TOKEN_KEY_FILE to the file with the key that tokens are verified with")
	}
	return nil
}

func (s Settings) checkAltinn() error {
	switch s.Altinn {
	case "", MailboxesOff:
	case MailboxesRecorded:
		if s.AltinnFolder == "" {
			return errors.New("set SAAKORN_ALTINN_FOLDER to the folder that messages to Altinn are recorded in")
		}
	case MailboxesHTTP:
		if s.AltinnTokenFile == "" {
			return errors.New("set SAAKORN_ALTINN_TOKEN_FILE to the file with Altinn's token")
		}
	default:
		return fmt.Errorf("SAAKORN_ALTINN is %q: write off, recorded or http", s.Altinn)
	}
	return nil
}

// atOncePerProcessor leaves a processor something to do while one procedure waits for the database or
// the engine.
const atOncePerProcessor = 2

// atOnce returns how many procedures a worker handles at a time.
func (s Settings) atOnce() int {
	if s.AtOnce > 0 {
		return s.AtOnce
	}
	return atOncePerProcessor * runtime.GOMAXPROCS(0)
}
