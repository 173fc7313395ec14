package enterprise_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/enterprise"
	"saakorn/services/platform/fault"
)

const (
	reader        = saakornv1.MemberRight_MEMBER_RIGHT_READER
	editor        = saakornv1.MemberRight_MEMBER_RIGHT_EDITOR
	administrator = saakornv1.MemberRight_MEMBER_RIGHT_ADMINISTRATOR
)

func TestNumbersThatLeadNowhereAreExplained(t *testing.T) {
	h := newHouse(t)
	ask := func(number string) error {
		_, lookUpErr := h.server.LookUpEnterprise(as(t, "entrepreneur-01"), &saakornv1.LookUpEnterpriseRequest{OrganizationNumber: number})
		_, registerErr := h.server.RegisterEnterprise(as(t, "entrepreneur-01"), &saakornv1.RegisterEnterpriseRequest{
			RequestId: uuid.NewString(), OrganizationNumber: number,
		})
		if lookUpErr == nil || registerErr == nil || lookUpErr.Error() != registerErr.Error() {
			t.Errorf("%s: looking up says %v, registering %v", number, lookUpErr, registerErr)
		}
		return registerErr
	}
	wantViolation(t, ask("310000018"), "organization_number", "ORGANIZATION_NUMBER_CHECK_DIGIT")
	wantViolation(t, ask("31000001"), "organization_number", "ORGANIZATION_NUMBER_LENGTH")
	wantViolation(t, ask("31000001x"), "organization_number", "ORGANIZATION_NUMBER_CHARACTERS")
	if f := wantReason(t, ask(unknown), "NEVER_EXISTED"); f.Kind != fault.NotFound {
		t.Errorf("a number nobody has: kind %d", f.Kind)
	}
	f := wantReason(t, ask(removed), "REMOVED_FROM_REGISTRY")
	if f.Kind != fault.Precondition || f.Details["removed_on"] != "2017-11-09" || !strings.Contains(f.Message, "2017-11-09") {
		t.Errorf("a removed enterprise: %+v", f)
	}
	h.answers.down = true
	if f := wantReason(t, ask(spirehagen), "REGISTRY_UNAVAILABLE"); f.Kind != fault.Unavailable {
		t.Errorf("registries that do not answer: kind %d", f.Kind)
	}
	if n := count(t, h.pool, `SELECT count(*) FROM enterprise`); n != 0 {
		t.Errorf("%d enterprises were registered", n)
	}
}

func TestLookingUpTellsWhatTheRegistriesSay(t *testing.T) {
	h := newHouse(t)
	ask := func(personID string) *saakornv1.LookUpEnterpriseResponse {
		answer, err := h.server.LookUpEnterprise(as(t, personID), &saakornv1.LookUpEnterpriseRequest{OrganizationNumber: "NO 310 000 019 MVA"})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	facts := ask("entrepreneur-02").GetFacts()
	if facts.GetName() != "Spirehagen Arbeid AS (fiktiv)" || facts.GetFormCode() != "AS" || facts.GetMunicipalityNumber() != "0301" ||
		!facts.GetRegisteredVoluntary() || facts.GetLanguage() != "nb" || facts.GetArticlesDated() == "" || len(facts.GetStatutoryPurpose()) == 0 {
		t.Errorf("facts %+v", facts)
	}
	id := h.register(t, "entrepreneur-01", spirehagen)
	if got := ask("entrepreneur-01").GetEnterpriseId(); got != id {
		t.Errorf("its member is told the entry %q, want %q", got, id)
	}
	if got := ask("entrepreneur-02").GetEnterpriseId(); got != "" {
		t.Errorf("a stranger is told the entry %q", got)
	}
}

func TestWhoeverRegistersBecomesTheFirstAdministrator(t *testing.T) {
	h := newHouse(t)
	id := h.register(t, "entrepreneur-01", "310 000 019")
	answer, err := h.server.GetEnterprise(as(t, "entrepreneur-01"), &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
	if err != nil {
		t.Fatal(err)
	}
	e := answer.GetEnterprise()
	if e.GetOrganizationNumber() != spirehagen || e.GetSource() != "Enhetsregisteret" || e.GetEtag() != "1" ||
		!e.GetRegistryCheckedAt().AsTime().Equal(morning) {
		t.Errorf("registered %+v", e)
	}
	members, err := h.server.ListMembers(as(t, "entrepreneur-01"), &saakornv1.ListMembersRequest{EnterpriseId: id})
	if err != nil {
		t.Fatal(err)
	}
	if m := members.GetMembers(); len(m) != 1 || m[0].GetPersonId() != "entrepreneur-01" || m[0].GetRight() != administrator || m[0].GetName() == "" {
		t.Errorf("members %+v", m)
	}
	want := []string{"ENTERPRISE_REGISTERED by entrepreneur-01", "MEMBER_ADDED by entrepreneur-01"}
	if diff := cmp.Diff(want, actions(t, h.pool, id)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyWhoMayActRegisters(t *testing.T) {
	h := newHouse(t)
	_, err := h.server.RegisterEnterprise(as(t, "entrepreneur-02"), &saakornv1.RegisterEnterpriseRequest{
		RequestId: uuid.NewString(), OrganizationNumber: spirehagen,
	})
	wantReason(t, err, "NOT_MANDATED")
}

func TestAnEnterpriseIsRegisteredOnce(t *testing.T) {
	h := newHouse(t)
	id := h.register(t, "entrepreneur-01", spirehagen)
	again := func(personID string) *fault.Fault {
		_, err := h.server.RegisterEnterprise(as(t, personID), &saakornv1.RegisterEnterpriseRequest{
			RequestId: uuid.NewString(), OrganizationNumber: spirehagen,
		})
		return wantReason(t, err, "ALREADY_REGISTERED")
	}
	if f := again("entrepreneur-01b"); f.Details["enterprise_id"] != "" || !strings.Contains(f.Message, "administrator") {
		t.Errorf("the chair, who is no member, is told %+v", f)
	}
	if f := again("entrepreneur-01"); f.Details["enterprise_id"] != id {
		t.Errorf("a member is told %+v", f)
	}
}

func TestTwoWhoRegisterAtOnceMakeOneEntry(t *testing.T) {
	h := newHouse(t)
	callers := []string{"entrepreneur-01", "entrepreneur-01b", "entrepreneur-01", "entrepreneur-01b"}
	errs := make([]error, len(callers))
	var all sync.WaitGroup
	for i, caller := range callers {
		ctx := as(t, caller)
		all.Go(func() {
			_, errs[i] = h.server.RegisterEnterprise(ctx, &saakornv1.RegisterEnterpriseRequest{
				RequestId: uuid.NewString(), OrganizationNumber: spirehagen,
			})
		})
	}
	all.Wait()
	registered := 0
	for _, err := range errs {
		if err == nil {
			registered++
			continue
		}
		wantReason(t, err, "ALREADY_REGISTERED")
	}
	if n := count(t, h.pool, `SELECT count(*) FROM enterprise`); registered != 1 || n != 1 {
		t.Errorf("%d calls registered %d entries", registered, n)
	}
}

func TestARepeatedRequestGetsItsFirstAnswer(t *testing.T) {
	h := newHouse(t)
	request := &saakornv1.RegisterEnterpriseRequest{RequestId: uuid.NewString(), OrganizationNumber: spirehagen}
	first, err := h.server.RegisterEnterprise(as(t, "entrepreneur-01"), request)
	if err != nil {
		t.Fatal(err)
	}
	h.answers.down = true
	second, err := h.server.RegisterEnterprise(as(t, "entrepreneur-01"), request)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	id := first.GetEnterprise().GetId()
	remove := &saakornv1.RemoveMemberRequest{RequestId: uuid.NewString(), EnterpriseId: id, PersonId: "entrepreneur-02"}
	if _, err := h.add(t, "entrepreneur-01", id, "entrepreneur-02", reader); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := h.server.RemoveMember(as(t, "entrepreneur-01"), remove); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(actions(t, h.pool, id)); got != 4 {
		t.Errorf("%d events, want one for each of registering, becoming administrator, letting in and removing", got)
	}
	_, err = h.server.RegisterEnterprise(as(t, "entrepreneur-01"), &saakornv1.RegisterEnterpriseRequest{
		RequestId: request.GetRequestId(), OrganizationNumber: snella,
	})
	wantViolation(t, err, "request_id", "REQUEST_ID_REUSED")
}

func TestAForeignEnterpriseIsInvisible(t *testing.T) {
	h := newHouse(t)
	id := h.register(t, "entrepreneur-01", spirehagen)
	stranger := as(t, "entrepreneur-02")
	for _, id := range []string{id, uuid.NewString()} {
		_, getErr := h.server.GetEnterprise(stranger, &saakornv1.GetEnterpriseRequest{EnterpriseId: id})
		_, listErr := h.server.ListMembers(stranger, &saakornv1.ListMembersRequest{EnterpriseId: id})
		_, addErr := h.add(t, "entrepreneur-02", id, "entrepreneur-02", administrator)
		for _, err := range []error{getErr, listErr, addErr, h.remove(t, "entrepreneur-02", id, "entrepreneur-01")} {
			if f := wantReason(t, err, "NOT_FOUND"); f.Message != fault.NewNotFound("enterprise").Message {
				t.Errorf("the stranger is told %q", f.Message)
			}
		}
	}
	// A role that sees the register sees no members unless the contract says so.
	_, err := h.server.ListMembers(asStaff(t, saakornv1.Role_ROLE_MANAGER), &saakornv1.ListMembersRequest{EnterpriseId: id})
	wantReason(t, err, "NOT_FOUND")
	for _, role := range []saakornv1.Role{saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_AUDITOR} {
		if _, err := h.server.ListMembers(asStaff(t, role), &saakornv1.ListMembersRequest{EnterpriseId: id}); err != nil {
			t.Errorf("%s: %v", role, err)
		}
		if _, err := h.server.GetEnterprise(asStaff(t, role), &saakornv1.GetEnterpriseRequest{EnterpriseId: id}); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestEntrepreneursListTheirOwnAndStaffAll(t *testing.T) {
	h := newHouse(t)
	own := h.register(t, "entrepreneur-01", spirehagen)
	h.register(t, "entrepreneur-02", snella)
	h.register(t, "entrepreneur-03", "310000035")
	list := func(r *saakornv1.ListEnterprisesRequest, role saakornv1.Role) []string {
		ctx := as(t, "entrepreneur-01")
		if role != saakornv1.Role_ROLE_ENTREPRENEUR {
			ctx = asStaff(t, role)
		}
		var names []string
		for {
			answer, err := h.server.ListEnterprises(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range answer.GetEnterprises() {
				names = append(names, e.GetName())
			}
			if r.PageToken = answer.GetNextPageToken(); r.GetPageToken() == "" {
				return names
			}
		}
	}
	const spire, thread, apple = "Spirehagen Arbeid AS (fiktiv)", "Trådsnella Redesign (fiktiv)", "Eplekart Mat AS (fiktiv)"
	tests := []struct {
		name  string
		role  saakornv1.Role
		query string
		want  []string
	}{
		{"an entrepreneur sees their own", saakornv1.Role_ROLE_ENTREPRENEUR, "", []string{spire}},
		{"an entrepreneur searches in their own", saakornv1.Role_ROLE_ENTREPRENEUR, "snella", nil},
		{"a manager sees all", saakornv1.Role_ROLE_MANAGER, "", []string{apple, spire, thread}},
		{"part of a name in any case", saakornv1.Role_ROLE_CASE_OFFICER, " TRÅDsn", []string{thread}},
		{"an organisation number", saakornv1.Role_ROLE_CASE_OFFICER, "310 000 027", []string{thread}},
		{"part of an organisation number is none", saakornv1.Role_ROLE_CASE_OFFICER, "3100000", nil},
		{"a percent sign means itself", saakornv1.Role_ROLE_CASE_OFFICER, "%", nil},
		{"an underscore means itself", saakornv1.Role_ROLE_CASE_OFFICER, "Spirehagen_Arbeid", nil},
	}
	for _, test := range tests {
		for _, size := range []int32{0, 1, 2} {
			got := list(&saakornv1.ListEnterprisesRequest{Query: test.query, PageSize: size}, test.role)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s, pages of %d: %s", test.name, size, diff)
			}
		}
	}
	if ids, err := h.store.IDsForPerson(t.Context(), "entrepreneur-01"); err != nil || len(ids) != 1 || ids[0].String() != own {
		t.Errorf("IDsForPerson: %v, %v", ids, err)
	}
}

func TestAdministratorsDecideWhoMayAct(t *testing.T) {
	h := newHouse(t)
	id := h.register(t, "entrepreneur-01", spirehagen)
	right := func(personID string) enterprise.Right {
		r, err := h.store.Right(t.Context(), personID, uuid.MustParse(id))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	give := func(personID string, right saakornv1.MemberRight) *saakornv1.Member {
		h.clock.now = h.clock.now.Add(time.Hour)
		member, err := h.add(t, "entrepreneur-01", id, personID, right)
		if err != nil {
			t.Fatal(err)
		}
		return member
	}
	if got := right("entrepreneur-02"); got != "" {
		t.Errorf("a stranger has the right %q", got)
	}
	first := give("entrepreneur-02", reader)
	if again := give("entrepreneur-02", reader); !again.GetSince().AsTime().Equal(first.GetSince().AsTime()) {
		t.Errorf("the same right given twice is since %v, then since %v", first.GetSince(), again.GetSince())
	}
	_, err := h.add(t, "entrepreneur-02", id, "entrepreneur-03", reader)
	wantReason(t, err, "NOT_ADMINISTRATOR")
	changed := give("entrepreneur-02", editor)
	if right("entrepreneur-02") != enterprise.Editor || !changed.GetSince().AsTime().Equal(h.clock.now) || changed.GetName() == "" {
		t.Errorf("made editor: %+v", changed)
	}
	if err := h.remove(t, "entrepreneur-01", id, "entrepreneur-02"); err != nil {
		t.Fatal(err)
	}
	if got := right("entrepreneur-02"); got != "" {
		t.Errorf("after removal the right is %q", got)
	}
	if n := count(t, h.pool, `SELECT count(*) FROM enterprise_member WHERE person_id = 'entrepreneur-02' AND until IS NOT NULL`); n != 2 {
		t.Errorf("%d ended rights are kept, want the reader's and the editor's", n)
	}
	want := []string{
		"ENTERPRISE_REGISTERED by entrepreneur-01", "MEMBER_ADDED by entrepreneur-01", "MEMBER_ADDED by entrepreneur-01",
		"MEMBER_RIGHT_CHANGED by entrepreneur-01", "MEMBER_REMOVED by entrepreneur-01",
	}
	if diff := cmp.Diff(want, actions(t, h.pool, id)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyKnownEntrepreneursAreLetIn(t *testing.T) {
	h := newHouse(t)
	id := h.register(t, "entrepreneur-01", spirehagen)
	for _, personID := range []string{"nobody", "case-officer-1"} {
		_, err := h.add(t, "entrepreneur-01", id, personID, reader)
		wantViolation(t, err, "person_id", "UNKNOWN_PERSON")
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	h := newHouse(t)
	id := h.register(t, "entrepreneur-01", spirehagen)
	wantReason(t, h.remove(t, "entrepreneur-01", id, "entrepreneur-01"), "LAST_ADMINISTRATOR")
	_, err := h.add(t, "entrepreneur-01", id, "entrepreneur-01", reader)
	wantReason(t, err, "LAST_ADMINISTRATOR")
	if _, err := h.add(t, "entrepreneur-01", id, "entrepreneur-01b", administrator); err != nil {
		t.Fatal(err)
	}
	// Two administrators who remove each other at once: one of them stays.
	pairs := [][2]string{{"entrepreneur-01", "entrepreneur-01b"}, {"entrepreneur-01b", "entrepreneur-01"}}
	errs := make([]error, len(pairs))
	var both sync.WaitGroup
	for i, pair := range pairs {
		both.Go(func() { errs[i] = h.remove(t, pair[0], id, pair[1]) })
	}
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("removing each other: %v and %v", errs[0], errs[1])
	}
	left := count(t, h.pool, `SELECT count(*) FROM enterprise_member WHERE member_right = 'ADMINISTRATOR' AND until IS NULL`)
	if left != 1 {
		t.Errorf("%d administrators are left", left)
	}
}
