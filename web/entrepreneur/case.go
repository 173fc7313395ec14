package entrepreneur

import (
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// caseView is an application after it has been submitted.
type caseView struct {
	draft    *draft
	progress *saakornv1.GetProgressResponse
	steps    []ui.Step
	notices  []*saakornv1.DeficiencyNotice
	letters  []*saakornv1.Letter
	appeals  []*saakornv1.Appeal
	unread   int
}

// showApplication shows where the application stands; a draft goes on where something is missing.
func showApplication(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	if d.app.GetState() == saakornv1.ApplicationState_APPLICATION_STATE_DRAFT && d.call.GetState() == saakornv1.CallState_CALL_STATE_OPEN {
		return v.Go(stepPath(d, d.scheme.GetSections()[0].GetKey()))
	}
	c, err := loadCase(v, d)
	if err != nil {
		return err
	}
	return v.Show(applicationPage(v.Page, c))
}

func loadCase(v *site.Visit, d *draft) (*caseView, error) {
	c := &caseView{draft: d, progress: &saakornv1.GetProgressResponse{}}
	if d.app.GetSubmittedAt() == nil {
		return c, nil
	}
	id := d.app.GetId()
	var err error
	if c.progress, err = v.API.Cases.GetProgress(v.Context(), &saakornv1.GetProgressRequest{ApplicationId: id}); err != nil {
		return nil, err
	}
	c.steps = steps(v.Page, c.progress)
	notices, err := v.API.Completeness.ListDeficiencyNotices(v.Context(), &saakornv1.ListDeficiencyNoticesRequest{ApplicationId: id})
	if err != nil {
		return nil, err
	}
	letters, err := v.API.Cases.ListLetters(v.Context(), &saakornv1.ListLettersRequest{ApplicationId: id})
	if err != nil {
		return nil, err
	}
	messages, err := v.API.Correspondence.ListMessages(v.Context(), &saakornv1.ListMessagesRequest{ApplicationId: id, PageSize: 1})
	if err != nil {
		return nil, err
	}
	appeals, err := v.API.Appeals.ListAppeals(v.Context(), &saakornv1.ListAppealsRequest{ApplicationId: id})
	if err != nil {
		return nil, err
	}
	c.notices, c.letters, c.appeals, c.unread = notices.GetNotices(), letters.GetLetters(), appeals.GetAppeals(), int(messages.GetUnread())
	return c, nil
}

// steps words where the case stands.
func steps(p ui.Page, progress *saakornv1.GetProgressResponse) []ui.Step {
	var all []ui.Step
	current := slices.IndexFunc(progress.GetSteps(), (*saakornv1.ProgressStep).GetCurrent)
	for i, s := range progress.GetSteps() {
		// What lies before the current step has been done, though not every step has a time of its own.
		step := ui.Step{Title: p.T("step." + s.GetStep().String()), Done: s.GetCompletedAt() != nil || i < current, Current: s.GetCurrent()}
		switch {
		case s.GetCompletedAt() != nil:
			step.When = p.StampDay(s.GetCompletedAt())
		case s.GetExpectedDate() != "":
			step.When = p.T("case.expected", "date", p.Date(s.GetExpectedDate()))
		}
		all = append(all, step)
	}
	return all
}

// open returns the notice that waits for an answer.
func (c *caseView) open() *saakornv1.DeficiencyNotice {
	i := slices.IndexFunc(c.notices, func(n *saakornv1.DeficiencyNotice) bool {
		return n.GetState() == saakornv1.DeficiencyState_DEFICIENCY_STATE_OPEN
	})
	if i < 0 {
		return nil
	}
	return c.notices[i]
}

// decided tells whether the party has been told how it ended.
func (c *caseView) decided() bool {
	o := c.progress.GetOutcome()
	return o != saakornv1.Outcome_OUTCOME_UNSPECIFIED && o != saakornv1.Outcome_OUTCOME_WITHDRAWN
}

// mayCorrect tells whether the submitted application can still be corrected: until the call closes, or
// while something is asked for.
func (c *caseView) mayCorrect() bool {
	submitted := c.draft.app.GetState() == saakornv1.ApplicationState_APPLICATION_STATE_SUBMITTED
	return submitted && (c.draft.call.GetState() == saakornv1.CallState_CALL_STATE_OPEN || c.open() != nil)
}

func (c *caseView) mayWithdraw() bool {
	return c.draft.editable() && !c.decided()
}

func (c *caseView) mayAppeal() bool {
	return c.decided() && !slices.ContainsFunc(c.appeals, func(a *saakornv1.Appeal) bool { return a.GetClosedAt() == nil })
}

func showLetter(v *site.Visit) error {
	d, err := loadDraft(v)
	if err != nil {
		return err
	}
	id, err := v.ID("letter")
	if err != nil {
		return err
	}
	letters, err := v.API.Cases.ListLetters(v.Context(), &saakornv1.ListLettersRequest{ApplicationId: d.app.GetId()})
	if err != nil {
		return err
	}
	for _, l := range letters.GetLetters() {
		if l.GetId() == id {
			return v.Show(letterPage(v.Page, d, l))
		}
	}
	return notFound()
}

// downloadLetter sends a letter as the PDF that was sent, or as it will be.
func downloadLetter(v *site.Visit) error {
	id, err := v.ID("letter")
	if err != nil {
		return err
	}
	answer, err := v.API.Letters.GetLetterDocument(v.Context(), &saakornv1.GetLetterDocumentRequest{LetterId: id})
	if err != nil {
		return err
	}
	site.OfferFile(v.Writer, v.Page.T("letters.file")+".pdf", "application/pdf")
	_, _ = v.Writer.Write(answer.GetPdf()) // the reader has gone away, and nobody else can be told
	return nil
}

// messagesForm is the page with what has been written between the enterprise and the directorate.
type messagesForm struct {
	draft    *draft
	contact  string
	messages []*saakornv1.Message
	next     string
	typed    string
	errors   ui.Errors
}

func loadMessages(v *site.Visit) (*messagesForm, error) {
	d, err := loadDraft(v)
	if err != nil {
		return nil, err
	}
	progress, err := v.API.Cases.GetProgress(v.Context(), &saakornv1.GetProgressRequest{ApplicationId: d.app.GetId()})
	if err != nil {
		return nil, err
	}
	list, err := v.API.Correspondence.ListMessages(v.Context(), &saakornv1.ListMessagesRequest{ApplicationId: d.app.GetId(), PageSize: 50, PageToken: v.Value("page")})
	if err != nil {
		return nil, err
	}
	return &messagesForm{draft: d, contact: progress.GetContactName(), messages: list.GetMessages(), next: list.GetNextPageToken()}, nil
}

// showMessages shows the messages, and marks those of the directorate as read.
func showMessages(v *site.Visit) error {
	f, err := loadMessages(v)
	if err != nil {
		return err
	}
	for _, m := range f.messages {
		if m.GetFromEnterprise() || m.GetReadAt() != nil {
			continue
		}
		_, err := v.API.Correspondence.MarkRead(v.Context(), &saakornv1.MarkReadRequest{
			RequestId: site.NewRequestID(), ApplicationId: f.draft.app.GetId(), MessageId: m.GetId(),
		})
		if err != nil && site.ProblemOf(err).Reason != "READER_ONLY" {
			return err
		}
		break // the newest one stands for all before it
	}
	return v.Show(messagesPage(v.Page, f))
}

func sendMessage(v *site.Visit) error {
	f, err := loadMessages(v)
	if err != nil {
		return err
	}
	f.typed = v.Value("text")
	_, err = v.API.Correspondence.SendMessage(v.Context(), &saakornv1.SendMessageRequest{
		RequestId: v.RequestID(), ApplicationId: f.draft.app.GetId(), Text: f.typed,
	})
	if err == nil {
		return v.GoWith(f.draft.path()+"/messages", "message_sent")
	}
	var ok bool
	if f.errors, ok = site.FormErrors(v.Page.Printer, err, map[string]string{"text": "text"}); !ok {
		if f.errors, ok = site.Refused(v.Page.Printer, err); !ok {
			return err
		}
	}
	return v.ShowInvalid(messagesPage(v.Page, f))
}

// textForm is a page with a text or two to send.
type textForm struct {
	draft  *draft
	typed  map[string]string
	errors ui.Errors
}

func loadTextForm(v *site.Visit) (*textForm, error) {
	d, err := loadDraft(v)
	if err != nil {
		return nil, err
	}
	return &textForm{draft: d, typed: map[string]string{"reason": v.Value("reason"), "grounds": v.Value("grounds"), "change_wanted": v.Value("change_wanted")}}, nil
}

// refused words a refusal on the form's page.
func (f *textForm) refused(v *site.Visit, err error) (ok bool) {
	f.errors, ok = site.FormErrors(v.Page.Printer, err, map[string]string{"reason": "reason", "grounds": "grounds", "change_wanted": "change_wanted"})
	if !ok {
		f.errors, ok = site.Refused(v.Page.Printer, err)
	}
	return ok
}

func showWithdraw(v *site.Visit) error {
	f, err := loadTextForm(v)
	if err != nil {
		return err
	}
	return v.Show(withdrawPage(v.Page, f))
}

func withdraw(v *site.Visit) error {
	f, err := loadTextForm(v)
	if err != nil {
		return err
	}
	_, err = v.API.Applications.WithdrawApplication(v.Context(), &saakornv1.WithdrawApplicationRequest{
		RequestId: v.RequestID(), ApplicationId: f.draft.app.GetId(), Reason: f.typed["reason"],
	})
	if err == nil {
		return v.GoWith("/my", "withdrawn")
	}
	if !f.refused(v, err) {
		return err
	}
	return v.ShowInvalid(withdrawPage(v.Page, f))
}

func showAppeal(v *site.Visit) error {
	f, err := loadTextForm(v)
	if err != nil {
		return err
	}
	return v.Show(appealPage(v.Page, f))
}

func appeal(v *site.Visit) error {
	f, err := loadTextForm(v)
	if err != nil {
		return err
	}
	_, err = v.API.Appeals.SubmitAppeal(v.Context(), &saakornv1.SubmitAppealRequest{
		RequestId: v.RequestID(), ApplicationId: f.draft.app.GetId(), Grounds: f.typed["grounds"], ChangeWanted: f.typed["change_wanted"],
	})
	if err == nil {
		return v.GoWith(f.draft.path(), "appealed")
	}
	if !f.refused(v, err) {
		return err
	}
	return v.ShowInvalid(appealPage(v.Page, f))
}

// showSessions shows where the person is signed in.
func showSessions(v *site.Visit) error {
	list, err := v.API.Sessions.ListSessions(v.Context(), &saakornv1.ListSessionsRequest{})
	if err != nil {
		return err
	}
	return v.Show(sessionsPage(v.Page, list.GetSessions()))
}

// endSessions signs the person out everywhere.
func endSessions(v *site.Visit) error {
	_, err := v.API.Sessions.RevokeSessions(v.Context(), &saakornv1.RevokeSessionsRequest{RequestId: v.RequestID(), PersonId: v.Person().ID})
	if err != nil {
		return err
	}
	return v.Go("/signed-out")
}
