// Package entrepreneur holds the pages of those who act for an enterprise.
package entrepreneur

import "saakorn/web/site"

// Routes returns the pages of this package.
func Routes() []site.Route {
	return append(relationRoutes(), []site.Route{
		{Pattern: "GET /my", Show: showStart},
		{Pattern: "GET /me", Show: showSessions},
		{Pattern: "POST /me/end-sessions", Show: endSessions},

		{Pattern: "GET /enterprises", Show: showEnterprises},
		{Pattern: "GET /enterprises/register", Show: showRegister},
		{Pattern: "POST /enterprises/register", Show: register},
		{Pattern: "GET /enterprises/{enterprise}", Show: showEnterprise},
		{Pattern: "POST /enterprises/{enterprise}/members", Show: addMember},
		{Pattern: "POST /enterprises/{enterprise}/members/remove", Show: removeMember},
		{Pattern: "POST /enterprises/{enterprise}/contacts", Show: changeContacts},

		{Pattern: "GET /awards/{award}", Show: showAward},
		{Pattern: "POST /awards/{award}/accept", Show: acceptAward},
		{Pattern: "GET /awards/{award}/decline", Show: showDecline},
		{Pattern: "POST /awards/{award}/decline", Show: declineAward},

		{Pattern: "GET /reports", Show: showReports},
		{Pattern: "GET /reports/{report}", Show: showReport},
		{Pattern: "GET /reports/{report}/steps/{step}", Show: showReportStep},
		{Pattern: "POST /reports/{report}/steps/{step}", Show: saveReportStep},
		{Pattern: "GET /reports/{report}/figures/{step}", Show: showFigures},
		{Pattern: "POST /reports/{report}/attachments", Upload: true, Show: uploadToReport},
		{Pattern: "POST /reports/{report}/attachments/remove", Show: removeFromReport},
		{Pattern: "GET /reports/{report}/attachments/{attachment}", Show: downloadFromReport},
		{Pattern: "POST /reports/{report}/submit", Show: submitReport},
		{Pattern: "GET /reports/{report}/receipt", Show: showReportReceipt},
		{Pattern: "GET /reports/{report}/versions/{version}", Show: showReportVersion},
		{Pattern: "POST /reports/{report}/offices", Show: inviteOffice},
		{Pattern: "GET /office", Show: showOffice},
		{Pattern: "GET /office/{part}", Show: showOfficePart},
		{Pattern: "POST /office/{part}", Show: saveOfficePart},

		{Pattern: "GET /apply", Show: showApply},
		{Pattern: "POST /apply", Show: apply},
		{Pattern: "GET /applications/{application}", Show: showApplication},
		{Pattern: "GET /applications/{application}/steps/{step}", Show: showStep},
		{Pattern: "POST /applications/{application}/steps/{step}", Show: saveStep},
		{Pattern: "POST /applications/{application}/attachments", Upload: true, Show: upload},
		{Pattern: "POST /applications/{application}/attachments/remove", Show: removeAttachment},
		{Pattern: "GET /applications/{application}/attachments/{attachment}", Show: download},
		{Pattern: "POST /applications/{application}/submit", Show: submit},
		{Pattern: "GET /applications/{application}/receipt", Show: showReceipt},
		{Pattern: "GET /applications/{application}/answers", Show: showAnswers},
		{Pattern: "GET /applications/{application}/letters/{letter}", Show: showLetter},
		{Pattern: "GET /applications/{application}/letters/{letter}/pdf", Show: downloadLetter},
		{Pattern: "GET /applications/{application}/messages", Show: showMessages},
		{Pattern: "POST /applications/{application}/messages", Show: sendMessage},
		{Pattern: "GET /applications/{application}/withdraw", Show: showWithdraw},
		{Pattern: "POST /applications/{application}/withdraw", Show: withdraw},
		{Pattern: "GET /applications/{application}/appeal", Show: showAppeal},
		{Pattern: "POST /applications/{application}/appeal", Show: appeal},
	}...)
}
