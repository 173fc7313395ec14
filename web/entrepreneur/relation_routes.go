package entrepreneur

import "saakorn/web/site"

// relationRoutes returns the pages of a grant as a relation that lasts.
func relationRoutes() []site.Route {
	return []site.Route{
		{Pattern: "GET /grants/{lifecycle}", Show: showRelation},
		{Pattern: "GET /grants/{lifecycle}/assessment", Show: showAssessment},
		{Pattern: "POST /grants/{lifecycle}/assessment", Show: assess},
		{Pattern: "GET /grants/{lifecycle}/checkins", Show: showFollowing},
		{Pattern: "POST /grants/{lifecycle}/points/{point}", Show: settlePoint},
		{Pattern: "POST /grants/{lifecycle}/needs", Show: addNeed},
		{Pattern: "POST /grants/{lifecycle}/needs/{need}", Show: settleNeed},
		{Pattern: "GET /grants/{lifecycle}/claims/{claim}", Show: showClaim},
		{Pattern: "GET /grants/{lifecycle}/exit-plan", Show: showExitPlan},
		{Pattern: "POST /grants/{lifecycle}/exit-plan", Show: submitExitPlan},
		{Pattern: "GET /grants/{lifecycle}/handover", Show: showHandover},
		{Pattern: "POST /grants/{lifecycle}/handover", Show: saveHandover},
		{Pattern: "GET /grants/{lifecycle}/after", Show: showAfter},
		{Pattern: "GET /grants/{lifecycle}/after/{question}", Show: showAfterQuestion},
		{Pattern: "POST /grants/{lifecycle}/after/{question}", Show: answerAfter},
		{Pattern: "GET /grants/{lifecycle}/examples", Show: showExamples},
		{Pattern: "GET /grants/{lifecycle}/examples/{example}", Show: showExample},
		{Pattern: "GET /grants/{lifecycle}/examples/{example}/edit", Show: showExampleForm},
		{Pattern: "POST /grants/{lifecycle}/examples/{example}/edit", Show: changeExample},
		{Pattern: "POST /grants/{lifecycle}/examples/{example}/consent", Show: consent},
		{Pattern: "POST /grants/{lifecycle}/examples/{example}/withdraw", Show: withdrawExample},

		{Pattern: "GET /awards/{award}/changes", Show: showChanges},
		{Pattern: "GET /awards/{award}/ask/{kind}", Show: showChange},
		{Pattern: "POST /awards/{award}/ask/{kind}", Show: askForChange},
		{Pattern: "POST /awards/{award}/changes/{change}/withdraw", Show: withdrawChange},
		{Pattern: "GET /awards/{award}/measures/{measure}", Show: showMeasure},
		{Pattern: "POST /awards/{award}/measures/{measure}/comment", Show: commentOnMeasure},
		{Pattern: "POST /awards/{award}/measures/{measure}/appeal", Show: appealMeasure},

		{Pattern: "GET /enterprises/{enterprise}/account", Show: showAccounts},
		{Pattern: "POST /enterprises/{enterprise}/account", Show: proposeAccount},
		{Pattern: "GET /enterprises/{enterprise}/documents", Show: showOwnDocuments},
	}
}
