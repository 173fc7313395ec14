package casework_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/enterprise"
	"saakorn/services/enterprise/fictional"
	"saakorn/services/enterprise/registry"
	"saakorn/services/enterprise/registry/recorded"
	"saakorn/services/installation/installationtest"
)

// namesake is the officer whose name and birth date somebody with a role in the 40th enterprise has.
const (
	namesake            = "case-officer-4"
	namesakesEnterprise = 40
)

func hints(t *testing.T, r *caseworktest.Round, person, id string) []*saakornv1.ImpartialityHint {
	t.Helper()
	answer, err := saakornv1.NewHintServiceClient(r.API.Connection).ListImpartialityHints(r.API.As(t.Context(), person),
		&saakornv1.ListImpartialityHintsRequest{CaseId: r.Case(t, id).GetCase().GetId()})
	must(t, err)
	return answer.GetHints()
}

// answering makes the registry say something else about an enterprise's roles; nil removes the answer.
func answering(t *testing.T, r *caseworktest.Round, number string, roles []byte) {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(recorded.Answers(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(recorded.Answers(), path)
		files[path] = &fstest.MapFile{Data: content}
		return err
	})
	must(t, err)
	maps.Copy(files, fstest.MapFS{"roller/" + number + ".json": {Data: roles}})
	i := r.API.Installation
	i.Proceeding.Roles = enterprise.NewRoleBook(i.Enterprises, registry.NewRecorded(files, i.Clock.Now))
}

func roleAnswer(first, middle, last, birth string) []byte {
	return []byte(`{"rollegrupper":[{"type":{"kode":"DAGL"},"roller":[{"type":{"kode":"DAGL","beskrivelse":"Daglig leder"},
		"person":{"fodselsdato":"` + birth + `","navn":{"fornavn":"` + first + `","mellomnavn":"` + middle + `","etternavn":"` + last + `"}}}]}]}`)
}

// unreachable is a registry behind an address where nobody listens.
func unreachable(t *testing.T, r *caseworktest.Round) {
	t.Helper()
	i := r.API.Installation
	client, err := registry.NewHTTP(registry.HTTPOptions{EntitiesURL: "http://127.0.0.1:1", Attempts: 1, Now: i.Clock.Now})
	must(t, err)
	i.Proceeding.Roles = enterprise.NewRoleBook(i.Enterprises, client)
}

func TestSomebodyWithTheNameAndBirthDateOfAnOfficerGivesAHint(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, namesakesEnterprise).GetId()
	r.Drive(t, id)
	r.Enter(t, id, installationtest.CaseOfficer, installationtest.DecisionMaker)
	for person, want := range map[string]int{
		installationtest.CaseOfficer: 1, installationtest.Manager: 1, installationtest.Auditor: 1, namesake: 1, installationtest.DecisionMaker: 1,
		"case-officer-2": 0, // who has not said whether they are impartial, and sees only hints about themselves
	} {
		got := hints(t, r, person, id)
		if len(got) != want {
			t.Errorf("%s sees %v", person, got)
		}
		if len(got) == 0 {
			continue
		}
		if h := got[0]; h.GetPersonId() != namesake || h.GetPersonName() != "Eirik Nordbø (fiktiv)" || len(h.GetRoles()) != 1 || h.GetRoles()[0] != "Styremedlem" || h.GetGoneAt() != nil {
			t.Errorf("%s sees %v", person, h)
		}
	}
	// A hint is no verdict: the case can be theirs.
	must(t, assign(r.API.As(t.Context(), installationtest.Manager), r, r.Case(t, id).GetCase(), namesake))
	r.NameAssessors(t, id)
	answer, err := saakornv1.NewHintServiceClient(r.API.Connection).ListImpartialityHints(r.API.As(t.Context(), installationtest.Assessor),
		&saakornv1.ListImpartialityHintsRequest{CaseId: r.Case(t, id).GetCase().GetId()})
	must(t, err)
	if len(answer.GetHints()) > 0 {
		t.Errorf("an assessor sees others' hints: %v", answer.GetHints())
	}
	_, err = saakornv1.NewHintServiceClient(r.API.Connection).ListImpartialityHints(r.API.As(t.Context(), "assessor-4"),
		&saakornv1.ListImpartialityHintsRequest{CaseId: r.Case(t, id).GetCase().GetId()})
	installationtest.WantRefused(t, err, codes.NotFound, "NOT_FOUND")
}

func TestTheRolesAreCheckedAgainWhileTheCaseIsOpen(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	if got := hints(t, r, installationtest.Manager, id); len(got) > 0 {
		t.Fatalf("hints before anything changed: %v", got)
	}
	at := func(days int, roles []byte) {
		t.Helper()
		answering(t, r, "310000019", roles)
		r.API.MoveClock(t, r.API.Now().AddDate(0, 0, days))
		r.Drive(t, id)
	}
	date := fictional.Namesake().BirthDate.String()
	at(29, roleAnswer("Eirik", "", "Nordbø", date))
	if got := hints(t, r, installationtest.Manager, id); len(got) > 0 {
		t.Errorf("asked before it was time: %v", got)
	}
	at(2, roleAnswer("Eirik", "Aleksander", "Nordbø", date))
	if got := hints(t, r, installationtest.Manager, id); len(got) != 1 || got[0].GetPersonId() != namesake || got[0].GetRoles()[0] != "Daglig leder" {
		t.Errorf("hints when the roles had changed: %v", got)
	}
	at(31, roleAnswer("Eirik", "", "Nordbø", "1980-05-17"))
	if got := hints(t, r, installationtest.Manager, id); len(got) != 1 || got[0].GetGoneAt() == nil {
		t.Errorf("hints when somebody else had come: %v", got)
	}
	at(31, []byte(`{"rollegrupper":[`)) // an answer that cannot be read holds up nothing
	if got := hints(t, r, installationtest.Manager, id); len(got) != 1 {
		t.Errorf("hints after an answer that cannot be read: %v", got)
	}
}

func TestARegistryThatDoesNotAnswerIsAskedTheNextDay(t *testing.T) {
	r := begin(t)
	unreachable(t, r)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_CLARIFICATION)
	answering(t, r, "310000019", roleAnswer("Eirik", "", "Nordbø", fictional.Namesake().BirthDate.String()))
	r.Drive(t, id)
	if got := hints(t, r, installationtest.Manager, id); len(got) > 0 {
		t.Errorf("asked at once: %v", got)
	}
	r.API.MoveClock(t, r.API.Now().Add(25*time.Hour))
	r.Drive(t, id)
	if got := hints(t, r, installationtest.Manager, id); len(got) != 1 {
		t.Errorf("hints the next day: %v", got)
	}
}

func TestABirthDateIsKeptForHintsOnlyAndNeverSeen(t *testing.T) {
	r := begin(t)
	client := saakornv1.NewHintServiceClient(r.API.Connection)
	give := func(person, date string) error {
		_, err := client.GiveBirthDate(r.API.As(t.Context(), person), &saakornv1.GiveBirthDateRequest{RequestId: uuid.NewString(), BirthDate: date})
		return err
	}
	const date = "1977-11-08"
	must(t, give("case-officer-2", date))
	r.API.Unchanged(t, func() {
		for text, want := range map[string]string{"1977-02-30": "NO_SUCH_DATE", "08.11.1977": "NO_SUCH_DATE", "2018-01-01": "NOT_A_BIRTH_DATE", "1877-11-08": "NOT_A_BIRTH_DATE"} {
			err := give("case-officer-2", text)
			wantReason(t, err, want)
			if err != nil && strings.Contains(err.Error(), text) {
				t.Errorf("the answer repeats the date: %v", err)
			}
		}
		if err := give("case-officer-2", "1977-11-8"); err == nil {
			t.Error("a date of nine characters")
		}
		installationtest.WantRefused(t, give(installationtest.Entrepreneur, date), codes.PermissionDenied, "ROLE_MISSING")
	})
	// Nowhere in the database is the date, nor a plain digest of the request that brought it.
	rows, err := r.API.Installation.Pool.Query(t.Context(), `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	must(t, err)
	var tables []string
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	must(t, rows.Err())
	for _, name := range tables {
		if n := number(t, r, `SELECT count(*) FROM `+name+` x WHERE x::text LIKE '%`+date+`%'`); n > 0 {
			t.Errorf("the date stands in %s", name)
		}
	}
	if n := number(t, r, `SELECT count(DISTINCT digest) FROM staff_birth_date`); n != number(t, r, `SELECT count(*) FROM staff_birth_date`) {
		t.Error("two people have the same digest")
	}
	_, err = client.RemoveBirthDate(r.API.As(t.Context(), "case-officer-2"), &saakornv1.RemoveBirthDateRequest{RequestId: uuid.NewString()})
	must(t, err)
	if n := number(t, r, `SELECT count(*) FROM staff_birth_date WHERE person_id = 'case-officer-2'`); n != 0 {
		t.Error("the birth date is still kept")
	}
	if n := number(t, r, `SELECT count(*) FROM audit_event WHERE action IN ('BIRTH_DATE_GIVEN', 'BIRTH_DATE_REMOVED')`); n != 2 {
		t.Errorf("%d events of giving and taking back", n)
	}
}

func TestNoEventAndNoAnswerTellsWhoWasBornWhen(t *testing.T) {
	r := begin(t)
	id := r.Apply(t, namesakesEnterprise).GetId()
	r.Drive(t, id)
	date := fictional.Namesake().BirthDate.String()
	events, err := json.Marshal(r.Events(t, installationtest.Auditor, r.Case(t, id).GetCase().GetId()))
	must(t, err)
	for _, word := range []string{date, namesake, "Nordbø"} {
		if strings.Contains(string(events), word) {
			t.Errorf("the events say %q", word)
		}
	}
	if !strings.Contains(string(events), "ROLES_CHECKED") {
		t.Error("no event says that a hint was found")
	}
}

func TestWithoutAKeyThereAreNoHints(t *testing.T) {
	r := begin(t)
	r.API.Installation.Proceeding.BirthDates = casework.BirthDates{}
	id := r.Apply(t, namesakesEnterprise).GetId()
	r.Drive(t, id)
	if got := hints(t, r, installationtest.Manager, id); len(got) > 0 {
		t.Errorf("hints: %v", got)
	}
}
