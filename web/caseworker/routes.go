// Package caseworker holds the pages of those who work with cases in the directorate.
package caseworker

import (
	"slices"

	"saakorn/web/site"
)

// Routes returns the pages of this package.
func Routes() []site.Route {
	return slices.Concat(caseRoutes(), courseRoutes(), paymentRoutes(), followupRoutes(), reviewRoutes(), checkinRoutes(),
		sustainRoutes(), exampleRoutes(), claimRoutes(), rankingRoutes(), deskRoutes(), []site.Route{
			{Pattern: "GET /tasks", Show: showTasks},
			{Pattern: "POST /tasks/{task}/settle", Show: settleTask},
			{Pattern: "POST /tasks/{task}/take", Show: takeTask},
		})
}

// caseRoutes are the queue and the pages of a case.
func caseRoutes() []site.Route {
	return []site.Route{
		{Pattern: "GET /cases", Show: showQueue},
		{Pattern: "POST /views", Show: saveView},
		{Pattern: "POST /views/{view}/delete", Show: deleteView},
		{Pattern: "GET /workload", Show: showWorkload},
		{Pattern: "GET /cases/{case}", Show: show("overview")},
		{Pattern: "GET /cases/{case}/application", Show: show("application")},
		{Pattern: "GET /cases/{case}/application/last-year", Show: show(formDirection)},
		{Pattern: "GET /cases/{case}/application/similar", Show: show("application/" + viewSimilar)},
		{Pattern: "POST /cases/{case}/application/last-year", Show: answerDirection},
		{Pattern: "GET /cases/{case}/completeness", Show: show("completeness")},
		{Pattern: "GET /cases/{case}/assessment", Show: show("assessment")},
		{Pattern: "GET /cases/{case}/decision", Show: show("decision")},
		{Pattern: "GET /cases/{case}/appeal", Show: show("appeal")},
		{Pattern: "GET /cases/{case}/messages", Show: show("messages")},
		{Pattern: "GET /cases/{case}/documents", Show: show("documents")},
		{Pattern: "GET /cases/{case}/history", Show: show("history")},
		{Pattern: "POST /cases/{case}/declaration", Show: declare},
		{Pattern: "POST /cases/{case}/owner", Show: assign},
		{Pattern: "POST /cases/{case}/take", Show: takeCase},
		{Pattern: "POST /cases/{case}/hand-over", Show: handOver},
		{Pattern: "POST /cases/{case}/moderation", Show: moderate},
		{Pattern: "GET /cases/{case}/letter", Show: previewLetter},
		{Pattern: "POST /cases/{case}/letter", Show: previewLetter},
		{Pattern: "GET /cases/{case}/letter/pdf", Show: downloadPreview},
		{Pattern: "POST /cases/{case}/findings/{finding}", Show: answerFinding},
		{Pattern: "POST /cases/{case}/notices", Show: askForMissing},
		{Pattern: "POST /cases/{case}/notices/{notice}/cancel", Show: cancelNotice},
		{Pattern: "POST /cases/{case}/deadline", Show: extendDeadline},
		{Pattern: "POST /cases/{case}/breach", Show: explainBreach},
		{Pattern: "POST /cases/{case}/assessors", Show: nameAssessors},
		{Pattern: "POST /cases/{case}/assessment", Show: assess},
		{Pattern: "POST /cases/{case}/recommendation", Show: recommend},
		{Pattern: "POST /cases/{case}/return", Show: returnRecommendation},
		{Pattern: "POST /cases/{case}/decision", Show: decide},
		{Pattern: "POST /cases/{case}/reversal", Show: reverse},
		{Pattern: "POST /cases/{case}/appeals/{appeal}/owner", Show: assignAppeal},
		{Pattern: "POST /cases/{case}/appeals/{appeal}/preparation", Show: prepareAppeal},
		{Pattern: "POST /cases/{case}/appeals/{appeal}/decision", Show: decideAppeal},
		{Pattern: "POST /cases/{case}/appeals/{appeal}/outcome", Show: recordAppealOutcome},
		{Pattern: "POST /cases/{case}/messages", Show: sendMessage},
		{Pattern: "POST /cases/{case}/disclosures/{entry}", Show: assessDisclosure},
	}
}

// rankingRoutes are the pages on which the cases of a call are ranked.
func rankingRoutes() []site.Route {
	return []site.Route{
		{Pattern: "GET /ranking", Show: showNewestRanking},
		{Pattern: "GET /calls/{call}/ranking", Show: showRanking},
		{Pattern: "POST /calls/{call}/ranking", Show: tryRanking},
	}
}

// deskRoutes are the pages around the cases: search, who is away, and what the public asks to see.
func deskRoutes() []site.Route {
	return []site.Route{
		{Pattern: "GET /search", Show: showSearch},
		{Pattern: "GET /absences", Show: showAbsences},
		{Pattern: "POST /absences/new", Show: registerAbsence},
		{Pattern: "POST /absences/{absence}/change", Show: changeAbsence},
		{Pattern: "POST /absences/{absence}/end", Show: endAbsence},
		{Pattern: "GET /access-requests", Show: showAccessRequests},
		{Pattern: "POST /access-requests/{request}/answer", Show: answerAccessRequest},
	}
}
