package letter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"saakorn/deploy/embedded/embeddedtest"
	"saakorn/services/platform/database"
	"saakorn/services/platform/file"
	"saakorn/services/platform/letter"
	"saakorn/services/platform/letter/document"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

func noon() time.Time { return time.Date(2019, time.March, 1, 12, 0, 0, 0, time.UTC) }

// book is a channel that keeps what was carried by key, and does in between what a test wants.
type book struct {
	mu      sync.Mutex
	carried []letter.Parcel
	held    map[uuid.UUID]bool
	// then is what happens after a parcel has been taken; it may be nil.
	then func(p letter.Parcel) error
}

func (b *book) Carry(_ context.Context, p letter.Parcel) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.carried = append(b.carried, p)
	if b.held == nil {
		b.held = map[uuid.UUID]bool{}
	}
	b.held[p.Key] = true
	if b.then != nil {
		if err := b.then(p); err != nil {
			return "", err
		}
	}
	return "held " + p.Recipient, nil
}

func (b *book) recipients() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []string
	for _, p := range b.carried {
		list = append(list, p.Recipient)
	}
	slices.Sort(list)
	return list
}

type post struct {
	*testing.T
	letter.Postman

	mail, mailbox *book
}

func newPost(t *testing.T) post {
	t.Helper()
	url := embeddedtest.Template(t, "letter", func(ctx context.Context, url string) error {
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
	files, err := file.Open(t.Context(), "file://"+t.TempDir()+"?no_tmp_dir=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	renderer, err := document.New()
	if err != nil {
		t.Fatal(err)
	}
	p := post{T: t, mail: &book{}, mailbox: &book{}}
	p.Postman = letter.Postman{
		Pool: pool, Mail: p.mail, Mailbox: p.mailbox, Archive: letter.Archive{Renderer: renderer, Files: files}, Clock: fixed(noon()),
	}
	return p
}

// write writes a decision to an enterprise with two contacts.
func (p post) write(formal bool) uuid.UUID { return p.refer(formal, "") }

// refer writes the same letter, which is to the appeal body when there is an address.
func (p post) refer(formal bool, body string) uuid.UUID {
	p.Helper()
	var id uuid.UUID
	err := database.InTransaction(p.Context(), p.Pool, func(tx pgx.Tx) (err error) {
		id, _, err = letter.Write(p.Context(), tx, letter.Letter{
			Key: "decision/" + uuid.NewString(), ApplicationID: uuid.New(), Kind: "DECISION_APPROVED", Language: "nb",
			Subject: "Dere har fått tilskudd", Parts: []letter.Part{{Body: "Dere får penger."}}, CreatedAt: noon(),
			Recipients: []string{"kari@saakorn.example", "ola@saakorn.example"}, Formal: formal, ReferredTo: body,
			Head: letter.Head{Recipient: "Spirehagen (fiktiv)", OrganizationNumber: "310000019", CaseNumber: "2019/1", Sender: "Direktoratet"},
		})
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return id
}

// attempts sums up the attempts of the letter: recipient, number, result.
func (p post) attempts(id uuid.UUID) []string {
	p.Helper()
	all, err := letter.Attempts(p.Context(), p.Pool, id)
	if err != nil {
		p.Fatal(err)
	}
	var list []string
	for _, a := range all[id] {
		list = append(list, fmt.Sprintf("%s %d %s", a.Recipient, a.Number, a.Result))
	}
	return list
}

func (p post) want(what string, got, want []string) {
	p.Helper()
	if !slices.Equal(got, want) {
		p.Errorf("%s:\n%q, want\n%q", what, got, want)
	}
}

func (p post) sent(id uuid.UUID) bool {
	p.Helper()
	l, err := letter.Get(p.Context(), p.Pool, id)
	if err != nil {
		p.Fatal(err)
	}
	return l.SentAt != nil
}

func TestALetterReachesEachRecipientOnceHoweverManySendIt(t *testing.T) {
	p := newPost(t)
	id := p.write(true)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				err := p.Deliver(t.Context(), id)
				if err == nil {
					return
				}
				if !errors.Is(err, letter.ErrHeld) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	p.want("by mail", p.mail.recipients(), []string{"kari@saakorn.example", "ola@saakorn.example"})
	p.want("to the mailbox", p.mailbox.recipients(), []string{"310000019"})
	p.want("attempts", p.attempts(id), []string{"310000019 1 DELIVERED", "kari@saakorn.example 1 DELIVERED", "ola@saakorn.example 1 DELIVERED"})
	if !p.sent(id) {
		t.Error("the letter does not count as sent")
	}
}

func TestAnAttemptThatWasBrokenOffIsTakenOverWithTheSameKey(t *testing.T) {
	p := newPost(t)
	id := p.write(true)
	p.mailbox.then = func(letter.Parcel) error { panic("the power went") }
	func() {
		defer func() { _ = recover() }()
		_ = p.Deliver(t.Context(), id)
	}()
	p.mailbox.then = nil
	if err := p.Deliver(t.Context(), id); !errors.Is(err, letter.ErrHeld) {
		t.Errorf("while nobody knows whether the first is still at it: %v", err)
	}
	if p.sent(id) || len(p.mail.carried) > 0 {
		t.Error("somebody was told of a letter that may not be there")
	}
	exec(t, p.Pool, `UPDATE letter_attempt SET held_until = clock_timestamp() - interval '1 second' WHERE ended_at IS NULL`)
	if err := p.Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if len(p.mailbox.carried) != 2 || len(p.mailbox.held) != 1 {
		t.Errorf("carried %d times under %d keys, want twice under one", len(p.mailbox.carried), len(p.mailbox.held))
	}
	p.want("attempts", p.attempts(id)[:2], []string{"310000019 1 BROKEN_OFF", "310000019 2 DELIVERED"})
}

func TestAFailureIsKeptAndTriedAgainAndHoldsUpNobodyElse(t *testing.T) {
	p := newPost(t)
	id := p.write(false)
	p.mail.then = func(parcel letter.Parcel) error {
		if parcel.Recipient == "kari@saakorn.example" {
			return errors.New("no such mailbox")
		}
		return nil
	}
	if err := p.Deliver(t.Context(), id); err == nil || p.sent(id) {
		t.Errorf("one of two got it: %v, sent %v", err, p.sent(id))
	}
	deliveries, err := letter.Deliveries(t.Context(), p.Pool, id)
	if err != nil {
		t.Fatal(err)
	}
	if d := deliveries[id][0]; d.State != letter.Failed || d.Failure != "no such mailbox" || deliveries[id][1].State != letter.Delivered {
		t.Errorf("deliveries: %+v", deliveries[id])
	}
	p.mail.then = nil
	if err := p.Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.want("by mail", p.mail.recipients(), []string{"kari@saakorn.example", "kari@saakorn.example", "ola@saakorn.example"})
	p.want("attempts", p.attempts(id), []string{"kari@saakorn.example 1 FAILED", "kari@saakorn.example 2 DELIVERED", "ola@saakorn.example 1 DELIVERED"})
}

func TestNobodyIsToldOfALetterThatIsNotInTheMailbox(t *testing.T) {
	p := newPost(t)
	id := p.write(true)
	p.mailbox.then = func(letter.Parcel) error { return errors.New("closed for today") }
	if err := p.Deliver(t.Context(), id); err == nil || len(p.mail.carried) > 0 {
		t.Errorf("%v, and told %v", err, p.mail.recipients())
	}
	p.mailbox.then = nil
	if err := p.Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, parcel := range p.mail.carried {
		if !parcel.NoticeOnly {
			t.Errorf("%s was sent the letter itself", parcel.Recipient)
		}
	}
	if got := p.mailbox.carried[0].PDF; len(got) == 0 || !slices.Equal(got, p.mailbox.carried[1].PDF) {
		t.Error("the second attempt has another document than the first")
	}
}

func TestWaysThatWereRequestedStayWhenTheInstallationChanges(t *testing.T) {
	p := newPost(t)
	id := p.write(true)
	p.mailbox.then = func(letter.Parcel) error { return errors.New("closed for today") }
	if err := p.Deliver(t.Context(), id); err == nil {
		t.Fatal("delivered to a closed mailbox")
	}
	without := p.Postman
	without.Mailbox = nil
	if err := without.Deliver(t.Context(), id); err == nil || len(p.mail.carried) > 0 || p.sent(id) {
		t.Errorf("without a way to the mailbox: %v, told %v", err, p.mail.recipients())
	}
	plain := p.write(true)
	if err := without.Deliver(t.Context(), plain); err != nil || p.mail.carried[0].NoticeOnly {
		t.Errorf("where there never was one the letter itself goes by mail: %v", err)
	}
}

func TestAnAttemptThatHasEndedStands(t *testing.T) {
	p := newPost(t)
	id := p.write(false)
	if err := p.Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`UPDATE letter_attempt SET result = 'FAILED', failure = 'nei'`, `DELETE FROM letter_attempt`} {
		if _, err := p.Pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("the database took %s", sql)
		}
	}
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestTheAppealBodyGetsTheWholeLetterAndThePartyACopy(t *testing.T) {
	p := newPost(t)
	const body = "klager@departementet.example"
	id := p.refer(true, body)
	p.mailbox.then = func(letter.Parcel) error { return errors.New("the mailbox is out of reach") }
	if err := p.Deliver(t.Context(), id); err == nil || p.sent(id) {
		t.Errorf("sent without the party's copy: %v", err)
	}
	p.want("by mail while the mailbox is out of reach", p.mail.recipients(), []string{body})
	p.mailbox.then = nil
	for range 2 {
		if err := p.Deliver(t.Context(), id); err != nil || !p.sent(id) {
			t.Errorf("not sent: %v", err)
		}
	}
	p.want("by mail in the end", p.mail.recipients(), []string{"kari@saakorn.example", body, "ola@saakorn.example"})
	for _, parcel := range p.mail.carried {
		if parcel.NoticeOnly != (parcel.Recipient != body) {
			t.Errorf("%s gets only a notice: %t", parcel.Recipient, parcel.NoticeOnly)
		}
	}
	p.want("attempts", p.attempts(id), []string{
		"310000019 1 FAILED", "310000019 2 DELIVERED", "kari@saakorn.example 1 DELIVERED", body + " 1 DELIVERED", "ola@saakorn.example 1 DELIVERED",
	})
}
