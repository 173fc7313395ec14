package scheme_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/platform/access"
	"saakorn/services/platform/clock"
	"saakorn/services/platform/fault"
	"saakorn/services/platform/procedure"
	"saakorn/services/scheme"
)

func asFault(t *testing.T, err error) *fault.Fault {
	t.Helper()
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		t.Fatalf("no fault: %v", err)
	}
	return f
}

func fields(f *fault.Fault) []string {
	var names []string
	for _, v := range f.Violations {
		names = append(names, v.Field)
	}
	slices.Sort(names)
	return names
}

// office is a server whose clock the test moves, and a manager who calls it.
type office struct {
	*scheme.Server
	pool  *pgxpool.Pool
	clock *clock.Moved
	ctx   context.Context
}

func newOffice(t *testing.T, now string) office {
	t.Helper()
	pool := open(t)
	outbox, err := procedure.NewOutbox(pool)
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewMoved(0)
	o := office{scheme.NewServer(pool, publish(t, pool), outbox, c), pool, c, manager(t)}
	o.moveTo(instant(t, now))
	return o
}

func manager(t *testing.T) context.Context {
	return access.WithPrincipal(t.Context(), access.Principal{ID: "manager-1", Roles: []saakornv1.Role{saakornv1.Role_ROLE_MANAGER}})
}

func (o office) moveTo(now time.Time) { o.clock.Set(now.Sub(clock.System{}.Now())) }

func announcement(t *testing.T, code, opens, closes string) *saakornv1.CreateCallRequest {
	return &saakornv1.CreateCallRequest{
		RequestId: uuid.NewString(), SchemeId: schemeID, Code: code, GrantYear: 2027,
		Title:   &saakornv1.LocalizedText{Nb: "Tilskudd 2027", Nn: "Tilskot 2027", En: "Grant 2027"},
		OpensAt: timestamppb.New(instant(t, opens)), ClosesAt: timestamppb.New(instant(t, closes)),
	}
}

func (o office) announce(t *testing.T, code, opens, closes string) *saakornv1.Call {
	t.Helper()
	answer, err := o.CreateCall(o.ctx, announcement(t, code, opens, closes))
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetCall()
}

// events lists the actions that were recorded about a call, with who did them.
func (o office) events(t *testing.T, callID string) []string {
	t.Helper()
	rows, err := o.pool.Query(t.Context(), `SELECT actor_id || ' ' || action FROM audit_event WHERE subject_id = $1 ORDER BY id`, callID)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for rows.Next() {
		var event string
		if err := rows.Scan(&event); err != nil {
			t.Fatal(err)
		}
		found = append(found, event)
	}
	return found
}

// wanted returns how many changes the call's procedure has been asked to look at.
func (o office) wanted(t *testing.T, callID string) (n int) {
	t.Helper()
	err := o.pool.QueryRow(t.Context(), `SELECT coalesce(sum(wanted), 0) FROM procedure WHERE kind = 'call' AND subject_id = $1`, callID).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnnouncedCallUsesTheVersionOfItsOpening(t *testing.T) {
	o := newOffice(t, "2026-11-01T08:00:00Z")
	call := o.announce(t, "SE-2027", "2026-12-01T08:00:00Z", "2027-02-01T11:00:00Z")
	want := &saakornv1.Call{
		Id: call.GetId(), Etag: "1", SchemeId: schemeID, SchemeVersion: "2027-1", Code: "SE-2027",
		Title:     &saakornv1.LocalizedText{Nb: "Tilskudd 2027", Nn: "Tilskot 2027", En: "Grant 2027"},
		GrantYear: 2027, State: saakornv1.CallState_CALL_STATE_PLANNED,
		OpensAt:  timestamppb.New(instant(t, "2026-12-01T08:00:00Z")),
		ClosesAt: timestamppb.New(instant(t, "2027-02-01T11:00:00Z")),
	}
	stored, err := o.GetCall(t.Context(), &saakornv1.GetCallRequest{CallId: call.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, stored.GetCall(), protocmp.Transform()); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"manager-1 CALL_CREATED"}, o.events(t, call.GetId())); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if n := o.wanted(t, call.GetId()); n != 1 {
		t.Errorf("the procedure was woken %d times, want 1", n)
	}
}

func TestRepeatedAnnouncementMakesOneCall(t *testing.T) {
	o := newOffice(t, "2026-11-01T08:00:00Z")
	request := announcement(t, "SE-2027", "2026-12-01T08:00:00Z", "2027-02-01T11:00:00Z")
	first, err := o.CreateCall(o.ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.CreateCall(o.ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
		t.Errorf("answers differ:\n%s", diff)
	}
	_, err = o.CreateCall(o.ctx, announcement(t, "SE-2027", "2026-12-01T08:00:00Z", "2027-02-01T11:00:00Z"))
	if f := asFault(t, err); f.Kind != fault.Exists || f.Reason != "CODE_TAKEN" {
		t.Errorf("another call with the code: %v", err)
	}
}

func TestRefusedAnnouncementsNameTheFields(t *testing.T) {
	o := newOffice(t, "2026-11-01T08:00:00Z")
	tests := []struct {
		name   string
		change func(*saakornv1.CreateCallRequest)
		want   []string
	}{
		{"unknown scheme", func(r *saakornv1.CreateCallRequest) { r.SchemeId = "lottery" }, []string{"scheme_id"}},
		{"unknown version", func(r *saakornv1.CreateCallRequest) { r.SchemeVersion = "2027-9" }, []string{"scheme_version"}},
		{"year and times", func(r *saakornv1.CreateCallRequest) { r.GrantYear, r.ClosesAt = 2019, r.GetOpensAt() }, []string{"closes_at", "grant_year"}},
		{"no time at all", func(r *saakornv1.CreateCallRequest) { r.OpensAt = &timestamppb.Timestamp{Nanos: -1} }, []string{"opens_at"}},
		{"languages missing", func(r *saakornv1.CreateCallRequest) { r.Title = &saakornv1.LocalizedText{Nb: "Bare bokmål"} }, []string{"title.en", "title.nn"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := announcement(t, "SE-2027", "2026-12-01T08:00:00Z", "2027-02-01T11:00:00Z")
			test.change(request)
			_, err := o.CreateCall(o.ctx, request)
			if diff := cmp.Diff(test.want, fields(asFault(t, err))); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func change(call *saakornv1.Call, paths ...string) *saakornv1.UpdateCallRequest {
	return &saakornv1.UpdateCallRequest{RequestId: uuid.NewString(), Call: call, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}}
}

func TestOpenCallIsExtendedAndNotShortened(t *testing.T) {
	o := newOffice(t, "2026-11-01T08:00:00Z")
	call := o.announce(t, "SE-2027", "2026-12-01T08:00:00Z", "2027-02-01T11:00:00Z")
	o.moveTo(instant(t, "2027-01-10T08:00:00Z"))

	call.ClosesAt = timestamppb.New(instant(t, "2027-01-31T11:00:00Z"))
	_, err := o.UpdateCall(o.ctx, change(call, "closes_at"))
	if diff := cmp.Diff([]string{"call.closes_at"}, fields(asFault(t, err))); diff != "" {
		t.Errorf("shortening (-want +got):\n%s", diff)
	}

	call.ClosesAt = timestamppb.New(instant(t, "2027-02-08T11:00:00Z"))
	call.OpensAt = timestamppb.New(instant(t, "2027-01-01T08:00:00Z")) // not in the mask
	answer, err := o.UpdateCall(o.ctx, change(call, "closes_at"))
	if err != nil {
		t.Fatal(err)
	}
	got := answer.GetCall()
	if got.GetEtag() != "2" || !got.GetClosesAt().AsTime().Equal(instant(t, "2027-02-08T11:00:00Z")) ||
		!got.GetOpensAt().AsTime().Equal(instant(t, "2026-12-01T08:00:00Z")) || got.GetState() != saakornv1.CallState_CALL_STATE_OPEN {
		t.Errorf("extended call: %v", got)
	}
	if n := o.wanted(t, call.GetId()); n != 2 {
		t.Errorf("the procedure was woken %d times, want 2", n)
	}

	_, err = o.UpdateCall(o.ctx, change(call, "closes_at"))
	if f := asFault(t, err); f.Kind != fault.Conflict || f.Details["current_etag"] != "2" {
		t.Errorf("a change of an older state: %v", err)
	}
	if diff := cmp.Diff([]string{"manager-1 CALL_CREATED", "manager-1 CALL_CHANGED"}, o.events(t, call.GetId())); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestRefusedChangesNameTheFields(t *testing.T) {
	o := newOffice(t, "2026-11-01T08:00:00Z")
	call := o.announce(t, "SE-2027", "2026-12-01T08:00:00Z", "2027-02-01T11:00:00Z")
	tests := []struct {
		name    string
		request *saakornv1.UpdateCallRequest
		want    []string
	}{
		{"not changeable", change(call, "title", "code"), []string{"update_mask.paths[1]"}},
		{"nothing to change", change(call), []string{"update_mask"}},
		{"no identifier", change(&saakornv1.Call{Id: "SE-2027", Etag: "1"}, "title"), []string{"call.id"}},
		{"no time", change(&saakornv1.Call{Id: call.GetId(), Etag: "1"}, "opens_at"), []string{"call.opens_at"}},
		{"no title", change(&saakornv1.Call{Id: call.GetId(), Etag: "1"}, "title"), []string{"call.title.en", "call.title.nb", "call.title.nn"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := o.UpdateCall(o.ctx, test.request)
			if diff := cmp.Diff(test.want, fields(asFault(t, err))); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallsAreListedNewestFirstPageByPage(t *testing.T) {
	o := newOffice(t, "2026-10-01T08:00:00Z")
	// Two open at the same moment, so that a page can end between them.
	for i, opens := range []string{"2026-11-01T08:00:00Z", "2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z", "2027-03-01T08:00:00Z", "2026-11-15T08:00:00Z"} {
		o.announce(t, fmt.Sprintf("SE-%d", i), opens, "2027-06-01T08:00:00Z")
	}
	o.moveTo(instant(t, "2027-01-01T08:00:00Z"))
	tests := []struct {
		state saakornv1.CallState
		want  int
	}{
		{saakornv1.CallState_CALL_STATE_UNSPECIFIED, 5},
		{saakornv1.CallState_CALL_STATE_PLANNED, 1},
		{saakornv1.CallState_CALL_STATE_OPEN, 4},
		{saakornv1.CallState_CALL_STATE_CLOSED, 0},
	}
	for _, test := range tests {
		t.Run(test.state.String(), func(t *testing.T) {
			var calls []*saakornv1.Call
			request := &saakornv1.ListCallsRequest{PageSize: 2, State: test.state}
			for {
				answer, err := o.ListCalls(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				calls = append(calls, answer.GetCalls()...)
				if request.PageToken = answer.GetNextPageToken(); request.GetPageToken() == "" {
					break
				}
			}
			if len(calls) != test.want {
				t.Fatalf("%d calls, want %d", len(calls), test.want)
			}
			seen := map[string]bool{}
			for i, call := range calls {
				if seen[call.GetCode()] {
					t.Errorf("%s is listed twice", call.GetCode())
				}
				seen[call.GetCode()] = true
				if i > 0 && call.GetOpensAt().AsTime().After(calls[i-1].GetOpensAt().AsTime()) {
					t.Errorf("%s comes after one that opens earlier", call.GetCode())
				}
			}
		})
	}
}

func TestBudgetOfACallShowsWhatIsBoundAndFree(t *testing.T) {
	o := newOffice(t, "2026-11-01T08:00:00Z")
	call := o.announce(t, "SE-2027", "2026-12-01T08:00:00Z", "2027-02-01T11:00:00Z")
	store := scheme.NewStore(o.pool)
	bind(t, o.pool, store, 300_000_000, true)
	bind(t, o.pool, store, 100_000_000, false)
	got, err := o.GetCallBudget(o.ctx, &saakornv1.GetCallBudgetRequest{CallId: call.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	want := &saakornv1.GetCallBudgetResponse{
		SchemeId: schemeID, GrantYear: 2027, FrameOre: 1_600_000_000, BoundOre: 400_000_000,
		BoundInContinuationsOre: 300_000_000, FreeOre: 1_200_000_000, ExpectedInContinuationsOre: 1_300_000_000,
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("budget (-want +got):\n%s", diff)
	}
}

func TestSchemesAreShownInTheirNewestVersion(t *testing.T) {
	o := newOffice(t, "2026-11-01T08:00:00Z")
	list, err := o.ListSchemes(t.Context(), &saakornv1.ListSchemesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	newest, err := o.GetScheme(t.Context(), &saakornv1.GetSchemeRequest{SchemeId: schemeID})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*saakornv1.Scheme{newest.GetScheme()}, list.GetSchemes(), protocmp.Transform()); diff != "" {
		t.Errorf("list and newest differ:\n%s", diff)
	}
	older, err := o.GetScheme(t.Context(), &saakornv1.GetSchemeRequest{SchemeId: schemeID, Version: "2019-1"})
	if err != nil {
		t.Fatal(err)
	}
	if newest.GetScheme().GetVersion() != "2027-1" || older.GetScheme().GetVersion() != "2019-1" {
		t.Errorf("versions %s and %s", newest.GetScheme().GetVersion(), older.GetScheme().GetVersion())
	}
	for _, r := range []*saakornv1.GetSchemeRequest{{SchemeId: "lottery"}, {SchemeId: schemeID, Version: "1999-1"}} {
		if _, err := o.GetScheme(t.Context(), r); !fault.Is(err, "NOT_FOUND") {
			t.Errorf("%v: %v", r, err)
		}
	}
}
