package call_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/platform/access"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/database"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/mail"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
	"saakorn/workflows/call"
	"saakorn/workflows/workflowtest"
)

// Run the tests with -record after a change of the workflow that old histories are not meant to
// survive; otherwise the recorded ones prove that running calls survive it.
var record = flag.Bool("record", false, "write the histories of the tests to testdata/histories")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(embeddedtest.Main(m))
}

const histories = "testdata/histories"

// house is everything a call needs, on real engines, with a clock that the test moves.
type house struct {
	t       *testing.T
	pool    *pgxpool.Pool
	engine  client.Client
	clock   *clock.Moved
	calls   *scheme.Server
	outbox  string // folder of sent mail
	manager context.Context
}

func newHouse(t *testing.T, now string) *house {
	t.Helper()
	h := &house{t: t, pool: openDatabase(t), clock: clock.NewMoved(0), outbox: t.TempDir()}
	h.manager = access.WithPrincipal(t.Context(), access.Principal{ID: "manager-1"})
	h.setClock(now)
	store := scheme.NewStore(h.pool)
	sources, err := scheme.Published()
	h.must(err)
	h.must(store.Publish(t.Context(), sources, h.clock.Now()))
	messages, err := procedure.NewOutbox(h.pool)
	h.must(err)
	h.calls = scheme.NewServer(h.pool, store, messages, h.clock)
	h.engine = workflowtest.Connect(t, embeddedtest.Temporal(t), embeddedtest.Namespace(t))
	h.startWorker(store)
	h.startMessenger()
	return h
}

func openDatabase(t *testing.T) *pgxpool.Pool {
	t.Helper()
	url := embeddedtest.Template(t, "saakorn", func(ctx context.Context, url string) error {
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

func (h *house) startWorker(store *scheme.Store) {
	h.t.Helper()
	w := worker.New(h.engine, procedure.Call.TaskQueue(), worker.Options{Identity: workflowtest.Identity})
	call.Register(w, &call.Activities{
		Calls: store, Drafts: application.NewStore(h.pool), Enterprises: enterprise.NewStore(h.pool),
		Postman: letter.Postman{Pool: h.pool, Mail: letter.ByMail{Sender: mail.Folder{Path: h.outbox, From: "tilskudd@example.com"}}, Clock: h.clock}, Clock: h.clock,
	})
	h.must(w.Start())
	h.t.Cleanup(w.Stop)
}

func (h *house) startMessenger() {
	h.t.Helper()
	messenger, err := procedure.NewMessenger(h.pool, h.engine, 4, slog.New(slog.DiscardHandler))
	h.must(err)
	h.must(messenger.Start(context.WithoutCancel(h.t.Context())))
	h.t.Cleanup(func() {
		if err := messenger.Stop(context.Background()); err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) instant(text string) time.Time {
	h.t.Helper()
	moment, err := time.Parse(time.RFC3339, text)
	h.must(err)
	return moment
}

func (h *house) setClock(now string) { h.clock.Set(h.instant(now).Sub(clock.System{}.Now())) }

// announce creates a call of the scheme that reminds 14, 7 and 1 days before the close and receives
// nothing late.
func (h *house) announce(opens, closes time.Time) *saakornv1.Call {
	h.t.Helper()
	answer, err := h.calls.CreateCall(h.manager, &saakornv1.CreateCallRequest{
		RequestId: uuid.NewString(), SchemeId: "social-entrepreneurship", SchemeVersion: "2027-1", Code: "SE-2027", GrantYear: 2027,
		Title:   &saakornv1.LocalizedText{Nb: "Tilskudd 2027", Nn: "Tilskot 2027", En: "Grant 2027"},
		OpensAt: timestamppb.New(opens), ClosesAt: timestamppb.New(closes),
	})
	h.must(err)
	h.settle()
	return answer.GetCall()
}

// begin stores a draft of a new enterprise that reads the language, and returns its identifier.
func (h *house) begin(c *saakornv1.Call, name, language, email string) uuid.UUID {
	h.t.Helper()
	enterpriseID, id := uuid.New(), uuid.New()
	content := &saakornv1.ApplicationContent{}
	if email != "" {
		content.Contacts = []*saakornv1.Contact{{Name: "Kari Eksempel", Email: email}}
	}
	encoded, err := protojson.Marshal(content)
	h.must(err)
	_, err = h.pool.Exec(h.t.Context(), `INSERT INTO enterprise (id, name, source, language, registered_at) VALUES ($1, $2, 'test', $3, $4)`,
		enterpriseID, name, language, h.clock.Now())
	h.must(err)
	_, err = h.pool.Exec(h.t.Context(), `INSERT INTO application
		(id, call_id, enterprise_id, scheme_id, scheme_version, application_type, content, created_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, 'NEW_ORDINARY', $6, 'entrepreneur-1', $7, $7)`,
		id, c.GetId(), enterpriseID, c.GetSchemeId(), c.GetSchemeVersion(), encoded, h.clock.Now())
	h.must(err)
	return id
}

// moveTo moves the clock and has the workflow look at what that means.
func (h *house) moveTo(c *saakornv1.Call, now string) {
	h.t.Helper()
	h.setClock(now)
	h.must(procedure.Start(h.t.Context(), h.engine, procedure.Subject{Kind: procedure.Call, ID: uuid.MustParse(c.GetId())}))
	h.settle()
}

// settle waits until every message is delivered and no procedure has anything to look at or to do.
func (h *house) settle() {
	h.t.Helper()
	h.eventually("settled", func(ctx context.Context) (bool, error) {
		p, err := procedure.Look(ctx, h.pool, h.clock.Now())
		return p.Undelivered == 0 && p.Unsettled == 0, err
	})
}

func (h *house) eventually(what string, holds func(context.Context) (bool, error)) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := holds(ctx)
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			h.t.Fatalf("not %s within a minute: %v", what, err)
		case <-ticker.C:
		}
	}
}

// finished waits for the workflow to end, and records its history when asked to.
func (h *house) finished(c *saakornv1.Call, name string) {
	h.t.Helper()
	id := procedure.Call.WorkflowID(uuid.MustParse(c.GetId()))
	h.must(h.engine.GetWorkflow(h.t.Context(), id, "").Get(h.t.Context(), nil))
	if *record {
		workflowtest.Record(h.t, h.engine, id, filepath.Join(histories, name+".json"))
	}
}

// rows returns the one text column of a query.
func (h *house) rows(sql string, args ...any) []string {
	h.t.Helper()
	rows, err := h.pool.Query(h.t.Context(), sql, args...)
	h.must(err)
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	h.must(err)
	return found
}

// letters lists the days for which the draft was reminded.
func (h *house) letters(draft uuid.UUID) []string {
	h.t.Helper()
	return h.rows(`SELECT split_part(dedup_key, '/', 3) FROM letter WHERE application_id = $1 ORDER BY 1`, draft)
}

func (h *house) state(draft uuid.UUID) string {
	h.t.Helper()
	return strings.Join(h.rows(`SELECT state FROM application WHERE id = $1`, draft), " ")
}

func (h *house) events(c *saakornv1.Call) []string {
	h.t.Helper()
	return h.rows(`SELECT actor_id || ' ' || action FROM audit_event WHERE subject_kind = 'call' AND subject_id = $1 ORDER BY id`, c.GetId())
}

func (h *house) expect(what string, want, got any) {
	h.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestCallOpensRemindsClosesAndEndsByItself(t *testing.T) {
	h := newHouse(t, "2026-12-01T08:00:00Z")
	c := h.announce(h.clock.Now().Add(2*time.Second), h.instant("2027-01-31T11:00:00Z"))
	id := uuid.MustParse(c.GetId())
	h.eventually("opened by its own timer", func(ctx context.Context) (opened bool, err error) {
		err = h.pool.QueryRow(ctx, `SELECT opened_at IS NOT NULL FROM call WHERE id = $1`, id).Scan(&opened)
		return opened, err
	})
	missed := h.begin(c, "Fjordsøm", "nn", "kari@example.com")
	submitted := h.begin(c, "Byens bikuber", "nb", "ola@example.com")
	silent := h.begin(c, "Uten kontakt", "nb", "")

	h.moveTo(c, "2027-01-17T08:00:00Z") // 09:00 in Oslo, 14 days before the last day
	_, err := h.pool.Exec(t.Context(), `UPDATE application SET state = 'SUBMITTED', reference = 'SE-2027-000001', version = 1, submitted_at = $2 WHERE id = $1`,
		submitted, h.clock.Now())
	h.must(err)
	h.moveTo(c, "2027-01-24T08:00:00Z")
	h.moveTo(c, "2027-01-30T08:00:00Z")
	h.moveTo(c, "2027-01-30T18:00:00Z") // nothing new
	h.setClock("2027-01-31T11:00:00Z")
	h.must(procedure.Start(t.Context(), h.engine, procedure.Subject{Kind: procedure.Call, ID: id}))
	h.finished(c, "whole-life")

	days := []string{"2027-01-17", "2027-01-24", "2027-01-30"}
	h.expect("reminders of the draft", days, h.letters(missed))
	h.expect("reminders of the one that was submitted", days[:1], h.letters(submitted))
	h.expect("reminders without anybody to send to", days, h.letters(silent))
	h.expect("states", []string{"MISSED", "SUBMITTED", "MISSED"}, []string{h.state(missed), h.state(submitted), h.state(silent)})
	h.expect("events", []string{"manager-1 CALL_CREATED", "system CALL_OPENED", "system CALL_CLOSED"}, h.events(c))
	h.expect("procedures left", []string{}, h.rows(`SELECT kind FROM procedure WHERE closed_at IS NULL`))
	h.expectMail(4, "Fjordsøm har begynt på ein søknad")
}

// expectMail expects that so many messages were sent, and one of them with the text.
func (h *house) expectMail(count int, text string) {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.outbox, "*.eml"))
	h.must(err)
	if len(files) != count {
		h.t.Errorf("%d messages were sent, want %d", len(files), count)
	}
	for _, bodies := range h.rows(`SELECT parts::text FROM letter WHERE sent_at IS NOT NULL`) {
		if strings.Contains(bodies, text) {
			return
		}
	}
	h.t.Errorf("nobody was written %q", text)
}

func TestEngineThatWasAwayMakesUpForTheNewestReminderOnly(t *testing.T) {
	h := newHouse(t, "2026-12-01T08:00:00Z")
	c := h.announce(h.instant("2026-12-05T08:00:00Z"), h.instant("2027-01-31T11:00:00Z"))
	draft := h.begin(c, "Fjordsøm", "nb", "kari@example.com")
	h.moveTo(c, "2027-01-28T12:00:00Z") // the opening and two reminders have passed
	h.expect("reminders", []string{"2027-01-24"}, h.letters(draft))
	h.setClock("2027-03-01T08:00:00Z") // the last reminder and the close have passed
	h.must(procedure.Start(t.Context(), h.engine, procedure.Subject{Kind: procedure.Call, ID: uuid.MustParse(c.GetId())}))
	h.finished(c, "engine-away")
	h.expect("reminders after the close", []string{"2027-01-24"}, h.letters(draft))
	h.expect("state", "MISSED", h.state(draft))
}

func TestExtendedCallStaysOpenAndRemindsAgain(t *testing.T) {
	h := newHouse(t, "2026-12-01T08:00:00Z")
	c := h.announce(h.instant("2026-12-05T08:00:00Z"), h.instant("2027-01-31T11:00:00Z"))
	draft := h.begin(c, "Fjordsøm", "nb", "kari@example.com")
	h.moveTo(c, "2027-01-30T09:00:00Z")
	c.ClosesAt = timestamppb.New(h.instant("2027-02-14T11:00:00Z"))
	_, err := h.calls.UpdateCall(h.manager, &saakornv1.UpdateCallRequest{
		RequestId: uuid.NewString(), Call: c, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"closes_at"}},
	})
	h.must(err)
	h.settle()
	h.moveTo(c, "2027-02-01T12:00:00Z") // after the old close, and after 14 days before the new one
	h.expect("state after the old close", "DRAFT", h.state(draft))
	h.expect("reminders", []string{"2027-01-30", "2027-01-31"}, h.letters(draft))
	h.setClock("2027-02-14T11:00:00Z")
	h.must(procedure.Start(t.Context(), h.engine, procedure.Subject{Kind: procedure.Call, ID: uuid.MustParse(c.GetId())}))
	h.finished(c, "extended")
	h.expect("state after the new close", "MISSED", h.state(draft))
}

func TestManyDraftsAreRemindedInBatchesOnceEach(t *testing.T) {
	h := newHouse(t, "2026-12-01T08:00:00Z")
	c := h.announce(h.instant("2026-12-05T08:00:00Z"), h.instant("2027-01-31T11:00:00Z"))
	const drafts = 120
	for i := range drafts {
		h.begin(c, fmt.Sprintf("Eksempel %d", i), "nb", fmt.Sprintf("post%d@example.com", i))
	}
	h.moveTo(c, "2027-01-17T09:00:00Z")
	h.expectMail(drafts, "Eksempel 119")
	h.expect("drafts with other than one letter", []string{},
		h.rows(`SELECT application_id::text FROM letter GROUP BY application_id HAVING count(*) <> 1`))
	h.setClock("2027-02-01T08:00:00Z")
	h.must(procedure.Start(t.Context(), h.engine, procedure.Subject{Kind: procedure.Call, ID: uuid.MustParse(c.GetId())}))
	h.finished(c, "batches")
	h.expect("drafts left", []string{"0"}, h.rows(`SELECT count(*)::text FROM application WHERE state = 'DRAFT'`))
}
