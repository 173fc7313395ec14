package enterprise_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise"
	"saakorn/services/enterprise/fictional"
	"saakorn/services/enterprise/registry"
	"saakorn/services/enterprise/registry/recorded"
	"saakorn/services/platform/access"
	"saakorn/services/platform/command"
	"saakorn/services/platform/database"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/person"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// The invented enterprises that the tests use; package fictional says who they are.
const (
	spirehagen = "310000019" // entrepreneur-01 manages it, entrepreneur-01b chairs the board
	snella     = "310000027" // entrepreneur-02 manages it
	unknown    = "310000000"
	removed    = "390000014" // by entrepreneur-01 while it existed
)

var morning = time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC)

// house is a register on a real database, with the recorded answers of the registries.
type house struct {
	pool      *pgxpool.Pool
	clock     *setClock
	answers   *outage
	store     *enterprise.Store
	server    *enterprise.Server
	refresher *enterprise.Refresher
}

type setClock struct{ now time.Time }

func (c *setClock) Now() time.Time { return c.now }

// outage is a file system that can stop answering.
type outage struct {
	fs.FS
	down bool
}

func (o *outage) Open(name string) (fs.File, error) {
	if o.down {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("no answer")}
	}
	return o.FS.Open(name)
}

func newPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	url := embeddedtest.Template(t, "migrated", func(ctx context.Context, url string) error {
		pool, err := database.Open(ctx, url)
		if err != nil {
			return err
		}
		defer pool.Close()
		return database.Migrate(ctx, pool, slog.New(slog.DiscardHandler))
	})
	pool, err := database.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{pool: newPool(t), clock: &setClock{morning}, answers: &outage{FS: recorded.Answers()}}
	h.store = enterprise.NewStore(h.pool)
	register := registry.NewRecorded(h.answers, h.clock.Now)
	h.server = enterprise.NewServer(h.store, command.Runner{Pool: h.pool, Clock: h.clock}, register,
		registry.NewRecordedMandates(h.answers), enterprise.AcceptSynthetic())
	h.refresher = enterprise.NewRefresher(h.store, register, h.clock)
	people := []person.Person{{ID: "case-officer-1", Name: "Kari Saksbehandler", Roles: []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER}}}
	for _, p := range fictional.People() {
		people = append(people, person.Person{ID: p.ID, Name: p.Name(), Roles: []saakornv1.Role{saakornv1.Role_ROLE_ENTREPRENEUR}})
	}
	err := database.InTransaction(t.Context(), h.pool, func(tx pgx.Tx) error { return person.Save(t.Context(), tx, people, morning) })
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// as returns a context in which the entrepreneur acts.
func as(t *testing.T, id string) context.Context {
	return access.WithPrincipal(t.Context(), access.Principal{ID: id, Roles: []saakornv1.Role{saakornv1.Role_ROLE_ENTREPRENEUR}})
}

// asStaff returns a context in which somebody with the role acts.
func asStaff(t *testing.T, role saakornv1.Role) context.Context {
	return access.WithPrincipal(t.Context(), access.Principal{ID: "staff-1", Roles: []saakornv1.Role{role}})
}

// register puts the enterprise in the register and returns its identifier.
func (h *house) register(t *testing.T, personID, number string) string {
	t.Helper()
	answer, err := h.server.RegisterEnterprise(as(t, personID), &saakornv1.RegisterEnterpriseRequest{
		RequestId: uuid.NewString(), OrganizationNumber: number,
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetEnterprise().GetId()
}

func (h *house) add(t *testing.T, caller, enterpriseID, personID string, right saakornv1.MemberRight) (*saakornv1.Member, error) {
	t.Helper()
	answer, err := h.server.AddMember(as(t, caller), &saakornv1.AddMemberRequest{
		RequestId: uuid.NewString(), EnterpriseId: enterpriseID, PersonId: personID, Right: right,
	})
	return answer.GetMember(), err
}

func (h *house) remove(t *testing.T, caller, enterpriseID, personID string) error {
	t.Helper()
	_, err := h.server.RemoveMember(as(t, caller), &saakornv1.RemoveMemberRequest{
		RequestId: uuid.NewString(), EnterpriseId: enterpriseID, PersonId: personID,
	})
	return err
}

// actions returns what happened to the subject, oldest first, each as "ACTION by actor".
func actions(t *testing.T, pool *pgxpool.Pool, subjectID string) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT action || ' by ' || actor_id FROM audit_event WHERE subject_id = $1 ORDER BY id`, subjectID)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func count(t *testing.T, pool *pgxpool.Pool, query string, args ...any) int {
	t.Helper()
	var n int
	if err := pool.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func wantReason(t *testing.T, err error, reason string) *fault.Fault {
	t.Helper()
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Reason != reason {
		t.Fatalf("got %v, want the reason %s", err, reason)
	}
	return f
}

// wantViolation demands a fault about one field.
func wantViolation(t *testing.T, err error, field, reason string) {
	t.Helper()
	f := wantReason(t, err, "INVALID_FIELDS")
	if len(f.Violations) != 1 || f.Violations[0].Field != field || f.Violations[0].Reason != reason {
		t.Errorf("violations %+v, want %s of %s", f.Violations, reason, field)
	}
}
