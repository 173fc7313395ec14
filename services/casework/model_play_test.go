package casework_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/casework"
	"saakorn/services/casework/caseworktest"
	"saakorn/services/installation/installationtest"
	"saakorn/services/platform/calendar"
)

// applicant is who may act for the enterprise of every case.
const applicant = "entrepreneur-01"

// attempts is how many there are in a sequence. One that does nothing is the simplest, so a failure
// shrinks to those that matter.
const attempts = 40

// sequences is how many sequences of commands are tried; SAAKORN_SEQUENCES asks for another number.
func sequences(t *testing.T) string {
	wanted := cmp.Or(os.Getenv("SAAKORN_SEQUENCES"), "40")
	if n, err := strconv.Atoi(wanted); err != nil || n < 1 {
		t.Fatalf("SAAKORN_SEQUENCES is %q: want a number of sequences", wanted)
	}
	return wanted
}

func TestRandomCommandsDoWhatTheModelSays(t *testing.T) {
	setFlag(t, "rapid.checks", sequences(t))
	setFlag(t, "rapid.nofailfile", "true") // the seed is enough to see a failure again
	w := newWorld(t)
	t.Cleanup(func() { t.Logf("carried out %v\nrefused %v", w.carriedOut, w.refused) })
	rapid.Check(t, func(t *rapid.T) {
		plays := rapid.SliceOfN(plan(), attempts, attempts).Draw(t, "attempts")
		c := w.open()
		for i, p := range plays {
			for _, x := range p.commands(&c.model) {
				if wrong := c.try(x); wrong != "" {
					t.Fatalf("command %d, %+v: %s\nthe model: %+v", i, x, wrong, c.model)
				}
			}
		}
		if wrong := c.told(); wrong != "" {
			t.Fatalf("the events and the accepted commands differ (-accepted +told):\n%s", wrong)
		}
	})
}

func setFlag(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	must(t, flag.Set(name, value))
	t.Cleanup(func() { flag.Set(name, before) })
}

// play is a drawn intention: with these numbers the model and the state decide which command it is.
type play struct {
	Kind   string
	By     string
	A, B   int
	Yes    bool
	Reason bool
	Stale  bool
}

// GoString is short, because a failure prints every attempt.
func (p play) GoString() string {
	if p.Kind == "nothing" || p.Kind == "forward" {
		return fmt.Sprintf("%s(%d)", p.Kind, p.A)
	}
	return fmt.Sprintf("%s(%s, %d, %d, yes=%t, reason=%t, stale=%t)", p.Kind, p.By, p.A, p.B, p.Yes, p.Reason, p.Stale)
}

// kinds are what can be tried. The first ones are drawn more often than the last.
func kinds() []string {
	return []string{
		"wait", "declare", "engine", "ask", "correct", "extend", "explain", "return", "assign", "answer", "cancel", "reverse", "assign appeal",
		"name assessors", "prepare appeal", "decide appeal", "record outcome", "decide", "recommend", "withdraw", "save", "submit", "appeal",
	}
}

func everybody() []string {
	return []string{
		"case-officer-1", "case-officer-2", "decision-maker-1", "decision-maker-2", "assessor-1", "assessor-2", "assessor-3",
		"manager-1", "auditor-1", applicant, "entrepreneur-03",
	}
}

// plan draws what to try: as often as not what brings the case forward, or else anything by anybody.
func plan() *rapid.Generator[play] {
	numbers := make([]int, 60)
	for i := range numbers {
		numbers[i] = i
	}
	number := rapid.SampledFrom(numbers)
	return rapid.Custom(func(t *rapid.T) play {
		p := play{Kind: rapid.SampledFrom([]string{"nothing", "forward", "forward", "forward", "anything", "anything", "anything"}).Draw(t, "what")}
		if p.Kind == "nothing" {
			return p
		}
		p.A, p.B = number.Draw(t, "a"), number.Draw(t, "b")
		if p.Kind == "forward" {
			return p
		}
		p.Kind = rapid.SampledFrom(kinds()).Draw(t, "kind")
		// Half of the attempts are by somebody of the right role.
		of := everybody()
		if rapid.Bool().Draw(t, "right role") {
			of = slices.DeleteFunc(of, func(id string) bool { return !has(id, mayTry(p.Kind)...) })
		}
		p.By = rapid.SampledFrom(of).Draw(t, "by")
		p.Yes, p.Reason = rapid.Bool().Draw(t, "yes"), rapid.Bool().Draw(t, "reason")
		p.Stale = number.Draw(t, "stale") > 54
		return p
	})
}

// commands are what the play comes to in the state of the case.
func (p play) commands(m *model) []command {
	switch p.Kind {
	case "nothing":
		return nil
	case "forward":
		if p.B%8 == 7 {
			return p.forward(m) // whoever has not declared is in for a refusal
		}
		return m.declaring(p.forward(m))
	}
	c := command{kind: p.Kind, by: p.By, yes: p.Yes, reasons: p.Reason}
	people := everybody()
	if partial := slices.DeleteFunc(everybody(), func(id string) bool { return !m.partial(id) }); len(partial) > 0 && p.Yes {
		people = slices.Concat(partial, []string{"case-officer-2"}) // those who are not impartial are the ones to try with
	}
	switch p.Kind {
	case "wait":
		c.wait = []time.Duration{time.Hour, 5 * 24 * time.Hour, 15 * 24 * time.Hour, 30 * 24 * time.Hour}[p.A%4]
	case "assign", "assign appeal":
		c.to = []string{people[p.A%len(people)]}
	case "name assessors":
		c.to = []string{people[p.A%len(people)]}
		if other := people[p.B%len(people)]; other != c.to[0] {
			c.to = append(c.to, other)
		}
	case "answer":
		c.finding, c.verdict = p.A%len(m.findings), []string{"MET", "NOT_MET", "CONTINUE_WITHOUT"}[p.B%3]
	case "recommend", "decide":
		c.outcome = []string{"APPROVED", "PARTIALLY_APPROVED", "REJECTED", "DISMISSED"}[p.A%4]
	case "reverse":
		c.outcome = []string{"APPROVED", "PARTIALLY_APPROVED", "REJECTED"}[p.A%3]
	case "prepare appeal", "decide appeal":
		c.outcome = []string{"DISMISSED", "GRANTED", "FORWARDED"}[p.A%3]
	case "record outcome":
		c.outcome = []string{"UPHELD", "CHANGED"}[p.A%2]
	}
	if c.outcome != "" {
		c.amount = []int64{0, m.applied, m.applied / 2, m.awarded, m.applied / 4, m.applied + 100}[p.B%6]
	}
	c.stale = p.Stale && slices.Contains([]string{"recommend", "return", "decide", "ask", "extend", "reverse"}, p.Kind)
	return []command{c}
}

// declaring has those who have not declared do so before their first command.
func (m *model) declaring(commands []command) []command {
	var list []command
	about := map[string]bool{}
	for _, c := range commands {
		if _, declared := m.declared[c.by]; !declared && !about[c.by] && c.by != "" && mustDeclare(c.by) {
			list, about[c.by] = append(list, command{kind: "declare", by: c.by, yes: true}), true
		}
		list = append(list, c)
	}
	return list
}

// forward is what somebody who may does next; now and then something else that belongs to the step.
func (p play) forward(m *model) []command {
	officer := m.free("case-officer-1", "case-officer-2", "decision-maker-1")
	switch {
	case p.B == 59 && m.at("CLARIFICATION", "ASSESSMENT", "RECOMMENDATION", "DECISION"):
		return []command{{kind: "ask", by: officer}}
	case p.B == 58 && p.A < 30:
		return []command{{kind: "correct", by: applicant}}
	case p.B == 58: // while the engine is away, and then somebody asks
		return []command{{kind: "engine"}, {kind: "correct", by: applicant}, {kind: "ask", by: officer}, {kind: "engine", yes: true}}
	case p.B == 57:
		return []command{{kind: "withdraw", by: applicant}}
	}
	switch m.step() {
	case "CLARIFICATION":
		return m.answerAll(p.A)
	case "ASSESSMENT":
		if m.now.Before(m.closesAt) {
			return []command{{kind: "wait", wait: m.closesAt.Sub(m.now) + time.Minute}}
		}
		return m.assessNext()
	case "RECOMMENDATION":
		c := command{kind: "recommend", by: m.free("case-officer-1", "case-officer-2", "decision-maker-2"), outcome: "REJECTED"}
		switch {
		case m.answered("NOT_MET") > 0:
			c.outcome = "DISMISSED"
		case p.A%3 > 0:
			c.outcome, c.amount = "PARTIALLY_APPROVED", m.applied/2
		}
		return []command{c}
	case "DECISION":
		by := slices.DeleteFunc([]string{"decision-maker-1", "decision-maker-2"}, m.recommendedBy)
		if len(by) == 0 {
			return nil
		}
		if p.B > 40 {
			return []command{{kind: "return", by: m.free(by...)}}
		}
		decide := []command{{kind: "decide", by: m.free(by...), outcome: m.before().outcome, amount: m.before().amount}}
		switch {
		case p.B > 10 && p.B <= 20: // it takes too long, and somebody says why
			return []command{{kind: "wait", wait: 120 * 24 * time.Hour}, {kind: "explain", by: officer}}
		case p.B > 20: // and nobody is told at once
			return append([]command{{kind: "engine"}}, decide...)
		}
		return decide
	case "COMPLETION":
		return [][]command{
			{{kind: "correct", by: applicant}}, {{kind: "cancel", by: officer}}, {{kind: "wait", wait: 17 * 24 * time.Hour}},
		}[p.B%3]
	case "NOTIFICATION":
		if p.B > 30 {
			return []command{{kind: "reverse", by: m.free("decision-maker-1", "decision-maker-2"), outcome: "APPROVED", amount: m.applied}}
		}
		return []command{{kind: "engine", yes: true}}
	case "APPEAL_PERIOD", "CLOSED":
		if p.A%4 == 0 && m.awarded < m.applied {
			return []command{{kind: "reverse", by: m.free("decision-maker-1", "decision-maker-2"), outcome: "APPROVED", amount: m.applied}}
		}
		return []command{{kind: "appeal", by: applicant}}
	default:
		return m.forwardAppeal(p.A)
	}
}

// answerAll answers every finding as met; now and then one as not met.
func (m *model) answerAll(chance int) []command {
	var list []command
	for i, f := range m.findings {
		if f.answer != "" {
			continue
		}
		c := command{kind: "answer", by: m.free("case-officer-1", "case-officer-2", "decision-maker-1"), finding: i, verdict: "MET", reasons: true}
		if chance == 59 {
			c.verdict = "NOT_MET"
		}
		list = append(list, c)
	}
	return list
}

// assessNext names the assessors, or has the next of them assess.
func (m *model) assessNext() []command {
	for _, a := range m.assessments {
		if !a.submitted {
			return []command{{kind: "save", by: a.person, yes: true}, {kind: "submit", by: a.person}}
		}
	}
	to := []string{}
	for _, a := range m.assessments {
		to = append(to, a.person)
	}
	for _, id := range []string{"assessor-1", "assessor-2", "assessor-3", "case-officer-2"} {
		if len(to) < 2 && !m.partial(id) && !slices.Contains(to, id) {
			to = append(to, id)
		}
	}
	return []command{{kind: "name assessors", by: "manager-1", to: to}}
}

func (m *model) forwardAppeal(chance int) []command {
	a := m.openAppeal()
	switch {
	case a.owner == "" && a.disposition == "":
		to := slices.DeleteFunc([]string{"case-officer-1", "case-officer-2", "decision-maker-2"}, func(id string) bool {
			return m.partial(id) || m.recommendedBy(id) || id == m.decider
		})
		if len(to) == 0 {
			return nil
		}
		return []command{{kind: "assign appeal", by: "manager-1", to: to[:1]}}
	case a.preparer == "":
		c := command{kind: "prepare appeal", by: a.owner, outcome: []string{"FORWARDED", "DISMISSED", "GRANTED"}[chance%3]}
		if c.outcome == "GRANTED" {
			c.amount = m.applied
		}
		return []command{c}
	case a.disposition == "":
		by := slices.DeleteFunc([]string{"decision-maker-1", "decision-maker-2"}, func(id string) bool { return id == a.preparer })
		return []command{{kind: "decide appeal", by: m.free(by...), outcome: a.recommended, amount: a.recommendedOre}}
	default:
		c := command{kind: "record outcome", by: m.free("case-officer-1", "case-officer-2", "decision-maker-1"), outcome: "UPHELD", amount: m.awarded}
		if chance%2 == 0 && m.awarded != m.applied/4 {
			c.outcome, c.amount = "CHANGED", m.applied/4
		}
		return []command{c}
	}
}

// free returns the first of the people who is impartial, or the last one when nobody is.
func (m *model) free(people ...string) string {
	for _, id := range people {
		if !m.partial(id) {
			return id
		}
	}
	return people[len(people)-1]
}

// world is one installation in which case after case is played.
type world struct {
	*testing.T
	r            *caseworktest.Round
	enterprise   string
	calls        int
	completeness saakornv1.CompletenessServiceClient
	impartiality saakornv1.ImpartialityServiceClient
	appeals      saakornv1.AppealServiceClient
	// How often each kind of command was carried out and refused.
	carriedOut, refused map[string]int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	r := begin(t)
	must(t, exec(t, r, `UPDATE budget_frame SET frame_ore = 1000000000000`)) // enough for every sequence
	connection := r.API.Connection
	return &world{
		T: t, r: r, enterprise: r.API.RegisterEnterprise(t, applicant).GetId(),
		completeness: saakornv1.NewCompletenessServiceClient(connection),
		impartiality: saakornv1.NewImpartialityServiceClient(connection),
		appeals:      saakornv1.NewAppealServiceClient(connection),
		carriedOut:   map[string]int{}, refused: map[string]int{},
	}
}

// played is a case that is played in the system and in the model at the same time.
type played struct {
	*world
	model       model
	application *saakornv1.Application
	caseID      string
	etag        string
	findingIDs  []string
	appealID    string
	notice      string
	criteria    []*saakornv1.Score
	bound       int64
	// accepted are the events that accepted commands have to leave, from the first one after since on.
	accepted []string
	since    int64
	state    string
}

// open announces a call, and has somebody apply.
func (w *world) open() *played {
	w.Helper()
	w.calls++
	now := w.r.API.Now()
	closes := now.Add(48 * time.Hour).Truncate(time.Second)
	answer, err := w.r.API.Calls.CreateCall(w.as(installationtest.Manager), &saakornv1.CreateCallRequest{
		RequestId: uuid.NewString(), SchemeId: "social-entrepreneurship", SchemeVersion: "2019-1", Code: fmt.Sprintf("MODEL-%d", w.calls), GrantYear: 2019,
		Title:   &saakornv1.LocalizedText{Nb: "Modell", Nn: "Modell", En: "Model"},
		OpensAt: timestamppb.New(now.Add(-time.Hour)), ClosesAt: timestamppb.New(closes),
	})
	must(w.T, err)
	c := &played{world: w, accepted: []string{}}
	c.application = w.r.API.CompleteDraft(w.T, applicant, answer.GetCall(), w.enterprise, saakornv1.ApplicationType_APPLICATION_TYPE_NEW_ORDINARY)
	w.r.API.Submit(w.T, applicant, c.application)
	w.r.Drive(w.T, c.application.GetId())
	file := w.r.Find(w.T, installationtest.Manager, c.application.GetId())
	c.caseID, c.criteria = file.GetCase().GetId(), w.r.Scores(w.T, file.GetCase())
	c.model = model{
		now: w.r.API.Now(), closesAt: closes, completable: closes, applied: amount, version: 1, screened: 1, declared: map[string]bool{},
		due: calendar.On(closes.Add(-1)).AddDays(60),
	}
	for _, f := range file.GetFindings() {
		c.findingIDs = append(c.findingIDs, f.GetId())
		c.model.findings = append(c.model.findings, modelFinding{proposed: strings.TrimPrefix(f.GetProposed().String(), "FINDING_OUTCOME_")})
	}
	c.bound, c.since = bound(w.T, w.r), number(w.T, w.r, `SELECT max(id) FROM audit_event`)
	c.etag, c.state = file.GetCase().GetEtag(), c.everything()
	return c
}

func (w *world) as(person string) context.Context { return w.r.API.As(w.Context(), person) }

// try carries the command out, and says how system and model differ after it; empty when they agree.
func (c *played) try(x command) string {
	switch x.kind {
	case "wait":
		c.r.API.MoveClock(c.T, c.r.API.Now().Add(x.wait))
	case "engine":
		c.model.away = !x.yes
	default:
		if wrong := c.attempt(x); wrong != "" {
			return wrong
		}
	}
	c.model.now = c.r.API.Now()
	c.model.settle()
	if !c.model.away {
		if err := c.drive(); err != nil {
			return err.Error()
		}
	}
	if x.by != "" {
		_, err := c.r.API.Cases.GetCase(c.as(x.by), &saakornv1.GetCaseRequest{CaseId: c.caseID})
		if sees := c.model.sees(x.by); sees != (err == nil) {
			return fmt.Sprintf("%s should see the case: %t, and is answered %v", x.by, sees, err)
		}
	}
	return c.compare()
}

// attempt sends the command. One that must be refused is refused for a reason of the caller's, and
// changes nothing.
func (c *played) attempt(x command) string {
	c.model.now = c.r.API.Now()
	why := c.model.illegal(x)
	requests, err := c.send(x)
	switch {
	case why == "" && err != nil:
		return fmt.Sprintf("legal, and refused: %v", err)
	case why != "" && err == nil:
		return fmt.Sprintf("carried out, and illegal: %s", why)
	case why != "":
		switch status.Code(err) {
		case codes.Internal, codes.Unknown, codes.Unavailable, codes.DeadlineExceeded:
			return fmt.Sprintf("%s, and refused as if the system were at fault: %v", why, err)
		default:
		}
		if after := c.everything(); after != c.state {
			return fmt.Sprintf("%s: refused (%v), and something has changed:\n%s", why, err, gocmp.Diff(c.state, after))
		}
		c.refused[x.kind]++
		return ""
	}
	c.carriedOut[x.kind]++
	c.model.apply(x)
	for _, r := range requests {
		c.accepted = append(c.accepted, r+" "+x.by)
	}
	return ""
}

// drive does what the procedure would do by itself.
func (c *played) drive() error {
	id := uuid.MustParse(c.application.GetId())
	for range 20 {
		situation, err := c.r.API.Installation.Proceeding.Look(c.Context(), id)
		if err != nil {
			return err
		}
		switch situation.Next {
		case casework.TaskAwaitPeople, casework.TaskAwaitAppeal, casework.TaskNone:
			return nil
		default:
		}
		if err := caseworktest.Do(c.Context(), c.r.API.Installation, situation.Next, id); err != nil {
			return fmt.Errorf("%s: %w", situation.Next, err)
		}
	}
	return fmt.Errorf("the case comes to no rest")
}

// facts is what a case is, in words that model and system share.
type facts struct {
	Step, Outcome, Owner string
	AwardedOre           int64
	BoundOre             int64
	Answers              []string
	Assessments          []string
	Recommendations      []string
	Decider              string
	Notices, Appeals     []string
	Changes              int
	Closed, Breached     bool
	ExpectedDate         string
}

func (c *played) compare() string {
	got, err := c.system()
	if err != nil {
		return err.Error()
	}
	c.state = c.everything()
	if diff := gocmp.Diff(c.model.facts(), got); diff != "" {
		return "the facts differ (-model +system):\n" + diff
	}
	return ""
}

func (m *model) facts() facts {
	f := facts{
		Step: m.step(), Outcome: m.outcome, Owner: m.owner, AwardedOre: m.awarded, BoundOre: m.awarded, Decider: m.decider, Changes: m.changes,
		Closed: m.closed, Breached: m.breached, ExpectedDate: m.due.String(),
	}
	if m.paused {
		f.ExpectedDate = m.due.AddDays(calendar.Days(m.pausedOn, calendar.On(m.now))).String()
	}
	for _, x := range m.findings {
		f.Answers = append(f.Answers, x.answer)
	}
	for _, x := range m.assessments {
		f.Assessments = append(f.Assessments, fmt.Sprint(x.person, " submitted=", x.submitted))
	}
	slices.Sort(f.Assessments)
	for _, x := range m.recommendations {
		f.Recommendations = append(f.Recommendations, fmt.Sprint(x.by, " ", x.outcome, " ", x.amount, " returned=", x.returned))
	}
	for _, x := range m.notices {
		f.Notices = append(f.Notices, fmt.Sprint("open=", x.open))
	}
	for _, x := range m.appeals {
		f.Appeals = append(f.Appeals, fmt.Sprint(x.owner, "/", x.preparer, " ", x.disposition, " closed=", x.closed))
	}
	return f
}
