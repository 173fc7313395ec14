package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"saakorn/deploy/embedded/embeddedtest"
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/journal"
	"saakorn/services/platform/database"
)

func TestMain(m *testing.M) { os.Exit(embeddedtest.Main(m)) }

// house is a round with a client of the journal.
type house struct {
	*caseworktest.Round
	journal saakornv1.JournalServiceClient
}

func newHouse(t *testing.T) house {
	t.Helper()
	api := installationtest.New(t)
	return house{caseworktest.Open(t, api), saakornv1.NewJournalServiceClient(api.Connection)}
}

func (h house) as(t *testing.T, person string) context.Context { return h.API.As(t.Context(), person) }

// received returns an application of the n-th enterprise whose case has been opened, and the case.
func (h house) received(t *testing.T, n int) (string, *saakornv1.Case) {
	t.Helper()
	id := h.Apply(t, n).GetId()
	h.Drive(t, id)
	return id, h.Find(t, installationtest.Manager, id).GetCase()
}

func (h house) entries(t *testing.T, caseID string) []*saakornv1.JournalEntry {
	t.Helper()
	answer, err := h.journal.ListJournalEntries(h.as(t, installationtest.Manager), &saakornv1.ListJournalEntriesRequest{CaseId: caseID, PageSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetEntries()
}

// lines sums up entries: reference, type, status and title.
func lines(entries []*saakornv1.JournalEntry) []string {
	var list []string
	for _, e := range entries {
		kind := strings.TrimPrefix(e.GetType().String(), "JOURNAL_ENTRY_TYPE_")
		status := strings.TrimPrefix(e.GetStatus().String(), "JOURNAL_STATUS_")
		list = append(list, fmt.Sprintf("%s %s %s %s", e.GetReference(), kind, status, e.GetPublicTitle()))
	}
	return list
}

func TestWhatCameInBeforeTheCaseIsNumberedWhenItOpens(t *testing.T) {
	h := newHouse(t)
	application := h.Apply(t, 1)
	h.Correct(t, 1, application, func(c *saakornv1.ApplicationContent) { c.Problem += " Og mer." })
	all, err := h.journal.ListJournalEntries(h.as(t, installationtest.Auditor), &saakornv1.ListJournalEntriesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(all.GetEntries()) > 0 {
		t.Errorf("journaled without a case: %v", lines(all.GetEntries()))
	}
	h.Drive(t, application.GetId())
	h.Correct(t, 1, application, func(c *saakornv1.ApplicationContent) { c.Problem += " Og enda mer." })
	want := []string{
		"2019/1-1 INCOMING JOURNALED Søknad SE-2019-000001, versjon 1",
		"2019/1-2 INCOMING JOURNALED Søknad SE-2019-000001, versjon 2",
		"2019/1-3 OUTGOING DISPATCHED Bekreftelse på mottatt søknad",
		"2019/1-4 INCOMING JOURNALED Søknad SE-2019-000001, versjon 3",
	}
	entries := h.entries(t, h.Find(t, installationtest.Manager, application.GetId()).GetCase().GetId())
	if diff := cmp.Diff(want, lines(entries)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if first := entries[0]; first.GetReceivedOn() != "2019-01-07" || first.GetCorrespondents()[0].GetName() == "" || first.GetAttachments() != 1 {
		t.Errorf("the first entry is %v", first)
	}
	if letter := entries[2]; letter.GetSentOn() != "2019-01-07" {
		t.Errorf("the receipt was sent on %q", letter.GetSentOn())
	}
}

func TestEveryDocumentOfARoundHasOneEntry(t *testing.T) {
	h := newHouse(t)
	id, c := h.received(t, 1)
	h.Close(t)
	h.AnswerAll(t, id)
	h.Assess(t, id)
	h.Recommend(t, installationtest.CaseOfficer, id, saakornv1.Outcome_OUTCOME_REJECTED, 0)
	if err := h.Decide(t.Context(), installationtest.DecisionMaker, h.Case(t, id).GetCase(), saakornv1.Outcome_OUTCOME_REJECTED, 0); err != nil {
		t.Fatal(err)
	}
	h.Drive(t, id)
	h.Drive(t, id)
	want := []string{
		"2019/1-1 INCOMING JOURNALED Søknad SE-2019-000001, versjon 1",
		"2019/1-2 OUTGOING DISPATCHED Bekreftelse på mottatt søknad",
		"2019/1-3 INTERNAL JOURNALED Habilitetserklæring i sak 2019/1",
		"2019/1-4 INTERNAL JOURNALED Habilitetserklæring i sak 2019/1",
		"2019/1-5 INTERNAL_FOLLOW_UP JOURNALED Vurdering i sak 2019/1",
		"2019/1-6 INTERNAL JOURNALED Habilitetserklæring i sak 2019/1",
		"2019/1-7 INTERNAL_FOLLOW_UP JOURNALED Vurdering i sak 2019/1",
		"2019/1-8 INTERNAL_FOLLOW_UP JOURNALED Innstilling i sak 2019/1, versjon 1",
		"2019/1-9 INTERNAL JOURNALED Habilitetserklæring i sak 2019/1",
		"2019/1-10 INTERNAL JOURNALED Vedtak i sak 2019/1",
		"2019/1-11 OUTGOING DISPATCHED Vedtak i sak om tilskudd",
	}
	if diff := cmp.Diff(want, lines(h.entries(t, c.GetId()))); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	h.publicNamesNobody(t)
}

// publicNamesNobody holds the public journal against everybody's name, and against every outcome.
func (h house) publicNamesNobody(t *testing.T) {
	t.Helper()
	answer, err := h.journal.GetPublicJournal(t.Context(), &saakornv1.GetPublicJournalRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.GetEntries()) < 5 {
		t.Fatalf("%d entries in the public journal", len(answer.GetEntries()))
	}
	text := protojson.Format(answer)
	rows, _ := h.API.Installation.Pool.Query(t.Context(), `SELECT name FROM person`)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatal("nobody has a name")
	}
	for _, word := range append(names, "avslått", "Amina", "@") {
		if strings.Contains(text, strings.TrimSuffix(word, " (fiktiv)")) {
			t.Errorf("the public journal says %q", word)
		}
	}
}

func TestAWithdrawalIsJournaled(t *testing.T) {
	h := newHouse(t)
	id, c := h.received(t, 1)
	if err := h.Withdraw(t.Context(), 1, id); err != nil {
		t.Fatal(err)
	}
	h.Drive(t, id)
	want := []string{
		"2019/1-3 INCOMING JOURNALED Trekk av søknad SE-2019-000001",
		"2019/1-4 OUTGOING DISPATCHED Bekreftelse på trukket søknad",
	}
	if diff := cmp.Diff(want, lines(h.entries(t, c.GetId())[2:])); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

var errChangedMind = errors.New("changed my mind")

func TestNumbersHaveNoHolesWithManyWritersAndRollbacks(t *testing.T) {
	h := newHouse(t)
	var applications []uuid.UUID
	for n := 1; n <= 3; n++ {
		id, _ := h.received(t, n)
		applications = append(applications, uuid.MustParse(id))
	}
	const writers, each = 20, 9
	pool, err := database.Open(t.Context(), h.API.DatabaseURL+"&pool_max_conns=20")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var group sync.WaitGroup
	failures := make(chan error, writers*each)
	for w := range writers {
		group.Go(func() {
			for i := range each {
				// Two writers share each source, and one in three changes its mind.
				source := fmt.Sprintf("note/%d/%d", w/2, i)
				application := applications[(w/2+i)%len(applications)]
				err := write(t.Context(), pool, source, application, (w+i)%3 == 0)
				if err != nil && !errors.Is(err, errChangedMind) {
					failures <- err
				}
			}
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	h.wantNoHoles(t)
	if n := h.API.Count(t, `SELECT count(*) FROM journal_entry WHERE source LIKE 'note/%'`); n != writers/2*each {
		t.Errorf("%d notes are journaled, want one for each of %d sources", n, writers/2*each)
	}
}

func write(ctx context.Context, pool *pgxpool.Pool, source string, application uuid.UUID, thenGiveUp bool) error {
	return database.InTransaction(ctx, pool, func(tx pgx.Tx) error {
		err := journal.Book{}.Write(ctx, tx, journal.Entry{
			Source: source, ApplicationID: application, Type: journal.Internal, Title: "Notat", PublicTitle: "Notat",
			WrittenAt: installationtest.Morning(),
		})
		if err == nil && thenGiveUp {
			return errChangedMind
		}
		return err
	})
}

// wantNoHoles demands that the numbers of the year, and those of each case, run from one.
func (h house) wantNoHoles(t *testing.T) {
	t.Helper()
	for name, query := range map[string]string{
		"the year": `SELECT count(*) FROM (SELECT sequence, row_number() OVER (PARTITION BY journal_year ORDER BY sequence) AS place
			FROM journal_entry) x WHERE sequence IS DISTINCT FROM place`,
		"a case": `SELECT count(*) FROM (SELECT number, row_number() OVER (PARTITION BY application_id ORDER BY number) AS place
			FROM journal_entry) x WHERE number IS DISTINCT FROM place`,
	} {
		if n := h.API.Count(t, query); n != 0 {
			t.Errorf("%d numbers of %s are not where they should be", n, name)
		}
	}
}

func TestAVersionThatComesWhileTheCaseIsOpenedIsNumbered(t *testing.T) {
	h := newHouse(t)
	for n := 1; n <= 4; n++ {
		id := uuid.MustParse(h.Apply(t, n).GetId())
		var group sync.WaitGroup
		var opened, written error
		group.Go(func() { opened = h.API.Installation.Proceeding.Open(t.Context(), id) })
		group.Go(func() { written = write(t.Context(), h.API.Installation.Pool, "note/"+id.String(), id, false) })
		group.Wait()
		if err := errors.Join(opened, written); err != nil {
			t.Fatal(err)
		}
	}
	h.wantNoHoles(t)
}

func TestTheDatabaseKeepsEntriesAsTheyWereWritten(t *testing.T) {
	h := newHouse(t)
	h.received(t, 1)
	for _, statement := range []string{
		`UPDATE journal_entry SET sequence = 100 + sequence`,
		`UPDATE journal_entry SET number = NULL, sequence = NULL, journal_year = NULL, journaled_on = NULL`,
		`UPDATE journal_entry SET title = 'Et annet brev'`,
		`UPDATE journal_entry SET source = 'letter/' || id`,
		`UPDATE journal_entry SET received_on = received_on - 1 WHERE entry_type = 'I'`,
		`UPDATE journal_entry SET sent_on = NULL WHERE entry_type = 'U'`,
		`DELETE FROM journal_entry`,
		`TRUNCATE journal_entry CASCADE`,
		`UPDATE journal_file SET case_number = '2019/99'`,
	} {
		h.API.Unchanged(t, func() {
			if _, err := h.API.Installation.Pool.Exec(t.Context(), statement); err == nil {
				t.Errorf("accepted: %s", statement)
			}
		})
	}
}

func TestOnlyStaffReadTheFullJournalAndOnlyOfficersJudge(t *testing.T) {
	h := newHouse(t)
	_, c := h.received(t, 1)
	entry := h.entries(t, c.GetId())[0]
	list := func(ctx context.Context) error {
		_, err := h.journal.ListJournalEntries(ctx, &saakornv1.ListJournalEntriesRequest{})
		return err
	}
	assess := func(ctx context.Context) error {
		_, err := h.journal.AssessDisclosure(ctx, &saakornv1.AssessDisclosureRequest{
			RequestId: uuid.NewString(), EntryId: entry.GetId(), Etag: entry.GetEtag(), Disclosure: saakornv1.Disclosure_DISCLOSURE_OPEN,
		})
		return err
	}
	requests := func(ctx context.Context) error {
		_, err := h.journal.ListAccessRequests(ctx, &saakornv1.ListAccessRequestsRequest{})
		return err
	}
	for _, person := range []string{installationtest.Entrepreneur, installationtest.Assessor} {
		for _, call := range []func(context.Context) error{list, assess, requests} {
			installationtest.WantRefused(t, call(h.as(t, person)), codes.PermissionDenied, "ROLE_MISSING")
		}
	}
	auditor := h.as(t, installationtest.Auditor)
	if err := errors.Join(list(auditor), requests(auditor)); err != nil {
		t.Error(err)
	}
	installationtest.WantRefused(t, assess(auditor), codes.PermissionDenied, "ROLE_MISSING")
	if code := installationtest.Refused(t, list(t.Context())).Code; code != codes.Unauthenticated {
		t.Errorf("somebody who has not signed in gets %s", code)
	}
}

func TestADisclosureAssessmentIsRecordedOnce(t *testing.T) {
	h := newHouse(t)
	id, c := h.received(t, 1)
	h.Enter(t, id, installationtest.CaseOfficer)
	entry := h.entries(t, c.GetId())[0]
	officer := h.as(t, installationtest.CaseOfficer)
	request := &saakornv1.AssessDisclosureRequest{
		RequestId: uuid.NewString(), EntryId: entry.GetId(), Etag: entry.GetEtag(), Disclosure: saakornv1.Disclosure_DISCLOSURE_PARTLY,
		LegalBasis: "offl. § 13 jf. fvl. § 13", PublicTitle: "Søknad om tilskudd",
	}
	first, err := h.journal.AssessDisclosure(officer, request)
	if err != nil {
		t.Fatal(err)
	}
	got := first.GetEntry()
	if got.GetLegalBasis() != request.GetLegalBasis() || got.GetAssessedBy() != installationtest.CaseOfficer || got.GetAssessedOn() != "2019-01-07" {
		t.Errorf("assessed as %v", got)
	}
	h.API.Unchanged(t, func() {
		again, err := h.journal.AssessDisclosure(officer, request)
		if err != nil || !proto.Equal(first, again) {
			t.Errorf("repeated: %v, %v", again, err)
		}
		stale := proto.CloneOf(request)
		stale.RequestId = uuid.NewString()
		_, err = h.journal.AssessDisclosure(officer, stale)
		installationtest.WantRefused(t, err, codes.Aborted, "STALE_ETAG")
	})
	if n := h.API.Count(t, `SELECT count(*) FROM audit_event WHERE action = 'DISCLOSURE_ASSESSED'`); n != 1 {
		t.Errorf("%d events", n)
	}
	public, err := h.journal.GetPublicJournal(t.Context(), &saakornv1.GetPublicJournalRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if shown := public.GetEntries()[0]; shown.GetTitle() != "Søknad om tilskudd" || shown.GetLegalBasis() != request.GetLegalBasis() {
		t.Errorf("the public sees %v", shown)
	}
	if now := h.entries(t, c.GetId())[0]; now.GetTitle() != entry.GetTitle() {
		t.Errorf("the title has become %q", now.GetTitle())
	}
}

func TestThePeriodAndThePageAreFollowed(t *testing.T) {
	h := newHouse(t)
	h.received(t, 1)
	h.received(t, 2)
	ctx := t.Context()
	var sequences []int32
	request := &saakornv1.GetPublicJournalRequest{PageSize: 3, FromDate: "2019-01-07", ToDate: "2019-01-07"}
	for {
		answer, err := h.journal.GetPublicJournal(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range answer.GetEntries() {
			sequences = append(sequences, e.GetSequence())
		}
		if request.PageToken = answer.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	if !slices.Equal(sequences, []int32{1, 2, 3, 4}) {
		t.Errorf("sequence numbers %v", sequences)
	}
	for _, other := range []*saakornv1.GetPublicJournalRequest{{FromDate: "2019-01-08"}, {ToDate: "2019-01-06"}} {
		answer, err := h.journal.GetPublicJournal(ctx, other)
		if err != nil || len(answer.GetEntries()) > 0 {
			t.Errorf("%v gives %v, %v", other, answer, err)
		}
	}
	_, err := h.journal.GetPublicJournal(ctx, &saakornv1.GetPublicJournalRequest{FromDate: "2019-02-30", ToDate: "i går"})
	installationtest.WantInvalid(t, err, "from_date NO_DATE", "to_date NO_DATE")
	_, err = h.journal.GetPublicJournal(ctx, &saakornv1.GetPublicJournalRequest{FromDate: "2019-02-02", ToDate: "2019-02-01"})
	installationtest.WantInvalid(t, err, "to_date BEFORE_FROM_DATE")
}
