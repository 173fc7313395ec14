package application_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/application"
	"saakorn/services/scheme"
)

func TestADraftBeginsWhileTheCallIsOpen(t *testing.T) {
	tests := []struct {
		name string
		now  time.Time
		want string
	}{
		{"a moment too early", opens.Add(-time.Microsecond), "CALL_NOT_OPEN"},
		{"at the opening", opens, ""},
		{"the last moment", closes.Add(-time.Microsecond), ""},
		{"at the close", closes, "CALL_CLOSED"},
		{"in the grace, which is for drafts begun in time", closes.Add(time.Hour), "CALL_CLOSED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantReason(t, application.CheckBegin(rules(t), scheme.NewOrdinary, tt.now), tt.want)
		})
	}
}

func TestATypeThatTheSchemeLacksIsNotBegun(t *testing.T) {
	r := rules(t)
	r.Scheme.ApplicationTypes = r.Scheme.ApplicationTypes[:1]
	wantViolations(t, application.CheckBegin(r, scheme.Continuation, inTime), "type TYPE_NOT_OFFERED")
}

func TestWhenTheWorkingCopyCanBeChanged(t *testing.T) {
	decided := inTime
	tests := []struct {
		name   string
		change func(*application.Application)
		now    time.Time
		want   string
	}{
		{"a draft in time", func(*application.Application) {}, inTime, ""},
		{"a draft at the last moment", func(*application.Application) {}, closes.Add(-time.Microsecond), ""},
		{"a draft in the grace", func(*application.Application) {}, closes, ""},
		{"a draft at the last moment of the grace", func(*application.Application) {}, closes.Add(graceIs - time.Microsecond), ""},
		{"a draft after the grace", func(*application.Application) {}, closes.Add(graceIs), "CALL_CLOSED"},
		{"a draft begun at the close", func(a *application.Application) { a.CreatedAt = closes }, closes.Add(time.Hour), "CALL_CLOSED"},
		{"a correction in time", func(a *application.Application) { a.State = application.Submitted }, closes.Add(-time.Microsecond), ""},
		{"a correction in the grace", func(a *application.Application) { a.State = application.Submitted }, closes, "CALL_CLOSED"},
		{"withdrawn", func(a *application.Application) { a.State = application.Withdrawn }, inTime, "WITHDRAWN"},
		{"missed", func(a *application.Application) { a.State = application.Missed }, inTime, "CALL_CLOSED"},
		{"decided", func(a *application.Application) { a.State, a.DecidedAt = application.Submitted, &decided }, inTime, "DECIDED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _ := draft(t)
			tt.change(&a)
			wantReason(t, application.CheckEditable(a, rules(t), tt.now), tt.want)
		})
	}
}

func TestASchemeMayRefuseWhatIsLate(t *testing.T) {
	a, files := draft(t)
	_, err := application.Submit(a, refusing(t), files, closes)
	wantReason(t, err, "CALL_CLOSED")
}

func TestTheFirstSubmission(t *testing.T) {
	tests := []struct {
		name string
		now  time.Time
		late bool
	}{
		{"in time", inTime, false},
		{"the last moment", closes.Add(-time.Microsecond), false},
		{"at the close", closes, true},
		{"at the end of the grace", closes.Add(graceIs - time.Microsecond), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, files := draft(t)
			after, err := application.Submit(before, rules(t), files, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			want := before
			want.State, want.Unsubmitted, want.Late = application.Submitted, false, tt.late
			want.Version, want.Revision = before.Version+1, before.Revision+1
			want.SubmittedAt, want.UpdatedAt = &tt.now, tt.now
			if diff := cmp.Diff(want, after, protocmp.Transform()); diff != "" {
				t.Errorf("after submission (-want +got):\n%s", diff)
			}
		})
	}
}

func TestACorrectionKeepsWhenTheFirstVersionCameIn(t *testing.T) {
	a, files := draft(t)
	first, err := application.Submit(a, rules(t), files, inTime)
	if err != nil {
		t.Fatal(err)
	}
	first.Unsubmitted = true
	second, err := application.Submit(first, rules(t), files, inTime.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if second.Version != 2 || !second.SubmittedAt.Equal(inTime) || second.Late {
		t.Errorf("version %d submitted %s late %t", second.Version, second.SubmittedAt, second.Late)
	}
}

func TestSubmissionIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*application.Application)
		want   string
	}{
		{"when nothing has changed since", func(a *application.Application) { a.State, a.Unsubmitted = application.Submitted, false }, "NOTHING_NEW"},
		{"when something is missing", func(a *application.Application) { a.Content.Problem = " \n" }, "INVALID_FIELDS"},
		{"after withdrawal", func(a *application.Application) { a.State = application.Withdrawn }, "WITHDRAWN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, files := draft(t)
			tt.change(&a)
			after, err := application.Submit(a, rules(t), files, inTime)
			wantReason(t, err, tt.want)
			if diff := cmp.Diff(a, after, protocmp.Transform()); diff != "" {
				t.Errorf("refused and yet changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestWithdrawing(t *testing.T) {
	decided := inTime
	tests := []struct {
		name   string
		change func(*application.Application)
		want   string
	}{
		{"a draft", func(*application.Application) {}, ""},
		{"what was submitted", func(a *application.Application) { a.State = application.Submitted }, ""},
		{"what was withdrawn", func(a *application.Application) { a.State = application.Withdrawn }, "WITHDRAWN"},
		{"what was decided", func(a *application.Application) { a.State, a.DecidedAt = application.Submitted, &decided }, "DECIDED"},
		{"what was never submitted in time", func(a *application.Application) { a.State = application.Missed }, "CALL_CLOSED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, _ := draft(t)
			tt.change(&a)
			// Long after the close: withdrawing has no other deadline than the decision (R17).
			now := closes.AddDate(0, 2, 0)
			after, err := application.Withdraw(a, now)
			wantReason(t, err, tt.want)
			if tt.want == "" && (after.State != application.Withdrawn || !after.WithdrawnAt.Equal(now) || after.Revision != a.Revision+1) {
				t.Errorf("after withdrawal: %s at %v, revision %d", after.State, after.WithdrawnAt, after.Revision)
			}
		})
	}
}

func TestAContinuationBeginsWithLastYearsTextsAndNothingThatIsSignedAnew(t *testing.T) {
	r := rules(t)
	last := content(scheme.NewOrdinary)
	last.Collaborations = []*saakornv1.Collaboration{{NavUnitId: uuid.NewString(), LetterOfIntentAttachmentId: uuid.NewString()}}
	last.Answers = append(last.Answers, &saakornv1.Answer{QuestionKey: "asked_last_year", Value: &saakornv1.Answer_Text{Text: "Ja"}})
	last.Budget.Items = append(last.Budget.Items, &saakornv1.BudgetItem{LineKey: "line_of_last_year", AmountOre: 1})
	kept := proto.CloneOf(last)

	got := application.Prefill(last, r.Scheme)

	want := proto.CloneOf(last)
	want.Declarations, want.AmountAppliedOre = nil, 0
	want.Collaborations[0].LetterOfIntentAttachmentId = ""
	want.Answers = want.Answers[:1]
	want.Budget.Items = want.Budget.Items[:len(want.Budget.Items)-1]
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("prefilled (-want +got):\n%s", diff)
	}
	if !proto.Equal(kept, last) {
		t.Error("last year's application was changed")
	}
	if wrong := application.CheckText(got, r.Scheme); len(wrong) > 0 {
		t.Errorf("what was prefilled cannot be saved: %v", wrong)
	}
}

func TestTheDigestCoversContentAndFiles(t *testing.T) {
	files := []application.Attachment{{SHA256: "aa"}, {SHA256: "bb"}}
	digest := func(title string, files ...application.Attachment) string {
		c := content(scheme.NewOrdinary)
		c.Title = title
		sum, err := application.Digest(c, files)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	original := digest("Sykkelverksted", files...)
	if digest("Sykkelverksted", files[1], files[0]) != original {
		t.Error("the order of the files matters")
	}
	for name, other := range map[string]string{
		"another title": digest("Systue", files...),
		"a file less":   digest("Sykkelverksted", files[0]),
		"another file":  digest("Sykkelverksted", files[0], application.Attachment{SHA256: "cc"}),
	} {
		if other == original {
			t.Errorf("%s has the same digest", name)
		}
	}
}

func TestAReferenceNamesTheCallAndTheNumber(t *testing.T) {
	if got := application.Reference("SE-2019", 17); got != "SE-2019-000017" {
		t.Errorf("got %s", got)
	}
}
