package casework_test

import (
	"fmt"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/services/installation/installationtest"
)

// system reads the facts of the case back as an auditor does.
func (c *played) system() (facts, error) {
	auditor := c.as(installationtest.Auditor)
	file, err := c.r.API.Cases.GetCase(auditor, &saakornv1.GetCaseRequest{CaseId: c.caseID})
	if err != nil {
		return facts{}, err
	}
	x := file.GetCase()
	c.etag = x.GetEtag()
	f := facts{
		Step: strings.TrimPrefix(x.GetStep().String(), "CASE_STEP_"), Owner: x.GetOwnerId(), AwardedOre: x.GetAmountAwardedOre(),
		Outcome: strings.TrimPrefix(strings.TrimPrefix(x.GetOutcome().String(), "OUTCOME_"), "UNSPECIFIED"), Closed: x.GetClosedAt() != nil,
		BoundOre: bound(c.T, c.r) - c.bound,
		Changes:  int(number(c.T, c.r, `SELECT count(*) FROM award_change WHERE case_id = $1`, c.caseID)),
	}
	for _, id := range c.findingIDs {
		i := slices.IndexFunc(file.GetFindings(), func(f *saakornv1.Finding) bool { return f.GetId() == id })
		f.Answers = append(f.Answers, strings.TrimPrefix(strings.TrimPrefix(file.GetFindings()[i].GetAnswer().String(), "FINDING_OUTCOME_"), "UNSPECIFIED"))
	}
	for _, id := range file.GetAssessorIds() {
		// Only what has been submitted is shown to others.
		submitted := slices.ContainsFunc(file.GetAssessments(), func(a *saakornv1.Assessment) bool { return a.GetAssessorId() == id && a.GetSubmittedAt() != nil })
		f.Assessments = append(f.Assessments, fmt.Sprint(id, " submitted=", submitted))
	}
	slices.Sort(f.Assessments)
	for _, r := range file.GetRecommendations() {
		f.Recommendations = append(f.Recommendations, fmt.Sprint(r.GetRecommendedBy(), " ", strings.TrimPrefix(r.GetOutcome().String(), "OUTCOME_"),
			" ", r.GetAmountOre(), " returned=", r.GetReturnedAt() != nil))
	}
	for _, d := range file.GetDecisions() {
		f.Decider += d.GetDecidedBy()
	}
	return c.more(f)
}

// more adds the questions, the appeals and the clock, oldest first.
func (c *played) more(f facts) (facts, error) {
	auditor := c.as(installationtest.Auditor)
	notices, err := c.completeness.ListDeficiencyNotices(auditor, &saakornv1.ListDeficiencyNoticesRequest{ApplicationId: c.application.GetId()})
	if err != nil {
		return f, err
	}
	for _, n := range slices.Backward(notices.GetNotices()) {
		f.Notices = append(f.Notices, fmt.Sprint("open=", n.GetClosedAt() == nil))
		c.notice = n.GetId()
	}
	appeals, err := c.appeals.ListAppeals(auditor, &saakornv1.ListAppealsRequest{ApplicationId: c.application.GetId()})
	if err != nil {
		return f, err
	}
	for _, a := range slices.Backward(appeals.GetAppeals()) {
		f.Appeals = append(f.Appeals, fmt.Sprint(a.GetOwnerId(), "/", a.GetPreparedBy(), " ",
			strings.TrimPrefix(strings.TrimPrefix(a.GetDisposition().String(), "APPEAL_DISPOSITION_"), "UNSPECIFIED"), " closed=", a.GetClosedAt() != nil))
		c.appealID = a.GetId()
	}
	clock, err := c.completeness.GetCaseClock(auditor, &saakornv1.GetCaseClockRequest{CaseId: c.caseID})
	f.Breached, f.ExpectedDate = clock.GetBreached(), clock.GetExpectedDate()
	return f, err
}

// everything is every row that belongs to the case, and how many there are of what every change leaves.
func (c *played) everything() string {
	var text string
	const rows = `SELECT concat_ws(E'\n', (SELECT x::text FROM case_file x WHERE id = $1), (SELECT x::text FROM application x WHERE id = $2),
		(SELECT string_agg(x::text, E'\n' ORDER BY key) FROM finding x WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY id) FROM assessment x WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY id) FROM recommendation x WHERE case_id = $1),
		(SELECT string_agg(id::text, E'\n' ORDER BY id) FROM decision WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY id) FROM deficiency_notice x WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY id) FROM impartiality_declaration x WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY id) FROM clock_event x WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY id) FROM appeal x WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY id) FROM award_change x WHERE case_id = $1),
		(SELECT string_agg(x::text, E'\n' ORDER BY grant_year) FROM budget_frame x),
		(SELECT count(*) FROM journal_entry), (SELECT count(*) FROM letter), (SELECT count(*) FROM request),
		(SELECT count(*) FROM audit_event), (SELECT count(*) FROM river_job))`
	must(c.T, c.r.API.Installation.Pool.QueryRow(c.Context(), rows, c.caseID, c.application.GetId()).Scan(&text))
	return text
}

// told compares the events with the commands that were accepted, each with its request and its person.
// What a decision brings about for the grant is the grant's to tell.
func (c *played) told() string {
	rows, err := c.r.API.Installation.Pool.Query(c.Context(), `SELECT action || ' ' || request_id || ' ' || actor_id FROM audit_event
		WHERE application_id = $1 AND request_id IS NOT NULL AND id > $2 AND subject_kind NOT IN ('award', 'lifecycle') ORDER BY id`, c.application.GetId(), c.since)
	must(c.T, err)
	told, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(c.T, err)
	return gocmp.Diff(c.accepted, told)
}

// send sends the command through the contract. It returns the events that it has to leave.
func (c *played) send(x command) (events []string, err error) {
	id, ctx := uuid.NewString(), c.as(x.by)
	etag, why := c.etag, ""
	if x.stale {
		etag = "999999"
	}
	if x.reasons {
		why = "Slik vurderer vi det."
	}
	event := func(action string) []string { return []string{action + " " + id} }
	switch x.kind {
	case "assign":
		_, err = c.r.API.Cases.AssignCase(ctx, &saakornv1.AssignCaseRequest{RequestId: id, CaseId: c.caseID, OwnerId: x.to[0]})
		return event("CASE_ASSIGNED"), err
	case "answer":
		_, err = c.r.API.Cases.AnswerFinding(ctx, &saakornv1.AnswerFindingRequest{
			RequestId: id, CaseId: c.caseID, FindingId: c.findingIDs[x.finding], Reason: why,
			Answer: saakornv1.FindingOutcome(saakornv1.FindingOutcome_value["FINDING_OUTCOME_"+x.verdict]),
		})
		return event("FINDING_ANSWERED"), err
	case "name assessors":
		_, err = c.r.API.Cases.AssignAssessors(ctx, &saakornv1.AssignAssessorsRequest{RequestId: id, CaseId: c.caseID, AssessorIds: x.to})
		return event("ASSESSORS_ASSIGNED"), err
	case "declare":
		_, err = c.impartiality.DeclareImpartiality(ctx, &saakornv1.DeclareImpartialityRequest{RequestId: id, CaseId: c.caseID, Impartial: x.yes, Reason: why})
		return event("IMPARTIALITY_DECLARED"), err
	case "save":
		scores := c.criteria
		if !x.yes {
			scores = scores[1:]
		}
		_, err = c.r.API.Cases.SaveAssessment(ctx, &saakornv1.SaveAssessmentRequest{RequestId: id, CaseId: c.caseID, Scores: scores})
		return event("ASSESSMENT_SAVED"), err
	case "submit":
		_, err = c.r.API.Cases.SubmitAssessment(ctx, &saakornv1.SubmitAssessmentRequest{RequestId: id, CaseId: c.caseID})
		return event("ASSESSMENT_SUBMITTED"), err
	case "recommend":
		_, err = c.r.API.Cases.Recommend(ctx, &saakornv1.RecommendRequest{
			RequestId: id, CaseId: c.caseID, Etag: etag, Outcome: outcome(x.outcome), AmountOre: x.amount, Reasons: "Vurderingene viser det.",
		})
		return event("RECOMMENDED"), err
	case "return":
		_, err = c.r.API.Cases.ReturnRecommendation(ctx, &saakornv1.ReturnRecommendationRequest{RequestId: id, CaseId: c.caseID, Etag: etag, Note: "Begrunn beløpet."})
		return event("RECOMMENDATION_RETURNED"), err
	case "decide":
		_, err = c.r.API.Cases.Decide(ctx, &saakornv1.DecideRequest{
			RequestId: id, CaseId: c.caseID, Etag: etag, Outcome: outcome(x.outcome), AmountOre: x.amount, Reasons: why,
		})
		return event("CASE_DECIDED"), err
	case "withdraw":
		_, err = c.r.API.Applications.WithdrawApplication(ctx, &saakornv1.WithdrawApplicationRequest{RequestId: id, ApplicationId: c.application.GetId()})
		return event("APPLICATION_WITHDRAWN"), err
	case "correct":
		return c.correct(x)
	default:
		return c.sendMore(x, id, etag, why)
	}
}

func outcome(word string) saakornv1.Outcome {
	return saakornv1.Outcome(saakornv1.Outcome_value["OUTCOME_"+word])
}

// sendMore sends what concerns the clock and what follows upon a decision.
func (c *played) sendMore(x command, id, etag, why string) (events []string, err error) {
	ctx := c.as(x.by)
	event := func(action string) []string { return []string{action + " " + id} }
	if c.appealID == "" {
		c.appealID = uuid.NewString() // one that is not there
	}
	appealEtag := c.appealEtag()
	disposition := saakornv1.AppealDisposition(saakornv1.AppealDisposition_value["APPEAL_DISPOSITION_"+x.outcome])
	switch x.kind {
	case "ask":
		_, err = c.completeness.SendDeficiencyNotice(ctx, &saakornv1.SendDeficiencyNoticeRequest{
			RequestId: id, CaseId: c.caseID, Etag: etag, Items: []*saakornv1.Deficiency{{Text: "Skriv mer om virkningene."}},
		})
		return event("APPLICANT_ASKED"), err
	case "cancel":
		notice := c.notice
		if notice == "" {
			notice = uuid.NewString()
		}
		_, err = c.completeness.CancelDeficiencyNotice(ctx, &saakornv1.CancelDeficiencyNoticeRequest{RequestId: id, CaseId: c.caseID, NoticeId: notice, Reason: "Funnet."})
		return event("NOTICE_CANCELLED"), err
	case "extend":
		until := "2000-01-01"
		if x.yes {
			until = c.model.extension().String()
		}
		_, err = c.completeness.ExtendDeadline(ctx, &saakornv1.ExtendDeadlineRequest{RequestId: id, CaseId: c.caseID, Etag: etag, Until: until, Reason: "Mange søknader."})
		return event("DEADLINE_EXTENDED"), err
	case "explain":
		_, err = c.completeness.ExplainBreach(ctx, &saakornv1.ExplainBreachRequest{RequestId: id, CaseId: c.caseID, Reason: "Mange søknader."})
		return event("BREACH_EXPLAINED"), err
	case "appeal":
		_, err = c.appeals.SubmitAppeal(ctx, &saakornv1.SubmitAppealRequest{
			RequestId: id, ApplicationId: c.application.GetId(), Grounds: "Planen er undervurdert.", ChangeWanted: "Hele beløpet.",
		})
		return event("APPEAL_RECEIVED"), err
	case "assign appeal":
		_, err = c.appeals.AssignAppeal(ctx, &saakornv1.AssignAppealRequest{RequestId: id, AppealId: c.appealID, OwnerId: x.to[0]})
		return event("APPEAL_ASSIGNED"), err
	case "prepare appeal":
		_, err = c.appeals.PrepareAppeal(ctx, &saakornv1.PrepareAppealRequest{
			RequestId: id, AppealId: c.appealID, Etag: appealEtag, Recommended: disposition, AmountOre: x.amount, Assessment: "Vurdert på nytt.",
		})
		return event("APPEAL_PREPARED"), err
	case "decide appeal":
		_, err = c.appeals.DecideAppeal(ctx, &saakornv1.DecideAppealRequest{
			RequestId: id, AppealId: c.appealID, Etag: appealEtag, Disposition: disposition, AmountOre: x.amount, Reasons: why,
		})
		return event("APPEAL_DECIDED"), err
	case "record outcome":
		_, err = c.appeals.RecordAppealOutcome(ctx, &saakornv1.RecordAppealOutcomeRequest{
			RequestId: id, AppealId: c.appealID, Etag: appealEtag, Reasons: "Klageinstansens begrunnelse.", AmountOre: x.amount,
			Outcome: saakornv1.AppealOutcome(saakornv1.AppealOutcome_value["APPEAL_OUTCOME_"+x.outcome]),
		})
		return event("APPEAL_OUTCOME_RECORDED"), err
	case "reverse":
		_, err = c.appeals.ReverseDecision(ctx, &saakornv1.ReverseDecisionRequest{
			RequestId: id, CaseId: c.caseID, Etag: etag, Outcome: outcome(x.outcome), AmountOre: x.amount, Reasons: "Vi regnet feil.",
		})
		return event("DECISION_REVERSED"), err
	default:
		return nil, fmt.Errorf("nobody can %s", x.kind)
	}
}

func (c *played) appealEtag() string {
	answer, err := c.appeals.ListAppeals(c.as(installationtest.Auditor), &saakornv1.ListAppealsRequest{ApplicationId: c.application.GetId()})
	must(c.T, err)
	if len(answer.GetAppeals()) == 0 {
		return "1"
	}
	return answer.GetAppeals()[0].GetEtag()
}

// correct saves and submits a new version.
func (c *played) correct(x command) (events []string, err error) {
	ctx, saved, submitted := c.as(x.by), uuid.NewString(), uuid.NewString()
	newest, err := c.r.API.Applications.GetApplication(c.as(applicant), &saakornv1.GetApplicationRequest{ApplicationId: c.application.GetId()})
	must(c.T, err)
	content := newest.GetApplication().GetContent()
	content.TheoryOfChange.Impact += " Mer."
	answer, err := c.r.API.Applications.UpdateApplication(ctx, &saakornv1.UpdateApplicationRequest{
		RequestId: saved, ApplicationId: c.application.GetId(), Etag: newest.GetApplication().GetEtag(), Content: content,
	})
	if err != nil {
		return nil, err
	}
	_, err = c.r.API.Applications.SubmitApplication(ctx, &saakornv1.SubmitApplicationRequest{
		RequestId: submitted, ApplicationId: c.application.GetId(), Etag: answer.GetApplication().GetEtag(),
	})
	return []string{"APPLICATION_SAVED " + saved, "APPLICATION_SUBMITTED " + submitted}, err
}
