package casework_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/database"
)

type desks struct {
	*testing.T
	r      *caseworktest.Round
	client saakornv1.AssignmentServiceClient
	queue  saakornv1.QueueServiceClient
}

func desksOf(t *testing.T, r *caseworktest.Round) desks {
	return desks{t, r, saakornv1.NewAssignmentServiceClient(r.API.Connection), saakornv1.NewQueueServiceClient(r.API.Connection)}
}

func (d desks) handOver(person, applicationID, to, note string) error {
	d.Helper()
	c := d.r.Case(d.T, applicationID).GetCase()
	d.r.Enter(d.T, applicationID, person)
	_, err := d.client.HandOverCase(d.r.API.As(d.Context(), person), &saakornv1.HandOverCaseRequest{
		RequestId: uuid.NewString(), CaseId: c.GetId(), Etag: c.GetEtag(), OwnerId: to, Note: note,
	})
	return err
}

// day returns the date so many days from today.
func (d desks) day(days int) string { return calendar.On(d.r.API.Now()).AddDays(days).String() }

func (d desks) register(ctx context.Context, person, absent, substitute string, first, last int) (*saakornv1.Absence, error) {
	answer, err := d.client.RegisterAbsence(d.r.API.As(ctx, person), &saakornv1.RegisterAbsenceRequest{
		RequestId: uuid.NewString(), PersonId: absent, SubstituteId: substitute, FirstDay: d.day(first), LastDay: d.day(last),
	})
	return answer.GetAbsence(), err
}

// away registers that somebody is away for a week from today.
func (d desks) away(person, substitute string) {
	d.Helper()
	_, err := d.register(d.Context(), person, "", substitute, 0, 6)
	must(d.T, err)
}

func (d desks) mine(person string) int {
	d.Helper()
	answer, err := d.queue.SearchCases(d.r.API.As(d.Context(), person), &saakornv1.SearchCasesRequest{Filter: &saakornv1.CaseFilter{OwnerId: "me"}})
	must(d.T, err)
	return len(answer.GetCases())
}

func (d desks) unowned() int {
	d.Helper()
	answer, err := d.queue.SearchCases(d.r.API.As(d.Context(), installationtest.Manager), &saakornv1.SearchCasesRequest{Filter: &saakornv1.CaseFilter{OwnerId: "none"}})
	must(d.T, err)
	return len(answer.GetCases())
}

// received returns a case in which findings wait for an answer, owned by the first officer.
func received(t *testing.T, r *caseworktest.Round, n int) string {
	t.Helper()
	id := r.Apply(t, n).GetId()
	r.Drive(t, id)
	r.Own(t, id, installationtest.CaseOfficer)
	return id
}

func TestACaseIsHandedOverWithANoteThatIsKept(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := r.Apply(t, 1).GetId()
	r.Drive(t, id)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_NAME_OWNER)
	wantReason(t, d.handOver(installationtest.Manager, id, "case-officer-2", "Ta den."), "NO_OWNER")
	r.Own(t, id, installationtest.CaseOfficer)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_ANSWER_FINDINGS)

	const note = "De venter på svar om vedtektene."
	wantReason(t, d.handOver("case-officer-3", id, "case-officer-3", note), "NOT_YOUR_CASE")
	wantReason(t, d.handOver(installationtest.CaseOfficer, id, "case-officer-2", " "), "REQUIRED")
	wantReason(t, d.handOver(installationtest.CaseOfficer, id, "assessor-1", note), "NO_SUCH_PERSON")
	wantReason(t, d.handOver(installationtest.CaseOfficer, id, installationtest.CaseOfficer, note), "OWNS_THE_CASE")
	old := r.Case(t, id).GetCase()
	must(t, d.handOver(installationtest.CaseOfficer, id, "case-officer-2", note))
	_, err := d.client.HandOverCase(r.API.As(t.Context(), installationtest.Manager), &saakornv1.HandOverCaseRequest{
		RequestId: uuid.NewString(), CaseId: old.GetId(), Etag: old.GetEtag(), OwnerId: "case-officer-3", Note: note,
	})
	wantReason(t, err, "STALE_ETAG")
	must(t, d.handOver(installationtest.Manager, id, "case-officer-3", "Jevner ut."))

	var got []string
	for _, c := range r.Case(t, id).GetOwnerChanges() {
		got = append(got, c.GetFromId()+" > "+c.GetToId()+": "+c.GetNote()+" "+c.GetCause().String()+" by "+c.GetChangedBy())
	}
	want := []string{
		" > case-officer-1:  OWNER_CHANGE_CAUSE_ASSIGNED by manager-1",
		"case-officer-1 > case-officer-2: " + note + " OWNER_CHANGE_CAUSE_HANDED_OVER by case-officer-1",
		"case-officer-2 > case-officer-3: Jevner ut. OWNER_CHANGE_CAUSE_HANDED_OVER by manager-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	told := slices.ContainsFunc(r.Events(t, "auditor-1", old.GetId()), func(e *saakornv1.Event) bool { return e.GetAction() == "CASE_HANDED_OVER" })
	if !told {
		t.Error("the audit trail knows of no hand-over")
	}
	for _, statement := range []string{`UPDATE owner_change SET note = ''`, `DELETE FROM owner_change`} {
		if err := exec(t, r, statement); err == nil {
			t.Errorf("the database did it: %s", statement)
		}
	}
	err = exec(t, r, `INSERT INTO owner_change (case_id, cause, changed_by, changed_at) SELECT id, 'HANDED_OVER', 'x', now() FROM case_file`)
	if !database.Violates(err, "hand_over_has_note") {
		t.Errorf("the database took a hand-over without a note: %v", err)
	}
}

func TestASubstituteStandsInWhileTheOwnerIsAway(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := received(t, r, 1)
	d.away(installationtest.CaseOfficer, "case-officer-2")

	c := r.Case(t, id).GetCase()
	if c.GetOwnerId() != installationtest.CaseOfficer || c.GetActingOwnerId() != "case-officer-2" || c.GetActingOwnerName() == "" {
		t.Errorf("the case is %v", c)
	}
	if d.mine("case-officer-2") != 1 || d.mine(installationtest.CaseOfficer) != 1 || d.unowned() != 0 {
		t.Errorf("the substitute finds %d, the owner %d, and %d are nobody's", d.mine("case-officer-2"), d.mine(installationtest.CaseOfficer), d.unowned())
	}
	progress, err := r.API.Cases.GetProgress(r.API.As(t.Context(), caseworktest.Applicant(1)), &saakornv1.GetProgressRequest{ApplicationId: id})
	must(t, err)
	if progress.GetContactName() != c.GetActingOwnerName() {
		t.Errorf("the applicant is told to ask %q", progress.GetContactName())
	}
	load, err := d.queue.GetWorkload(r.API.As(t.Context(), installationtest.Manager), &saakornv1.GetWorkloadRequest{})
	must(t, err)
	desk := map[string]*saakornv1.Workload{}
	for _, w := range load.GetOfficers() {
		desk[w.GetOwnerId()] = w
	}
	if w := desk[installationtest.CaseOfficer]; w.GetAbsentUntil() != d.day(6) || w.GetSubstituteId() != "case-officer-2" || w.GetSubstituteName() == "" || w.GetOpen() != 1 {
		t.Errorf("the desk of who is away: %v", w)
	}
	if w := desk["case-officer-2"]; w.GetStandingIn() != 1 || w.GetOpen() != 0 || w.GetAbsentUntil() != "" {
		t.Errorf("the desk of the substitute: %v", w)
	}

	// What is new goes to the substitute for good.
	second := r.Apply(t, 2).GetId()
	r.Drive(t, second)
	r.Own(t, second, installationtest.CaseOfficer)
	changes := r.Case(t, second).GetOwnerChanges()
	if got := changes[0]; got.GetToId() != "case-officer-2" || got.GetIntendedId() != installationtest.CaseOfficer {
		t.Errorf("the new case went to %v", got)
	}
	must(t, d.handOver("case-officer-2", id, "case-officer-3", "Jeg rekker ikke denne."))

	r.API.MoveClock(t, r.API.Now().AddDate(0, 0, 7))
	if c := r.Case(t, second).GetCase(); c.GetOwnerId() != "case-officer-2" || c.GetActingOwnerId() != "" {
		t.Errorf("after the absence the case is %v", c)
	}
	if d.mine("case-officer-2") != 1 {
		t.Errorf("after the absence the substitute finds %d", d.mine("case-officer-2"))
	}
}

func TestWhatTheSubstituteCannotTakeIsVisiblyNobodys(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := received(t, r, 1)
	must(t, declare(t, r, "case-officer-2", r.Case(t, id).GetCase(), false))
	d.away(installationtest.CaseOfficer, "case-officer-2")
	c := r.Find(t, "case-officer-3", id).GetCase()
	if c.GetActingOwnerId() != "" || c.GetNextStep() != saakornv1.NextStep_NEXT_STEP_NAME_OWNER {
		t.Errorf("the case is %v", c)
	}
	if d.unowned() != 1 || d.mine("case-officer-2") != 0 {
		t.Errorf("%d are nobody's, and the substitute finds %d", d.unowned(), d.mine("case-officer-2"))
	}
	load, err := d.queue.GetWorkload(r.API.As(t.Context(), installationtest.Manager), &saakornv1.GetWorkloadRequest{})
	must(t, err)
	if load.GetUnowned().GetOpen() != 1 {
		t.Errorf("what nobody owns: %v", load.GetUnowned())
	}
	for _, to := range []string{"case-officer-2", installationtest.CaseOfficer} { // directly, and through the absence
		wantReason(t, assign(r.API.As(t.Context(), installationtest.Manager), r, c, to), "NOT_IMPARTIAL")
	}
	must(t, assign(r.API.As(t.Context(), installationtest.Manager), r, c, "case-officer-3"))
	if d.unowned() != 0 {
		t.Error("the case is still nobody's")
	}
}

func TestASubstituteAssessesAnewWhatSomebodyAwayHasNotSubmitted(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := assessing(t, r, 1)
	caseID := r.Case(t, id).GetCase().GetId()
	r.Enter(t, id, "assessor-1")
	_, err := r.API.Cases.SaveAssessment(r.API.As(t.Context(), "assessor-1"), &saakornv1.SaveAssessmentRequest{
		RequestId: uuid.NewString(), CaseId: caseID, Scores: []*saakornv1.Score{{Criterion: "relevance", Value: 1, Reason: "Utkast."}},
	})
	must(t, err)
	sees := func(person string) error {
		_, err := r.API.Cases.GetCase(r.API.As(t.Context(), person), &saakornv1.GetCaseRequest{CaseId: caseID})
		return err
	}
	reads := func(person string) error {
		_, err := r.API.Applications.GetApplication(r.API.As(t.Context(), person), &saakornv1.GetApplicationRequest{ApplicationId: id})
		return err
	}
	wantReason(t, sees("assessor-3"), "NOT_FOUND")
	wantReason(t, reads("assessor-3"), "NOT_FOUND")
	r.AssessAs(t, "assessor-2", id)
	d.away("assessor-1", "assessor-3")
	r.Enter(t, id, "assessor-3")
	must(t, sees("assessor-3"))
	must(t, reads("assessor-3"))
	found, err := d.queue.SearchCases(r.API.As(t.Context(), "assessor-3"), &saakornv1.SearchCasesRequest{})
	must(t, err)
	if len(found.GetCases()) != 1 {
		t.Errorf("the substitute finds %v", found.GetCases())
	}
	if got := r.Find(t, "assessor-3", id); len(got.GetAssessments()) != 0 {
		t.Errorf("before submitting the substitute sees %v", got.GetAssessments())
	}
	r.AssessAs(t, "assessor-3", id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION)
	if diff := cmp.Diff([]string{"assessor-2", "assessor-3"}, r.Case(t, id).GetAssessorIds()); diff != "" {
		t.Error(diff)
	}
	if n := number(t, r, `SELECT count(*) FROM audit_event WHERE action = 'ASSESSMENT_TAKEN_OVER' AND before->>'assessor_id' = 'assessor-1'`); n != 1 {
		t.Errorf("%d events say who took it over", n)
	}
	wantReason(t, sees("assessor-1"), "NOT_FOUND") // it is no longer theirs
}

func TestAssessorsWhoAreAwayAreNotNamed(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := received(t, r, 1)
	r.AnswerAll(t, id)
	d.away("assessor-1", "assessor-3")
	wantReason(t, r.AskToAssess(t, id, "assessor-1", "assessor-3"), "ABSENT")
	must(t, declare(t, r, "case-officer-4", r.Case(t, id).GetCase(), false))
	wantReason(t, r.AskToAssess(t, id, "assessor-2", "case-officer-4"), "NOT_IMPARTIAL")
	must(t, r.AskToAssess(t, id, "assessor-1", "assessor-2"))
	if diff := cmp.Diff([]string{"assessor-2", "assessor-3"}, slices.Sorted(slices.Values(r.Case(t, id).GetAssessorIds()))); diff != "" {
		t.Error(diff)
	}
	d.away("assessor-2", "assessor-3") // who assesses the case already
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_NAME_ASSESSORS)
	must(t, r.AskToAssess(t, id, "assessor-3", "assessor-4"))
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_AWAIT_ASSESSMENTS)
}

func TestASubstitutePreparesTheAppealOfSomebodyAway(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := told(t, r)
	a := appeals(t, r)
	appeal, err := a.submit(id)
	must(t, err)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_NAME_APPEAL_OWNER)
	must(t, a.assign(appeal.GetId(), newOfficer))
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_PREPARE_APPEAL)
	prepare := func(person string) error {
		r.Enter(t, id, person)
		_, err := a.client.PrepareAppeal(r.API.As(t.Context(), person), &saakornv1.PrepareAppealRequest{
			RequestId: uuid.NewString(), AppealId: appeal.GetId(), Etag: a.newest(id).GetEtag(), Recommended: forwarded, Assessment: "Vedtaket står seg.",
		})
		return err
	}
	absence, err := d.register(t.Context(), newOfficer, "", installationtest.CaseOfficer, 0, 6) // who recommended
	must(t, err)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_NAME_APPEAL_OWNER)
	wantReason(t, prepare(installationtest.CaseOfficer), "NOT_SOMEBODY_NEW")
	wantReason(t, a.assign(appeal.GetId(), newOfficer), "NOT_SOMEBODY_NEW")
	_, err = d.client.ChangeAbsence(r.API.As(t.Context(), installationtest.Manager), &saakornv1.ChangeAbsenceRequest{
		RequestId: uuid.NewString(), AbsenceId: absence.GetId(), Etag: absence.GetEtag(), SubstituteId: "case-officer-5", FirstDay: d.day(0), LastDay: d.day(6),
	})
	must(t, err)
	wantReason(t, prepare("case-officer-6"), "NOT_YOUR_APPEAL")
	must(t, prepare("case-officer-5"))
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_DECIDE_APPEAL)
	if n := number(t, r, `SELECT count(*) FROM audit_event WHERE action = 'APPEAL_TAKEN_OVER' AND actor_id = 'case-officer-5'`); n != 1 {
		t.Errorf("%d events say who took it over", n)
	}
	if got := a.newest(id); got.GetOwnerId() != "case-officer-5" {
		t.Errorf("the appeal is %v", got)
	}
}

func TestPeopleRegisterTheirOwnAbsenceAndManagersThatOfOthers(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	for name, test := range map[string]struct {
		by, absent, substitute string
		first, last            int
		want                   string
	}{
		"somebody else's":              {"case-officer-1", "case-officer-2", "case-officer-3", 1, 2, "NOT_YOUR_ABSENCE"},
		"of nobody":                    {"manager-1", "nobody-at-all", "case-officer-3", 1, 2, "NO_SUCH_PERSON"},
		"of somebody without cases":    {"manager-1", "auditor-1", "case-officer-3", 1, 2, "NOTHING_TO_STAND_IN_FOR"},
		"an assessor for an officer":   {"case-officer-1", "", "assessor-1", 1, 2, "NO_SUCH_PERSON"},
		"an auditor for an assessor":   {"assessor-1", "", "auditor-1", 1, 2, "NO_SUCH_PERSON"},
		"oneself":                      {"case-officer-1", "me", "case-officer-1", 1, 2, "SAME_PERSON"},
		"backwards":                    {"case-officer-1", "", "case-officer-2", 2, 1, "BEFORE_FIRST_DAY"},
		"over":                         {"case-officer-1", "", "case-officer-2", -5, -1, "IN_THE_PAST"},
		"by a manager":                 {"manager-1", "case-officer-6", "case-officer-2", 1, 2, ""},
		"an officer for an assessor":   {"assessor-4", "", "case-officer-2", 1, 2, ""},
		"a decision maker's, who owns": {"decision-maker-3", "", "case-officer-2", 1, 2, ""},
	} {
		_, err := d.register(t.Context(), test.by, test.absent, test.substitute, test.first, test.last)
		if test.want == "" {
			must(t, err)
			continue
		}
		t.Run(name, func(t *testing.T) { wantReason(t, err, test.want) })
	}
	_, err := d.client.RegisterAbsence(r.API.As(t.Context(), "case-officer-1"), &saakornv1.RegisterAbsenceRequest{
		RequestId: uuid.NewString(), SubstituteId: "case-officer-2", FirstDay: "2019-02-30", LastDay: "2019-13-01",
	})
	wantReason(t, err, "NO_SUCH_DATE")
	_, err = d.register(t.Context(), "entrepreneur-01", "", "case-officer-2", 1, 2)
	wantReason(t, err, "ROLE_MISSING")
}

func TestAbsencesRegisteredAtTheSameMomentMakeNoCircleAndNoOverlap(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	why := oneWins(t, together(
		func() error {
			_, err := d.register(t.Context(), "case-officer-1", "", "case-officer-2", 1, 5)
			return err
		},
		func() error {
			_, err := d.register(t.Context(), "case-officer-2", "", "case-officer-1", 5, 9)
			return err
		},
	))
	if !strings.Contains(why, "STANDS_IN_IN_A_CIRCLE") {
		t.Errorf("the other was refused with %q", why)
	}
	why = oneWins(t, together(
		func() error {
			_, err := d.register(t.Context(), "case-officer-3", "", "case-officer-4", 1, 5)
			return err
		},
		func() error {
			_, err := d.register(t.Context(), "manager-1", "case-officer-3", "case-officer-5", 5, 9)
			return err
		},
	))
	if !strings.Contains(why, "OVERLAPS") {
		t.Errorf("the other was refused with %q", why)
	}
	err := exec(t, r, `INSERT INTO absence (id, person_id, substitute_id, first_day, last_day, registered_by, registered_at)
		SELECT gen_random_uuid(), person_id, 'case-officer-6', last_day, last_day + 1, 'x', now() FROM absence WHERE person_id = 'case-officer-3'`)
	if !database.Violates(err, "absence_overlap") {
		t.Errorf("the database took two absences at once: %v", err)
	}
}

func TestAbsencesAreListedChangedAndEnded(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	first, err := d.register(t.Context(), "case-officer-1", "", "case-officer-2", 0, 9)
	must(t, err)
	_, err = d.register(t.Context(), "assessor-1", "", "assessor-2", 1, 3)
	must(t, err)
	list := func(person string, q *saakornv1.ListAbsencesRequest) []string {
		t.Helper()
		var people []string
		for {
			answer, err := d.client.ListAbsences(r.API.As(t.Context(), person), q)
			must(t, err)
			for _, a := range answer.GetAbsences() {
				people = append(people, a.GetPersonId())
			}
			if q.PageToken = answer.GetNextPageToken(); q.GetPageToken() == "" {
				return people
			}
		}
	}
	for name, test := range map[string]struct {
		person string
		q      *saakornv1.ListAbsencesRequest
		want   []string
	}{
		"everybody, by the last day":   {"auditor-1", &saakornv1.ListAbsencesRequest{PageSize: 1}, []string{"assessor-1", "case-officer-1"}},
		"mine":                         {"case-officer-1", &saakornv1.ListAbsencesRequest{PersonId: "me"}, []string{"case-officer-1"}},
		"an assessor sees their own":   {"assessor-1", &saakornv1.ListAbsencesRequest{}, []string{"assessor-1"}},
		"and whom they stand in for":   {"assessor-2", &saakornv1.ListAbsencesRequest{Current: true}, []string{"assessor-1"}},
		"and no others":                {"assessor-3", &saakornv1.ListAbsencesRequest{}, nil},
		"an assessor asks for another": {"assessor-3", &saakornv1.ListAbsencesRequest{PersonId: "case-officer-1"}, nil},
	} {
		if diff := cmp.Diff(test.want, list(test.person, test.q)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	change := func(person, etag, substitute string, first, last int) error {
		_, err := d.client.ChangeAbsence(r.API.As(t.Context(), person), &saakornv1.ChangeAbsenceRequest{
			RequestId: uuid.NewString(), AbsenceId: list1(d, "case-officer-1").GetId(), Etag: etag, SubstituteId: substitute, FirstDay: d.day(first), LastDay: d.day(last),
		})
		return err
	}
	wantReason(t, change("case-officer-3", first.GetEtag(), "case-officer-3", 0, 5), "NOT_YOUR_ABSENCE")
	wantReason(t, change("assessor-1", first.GetEtag(), "case-officer-3", 0, 5), "NOT_FOUND")
	wantReason(t, change("case-officer-1", "7", "case-officer-3", 0, 5), "STALE_ETAG")
	wantReason(t, change("case-officer-1", first.GetEtag(), "case-officer-3", 1, 5), "BEGUN")
	must(t, change("case-officer-1", first.GetEtag(), "case-officer-3", 0, 5))
	r.API.MoveClock(t, r.API.Now().Add(48*time.Hour))
	changed := list1(d, "case-officer-1")
	_, err = d.client.EndAbsence(r.API.As(t.Context(), "manager-1"), &saakornv1.EndAbsenceRequest{RequestId: uuid.NewString(), AbsenceId: changed.GetId(), Etag: changed.GetEtag()})
	must(t, err)
	if got := list("case-officer-2", &saakornv1.ListAbsencesRequest{Current: true}); !cmp.Equal(got, []string{"assessor-1"}) {
		t.Errorf("away still: %v", got)
	}
	ended := list1(d, "case-officer-1")
	if ended.GetLastDay() != d.day(-1) {
		t.Errorf("it ended as %v", ended)
	}
	_, err = d.client.EndAbsence(r.API.As(t.Context(), "manager-1"), &saakornv1.EndAbsenceRequest{RequestId: uuid.NewString(), AbsenceId: ended.GetId(), Etag: ended.GetEtag()})
	wantReason(t, err, "ABSENCE_OVER")
	if n := number(t, r, `SELECT count(*) FROM audit_event WHERE subject_kind = 'absence'`); n != 4 {
		t.Errorf("%d events about absences", n)
	}
}

func list1(d desks, person string) *saakornv1.Absence {
	d.Helper()
	answer, err := d.client.ListAbsences(d.r.API.As(d.Context(), "auditor-1"), &saakornv1.ListAbsencesRequest{PersonId: person})
	must(d.T, err)
	return answer.GetAbsences()[0]
}

func TestWhoeverIsNotImpartialIsReplacedAndWhatTheyPreparedComesBack(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := assessing(t, r, 1)
	r.AssessAs(t, "assessor-1", id)
	r.AssessAs(t, "assessor-2", id)
	r.Recommend(t, installationtest.CaseOfficer, id, approved, amount)

	must(t, declare(t, r, installationtest.CaseOfficer, r.Case(t, id).GetCase(), false))
	c := r.Find(t, "case-officer-2", id)
	if c.GetCase().GetOwnerId() != "" || c.GetCase().GetNextStep() != saakornv1.NextStep_NEXT_STEP_NAME_OWNER || d.unowned() != 1 {
		t.Errorf("the case is %v, and %d are nobody's", c.GetCase(), d.unowned())
	}
	last := c.GetOwnerChanges()[len(c.GetOwnerChanges())-1]
	if last.GetCause() != saakornv1.OwnerChangeCause_OWNER_CHANGE_CAUSE_NOT_IMPARTIAL || last.GetFromId() != installationtest.CaseOfficer {
		t.Errorf("the last change is %v", last)
	}
	if rec := c.GetRecommendations()[0]; rec.GetReturnedAt() == nil || !rec.GetRecommenderLeft() || rec.GetReturnNote() != "" {
		t.Errorf("the recommendation still lies before a decision maker: %v", rec)
	}
}

func TestAnAssessmentOfSomebodyWhoIsNotImpartialCountsNoMore(t *testing.T) {
	r := begin(t)
	id := assessing(t, r, 1)
	r.AssessAs(t, "assessor-1", id)
	r.AssessAs(t, "assessor-2", id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION)
	must(t, declare(t, r, "assessor-2", r.Case(t, id).GetCase(), false))
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_ASSESSMENT)
	next(t, r, id, saakornv1.NextStep_NEXT_STEP_NAME_ASSESSORS)
	if diff := cmp.Diff([]string{"assessor-1"}, r.Case(t, id).GetAssessorIds()); diff != "" {
		t.Error(diff)
	}
	kept := slices.ContainsFunc(r.Case(t, id).GetAssessments(), func(a *saakornv1.Assessment) bool {
		return a.GetAssessorId() == "assessor-2" && a.GetSetAsideAt() != nil
	})
	if !kept {
		t.Errorf("what was set aside is gone: %v", r.Case(t, id).GetAssessments())
	}
	wantReason(t, r.AskToAssess(t, id, "assessor-1", "assessor-2"), "NOT_IMPARTIAL")
	must(t, r.AskToAssess(t, id, "assessor-1", "assessor-3"))
	r.AssessAs(t, "assessor-3", id)
	step(t, r, id, saakornv1.CaseStep_CASE_STEP_RECOMMENDATION)
}

func TestTheSubstituteTakesOverFromSomebodyAwayWhoIsNotImpartial(t *testing.T) {
	r := begin(t)
	d := desksOf(t, r)
	id := received(t, r, 1)
	d.away(installationtest.CaseOfficer, "case-officer-2")
	must(t, declare(t, r, installationtest.CaseOfficer, r.Case(t, id).GetCase(), false))
	if owner := r.Find(t, "auditor-1", id).GetCase().GetOwnerId(); owner != "case-officer-2" {
		t.Errorf("the case belongs to %q", owner)
	}
}
