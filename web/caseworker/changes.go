package caseworker

import (
	"strconv"
	"strings"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// assign gives the case an owner.
func assign(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	_, err = v.API.Cases.AssignCase(v.Context(), &saakornv1.AssignCaseRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), OwnerId: v.Value("owner"),
	})
	return done(v, "overview", "owner", "assigned", map[string]string{"owner_id": "owner"}, err)
}

// answerFinding records what the officer makes of an automatic finding.
func answerFinding(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	finding, err := v.ID("finding")
	if err != nil {
		return err
	}
	_, err = v.API.Cases.AnswerFinding(v.Context(), &saakornv1.AnswerFindingRequest{
		RequestId: v.RequestID(), CaseId: id, FindingId: finding, Reason: v.Value("reason"),
		Answer: saakornv1.FindingOutcome(saakornv1.FindingOutcome_value["FINDING_OUTCOME_"+v.Value("answer")]),
	})
	form := "findings/" + finding
	return done(v, "completeness", form, "answered", map[string]string{"answer": "answer-" + finding, "reason": "reason-" + finding}, err)
}

// mostMissing is how many rows the form for what is missing has.
const mostMissing = 5

// askForMissing asks the applicant for what is missing.
func askForMissing(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	var items []*saakornv1.Deficiency
	ids := map[string]string{"items": "item-0"}
	for i := range mostMissing {
		n := strconv.Itoa(i)
		if text := v.Value("item-" + n); text != "" {
			ids["items["+strconv.Itoa(len(items))+"].text"] = "item-" + n
			items = append(items, &saakornv1.Deficiency{Text: text})
		}
	}
	_, err = v.API.Completeness.SendDeficiencyNotice(v.Context(), &saakornv1.SendDeficiencyNoticeRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), Items: items,
	})
	return done(v, "completeness", "notices", "asked", ids, err)
}

// cancelNotice takes back a question to the applicant.
func cancelNotice(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	notice, err := v.ID("notice")
	if err != nil {
		return err
	}
	_, err = v.API.Completeness.CancelDeficiencyNotice(v.Context(), &saakornv1.CancelDeficiencyNoticeRequest{
		RequestId: v.RequestID(), CaseId: id, NoticeId: notice, Reason: v.Value("reason"),
	})
	return done(v, "completeness", "notices/"+notice+"/cancel", "notice_cancelled", map[string]string{"reason": "cancel-reason"}, err)
}

// extendDeadline moves the date by which a decision is expected.
func extendDeadline(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	_, err = v.API.Completeness.ExtendDeadline(v.Context(), &saakornv1.ExtendDeadlineRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), Until: v.Value("until"), Reason: v.Value("reason"),
	})
	return done(v, "overview", "deadline", "extended", map[string]string{"until": "until", "reason": "deadline-reason"}, err)
}

// explainBreach records why the decision is late.
func explainBreach(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	_, err = v.API.Completeness.ExplainBreach(v.Context(), &saakornv1.ExplainBreachRequest{RequestId: v.RequestID(), CaseId: id, Reason: v.Value("reason")})
	return done(v, "overview", "breach", "explained", map[string]string{"reason": "breach-reason"}, err)
}

// nameAssessors says who assesses the case.
func nameAssessors(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	people := v.Values("assessor")
	ids := map[string]string{"assessor_ids": "assessors"}
	for i := range people {
		ids["assessor_ids["+strconv.Itoa(i)+"]"] = "assessors"
	}
	_, err = v.API.Cases.AssignAssessors(v.Context(), &saakornv1.AssignAssessorsRequest{RequestId: v.RequestID(), CaseId: id, AssessorIds: people})
	return done(v, "assessment", "assessors", "assessors_named", ids, err)
}

// assess saves the reader's own assessment, and submits it when they say so.
func assess(v *site.Visit) error {
	f, err := openCase(v, "assessment")
	if err != nil {
		return err
	}
	var scores []*saakornv1.Score
	ids := map[string]string{}
	var errs ui.Errors
	for _, c := range f.criteria() {
		typed := v.Value("score-" + c.GetKey())
		reason := v.Value("reason-" + c.GetKey())
		if typed == "" && reason == "" {
			continue
		}
		value, err := strconv.ParseInt(typed, 10, 32)
		if err != nil {
			errs = errs.With("score-"+c.GetKey(), v.Page.T("assessment.choose_score", "criterion", site.In(v.Page.Language, c.GetTitle())))
			continue
		}
		n := strconv.Itoa(len(scores))
		ids["scores["+n+"].value"], ids["scores["+n+"].reason"] = "score-"+c.GetKey(), "reason-"+c.GetKey()
		ids["scores."+c.GetKey()], ids["scores."+c.GetKey()+".reason"] = "score-"+c.GetKey(), "reason-"+c.GetKey()
		scores = append(scores, &saakornv1.Score{Criterion: c.GetKey(), Value: int32(value), Reason: reason})
	}
	if len(errs) > 0 {
		f.form, f.typed, f.errs = "assessment", v.Request.Form, errs
		return v.ShowInvalid(casePage(f))
	}
	_, err = v.API.Cases.SaveAssessment(v.Context(), &saakornv1.SaveAssessmentRequest{RequestId: site.NewRequestID(), CaseId: f.GetCase().GetId(), Scores: scores})
	if err != nil || v.Value("do") != "submit" {
		return done(v, "assessment", "assessment", "assessment_saved", ids, err)
	}
	_, err = v.API.Cases.SubmitAssessment(v.Context(), &saakornv1.SubmitAssessmentRequest{RequestId: v.RequestID(), CaseId: f.GetCase().GetId()})
	return done(v, "assessment", "assessment", "assessment_submitted", ids, err)
}

// outcomeFields reads what is recommended or decided. ok is false when the amount cannot be read.
func outcomeFields(v *site.Visit) (outcome saakornv1.Outcome, ore int64, ok bool) {
	outcome = saakornv1.Outcome(saakornv1.Outcome_value["OUTCOME_"+v.Value("outcome")])
	ore, ok = site.Kroner(v.Value("amount"))
	if outcome == saakornv1.Outcome_OUTCOME_REJECTED || outcome == saakornv1.Outcome_OUTCOME_DISMISSED {
		return outcome, 0, true
	}
	return outcome, ore, ok
}

// unreadable shows the form again because what was typed is no amount.
func unreadable(v *site.Visit, tab, form, id string) error {
	f, err := openCase(v, tab)
	if err != nil {
		return err
	}
	f.form, f.typed = form, v.Request.Form
	f.errs = f.errs.With(id, v.Page.T("casefile.no_amount"))
	return v.ShowInvalid(casePage(f))
}

// recommend puts an outcome before a decision maker.
func recommend(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	outcome, ore, ok := outcomeFields(v)
	if !ok {
		return unreadable(v, "decision", "recommendation", "amount")
	}
	var conditions []string
	for line := range strings.Lines(v.Value("conditions")) {
		if line = strings.TrimSpace(line); line != "" {
			conditions = append(conditions, line)
		}
	}
	_, err = v.API.Cases.Recommend(v.Context(), &saakornv1.RecommendRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), Outcome: outcome, AmountOre: ore, Reasons: v.Value("reasons"), Conditions: conditions,
	})
	return done(v, "decision", "recommendation", "recommended", map[string]string{
		"outcome": "outcome", "amount_ore": "amount", "reasons": "reasons", "conditions": "conditions",
	}, err)
}

// returnRecommendation sends the recommendation back with a note.
func returnRecommendation(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	_, err = v.API.Cases.ReturnRecommendation(v.Context(), &saakornv1.ReturnRecommendationRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), Note: v.Value("note"),
	})
	return done(v, "decision", "return", "returned", map[string]string{"note": "note"}, err)
}

// decide makes the decision.
func decide(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	outcome, ore, ok := outcomeFields(v)
	if !ok {
		return unreadable(v, "decision", "decision", "decision-amount")
	}
	_, err = v.API.Cases.Decide(v.Context(), &saakornv1.DecideRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), Outcome: outcome, AmountOre: ore, Reasons: v.Value("reasons"),
	})
	return done(v, "decision", "decision", "decided", map[string]string{
		"outcome": "decision-outcome", "amount_ore": "decision-amount", "reasons": "decision-reasons",
	}, err)
}

// reverse changes a decision without an appeal (fvl. § 35).
func reverse(v *site.Visit) error {
	id, err := v.ID("case")
	if err != nil {
		return err
	}
	outcome, ore, ok := outcomeFields(v)
	if !ok {
		return unreadable(v, "appeal", "reversal", "reversal-amount")
	}
	_, err = v.API.Appeals.ReverseDecision(v.Context(), &saakornv1.ReverseDecisionRequest{
		RequestId: v.RequestID(), CaseId: id, Etag: v.Value("etag"), Outcome: outcome, AmountOre: ore, Reasons: v.Value("reasons"),
	})
	return done(v, "appeal", "reversal", "reversed", map[string]string{
		"outcome": "reversal-outcome", "amount_ore": "reversal-amount", "reasons": "reversal-reasons",
	}, err)
}

// assignAppeal gives the appeal to an officer who had nothing to do with the decision.
func assignAppeal(v *site.Visit) error {
	id, err := v.ID("appeal")
	if err != nil {
		return err
	}
	_, err = v.API.Appeals.AssignAppeal(v.Context(), &saakornv1.AssignAppealRequest{RequestId: v.RequestID(), AppealId: id, OwnerId: v.Value("owner")})
	return done(v, "appeal", "appeals/"+id+"/owner", "assigned", map[string]string{"owner_id": "appeal-owner"}, err)
}

func disposition(v *site.Visit) saakornv1.AppealDisposition {
	return saakornv1.AppealDisposition(saakornv1.AppealDisposition_value["APPEAL_DISPOSITION_"+v.Value("disposition")])
}

// prepareAppeal records the officer's assessment of the appeal.
func prepareAppeal(v *site.Visit) error {
	id, err := v.ID("appeal")
	if err != nil {
		return err
	}
	form := "appeals/" + id + "/preparation"
	ore, ok := site.Kroner(v.Value("amount"))
	if !ok {
		return unreadable(v, "appeal", form, "prepare-amount")
	}
	_, err = v.API.Appeals.PrepareAppeal(v.Context(), &saakornv1.PrepareAppealRequest{
		RequestId: v.RequestID(), AppealId: id, Etag: v.Value("etag"), Recommended: disposition(v), Assessment: v.Value("assessment"), AmountOre: ore,
	})
	return done(v, "appeal", form, "appeal_prepared", map[string]string{
		"recommended": "prepare-disposition", "assessment": "prepare-assessment", "amount_ore": "prepare-amount",
	}, err)
}

// decideAppeal decides what the directorate does with the appeal.
func decideAppeal(v *site.Visit) error {
	id, err := v.ID("appeal")
	if err != nil {
		return err
	}
	form := "appeals/" + id + "/decision"
	ore, ok := site.Kroner(v.Value("amount"))
	if !ok {
		return unreadable(v, "appeal", form, "decide-amount")
	}
	_, err = v.API.Appeals.DecideAppeal(v.Context(), &saakornv1.DecideAppealRequest{
		RequestId: v.RequestID(), AppealId: id, Etag: v.Value("etag"), Disposition: disposition(v), Reasons: v.Value("reasons"), AmountOre: ore,
	})
	return done(v, "appeal", form, "appeal_decided", map[string]string{
		"disposition": "decide-disposition", "reasons": "decide-reasons", "amount_ore": "decide-amount",
	}, err)
}

// recordAppealOutcome records what the appeal body decided.
func recordAppealOutcome(v *site.Visit) error {
	id, err := v.ID("appeal")
	if err != nil {
		return err
	}
	form := "appeals/" + id + "/outcome"
	ore, ok := site.Kroner(v.Value("amount"))
	if !ok {
		return unreadable(v, "appeal", form, "outcome-amount")
	}
	_, err = v.API.Appeals.RecordAppealOutcome(v.Context(), &saakornv1.RecordAppealOutcomeRequest{
		RequestId: v.RequestID(), AppealId: id, Etag: v.Value("etag"), Reasons: v.Value("reasons"), AmountOre: ore,
		Outcome: saakornv1.AppealOutcome(saakornv1.AppealOutcome_value["APPEAL_OUTCOME_"+v.Value("outcome")]),
	})
	return done(v, "appeal", form, "outcome_recorded", map[string]string{
		"outcome": "outcome-outcome", "reasons": "outcome-reasons", "amount_ore": "outcome-amount",
	}, err)
}

// sendMessage writes to the enterprise.
func sendMessage(v *site.Visit) error {
	f, err := openCase(v, "messages")
	if err != nil {
		return err
	}
	_, err = v.API.Correspondence.SendMessage(v.Context(), &saakornv1.SendMessageRequest{
		RequestId: v.RequestID(), ApplicationId: f.GetCase().GetApplicationId(), Text: v.Value("text"),
	})
	return done(v, "messages", "messages", "message_sent", map[string]string{"text": "text"}, err)
}

// assessDisclosure records whether the public may see a document.
func assessDisclosure(v *site.Visit) error {
	id, err := v.ID("entry")
	if err != nil {
		return err
	}
	_, err = v.API.Journal.AssessDisclosure(v.Context(), &saakornv1.AssessDisclosureRequest{
		RequestId: v.RequestID(), EntryId: id, Etag: v.Value("etag"), LegalBasis: v.Value("legal_basis"),
		Disclosure: saakornv1.Disclosure(saakornv1.Disclosure_value["DISCLOSURE_"+v.Value("disclosure")]),
	})
	return done(v, "documents", "disclosures/"+id, "disclosure_assessed", map[string]string{
		"disclosure": "disclosure-" + id, "legal_basis": "basis-" + id,
	}, err)
}
