package caseworker

import (
	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// accessRequests are what the public has asked to see.
type accessRequests struct {
	sheet

	answered bool
	all      []*saakornv1.AccessRequest
	next     string
}

func openAccessRequests(v *site.Visit) (*accessRequests, error) {
	v.Page.Staff = true
	a := &accessRequests{sheet: sheet{Page: v.Page}, answered: v.Value("all") != ""}
	answer, err := v.API.Journal.ListAccessRequests(v.Context(), &saakornv1.ListAccessRequestsRequest{PageSize: onScreen, PageToken: v.Value("page"), Unanswered: !a.answered})
	if err != nil {
		return nil, err
	}
	a.all, a.next = answer.GetAccessRequests(), answer.GetNextPageToken()
	return a, nil
}

func showAccessRequests(v *site.Visit) error {
	a, err := openAccessRequests(v)
	if err != nil {
		return err
	}
	return v.Show(accessRequestsPage(a))
}

// answers tells whether the reader answers requests.
func (a *accessRequests) answers(r *saakornv1.AccessRequest) bool {
	return a.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) && r.GetAnsweredAt() == nil
}

func (a *accessRequests) path() string {
	if a.answered {
		return "/access-requests?all=yes"
	}
	return "/access-requests"
}

func answerTone(answer saakornv1.AccessAnswer) ui.Tone {
	switch answer {
	case saakornv1.AccessAnswer_ACCESS_ANSWER_GRANTED:
		return ui.Success
	case saakornv1.AccessAnswer_ACCESS_ANSWER_UNSPECIFIED:
		return ui.Warning
	default:
		return ui.Neutral
	}
}

// answerAccessRequest answers a request; a refusal names its legal basis and its reasons (offl. § 31).
func answerAccessRequest(v *site.Visit) error {
	id, err := v.ID("request")
	if err != nil {
		return err
	}
	_, err = v.API.Journal.AnswerAccessRequest(v.Context(), &saakornv1.AnswerAccessRequestRequest{
		RequestId: v.RequestID(), AccessRequestId: id, Etag: v.Value("etag"), LegalBasis: v.Value("legal_basis"), Reasons: v.Value("reasons"),
		Answer: saakornv1.AccessAnswer(saakornv1.AccessAnswer_value["ACCESS_ANSWER_"+v.Value("answer")]),
	})
	if err == nil {
		return v.GoWith("/access-requests", "access_answered")
	}
	s, ok := refusedForm(v, id+"/answer", map[string]string{"answer": "answer", "legal_basis": "legal_basis", "reasons": "reasons"}, err)
	if !ok {
		return err
	}
	a, failed := openAccessRequests(v)
	if failed != nil {
		return err // what was refused says more
	}
	s.Page = v.Page
	a.sheet = s
	return v.ShowInvalid(accessRequestsPage(a))
}
