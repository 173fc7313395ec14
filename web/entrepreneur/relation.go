package entrepreneur

import (
	"cmp"
	"slices"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// relation is the lifecycle of an enterprise under a scheme, as the enterprise sees it.
type relation struct {
	*saakornv1.GetLifecycleResponse

	scheme *saakornv1.Scheme
	// editor says that the reader may change things for the enterprise, and not only read.
	editor bool
}

// whole is a relation with everything that has happened in it, and what is to come.
type whole struct {
	*relation

	years       []*relationYear
	claims      []*saakornv1.Claim
	accounts    []*saakornv1.PayeeAccount
	checkins    []*saakornv1.Checkin
	points      []*saakornv1.ActionPoint
	assessments []*saakornv1.SustainabilityAssessment
	after       []*saakornv1.AfterQuestion
	examples    []*saakornv1.Example
	// reports are those of the awards; only the relation's own page has them.
	reports []reportCard
}

// relationYear is an award with what has been asked for and decided about it since.
type relationYear struct {
	*saakornv1.GetAwardResponse

	measures []*saakornv1.Measure
	changes  []*saakornv1.ChangeRequest
}

// openRelation returns the relation that the address names.
func openRelation(v *site.Visit) (*relation, error) {
	id, err := v.ID("lifecycle")
	if err != nil {
		return nil, err
	}
	return loadRelation(v, id)
}

func loadRelation(v *site.Visit, id string) (*relation, error) {
	got, err := v.API.Grants.GetLifecycle(v.Context(), &saakornv1.GetLifecycleRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	r := &relation{GetLifecycleResponse: got}
	version := ""
	if n := len(got.GetAwards()); n > 0 {
		version = got.GetAwards()[n-1].GetSchemeVersion()
	}
	scheme, err := v.API.Schemes.GetScheme(v.Context(), &saakornv1.GetSchemeRequest{SchemeId: got.GetLifecycle().GetSchemeId(), Version: version})
	if err != nil {
		return nil, err
	}
	r.scheme = scheme.GetScheme()
	r.editor, err = mayEdit(v, got.GetLifecycle().GetEnterpriseId())
	return r, err
}

// mayEdit tells whether the reader may change things for the enterprise.
func mayEdit(v *site.Visit, enterpriseID string) (bool, error) {
	list, err := v.API.Enterprises.ListMembers(v.Context(), &saakornv1.ListMembersRequest{EnterpriseId: enterpriseID})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list.GetMembers(), func(m *saakornv1.Member) bool {
		return m.GetPersonId() == v.Person().ID && m.GetRight() >= saakornv1.MemberRight_MEMBER_RIGHT_EDITOR
	}), nil
}

func (r *relation) path() string { return "/grants/" + r.GetLifecycle().GetId() }

func (r *relation) name() string { return r.GetLifecycle().GetEnterpriseName() }

func (r *relation) title(p ui.Page) string { return site.In(p.Language, r.scheme.GetTitle()) }

func (r *relation) closed() bool {
	return r.GetLifecycle().GetState() == saakornv1.LifecycleState_LIFECYCLE_STATE_CLOSED
}

// year says how many of the years that the scheme allows have been used.
func (r *relation) year(p ui.Page) string {
	l := r.GetLifecycle()
	return p.T("award.year_of", "n", itoa(int(l.GetYearsUsed())), "max", itoa(int(l.GetMaxYears())))
}

// accepted returns the newest award that the enterprise has accepted, nil when there is none.
func (r *relation) accepted() *saakornv1.Award {
	for _, a := range slices.Backward(r.GetAwards()) {
		if a.GetAcceptedAt() != nil {
			return a
		}
	}
	return nil
}

func (r *relation) award(id string) *saakornv1.Award {
	i := slices.IndexFunc(r.GetAwards(), func(a *saakornv1.Award) bool { return a.GetId() == id })
	if i < 0 {
		return nil
	}
	return r.GetAwards()[i]
}

// messages leads to where the enterprise writes to its contact.
func (r *relation) messages() string {
	if n := len(r.GetAwards()); n > 0 {
		return "/applications/" + r.GetAwards()[n-1].GetApplicationId() + "/messages"
	}
	return ""
}

// openWhole gathers what the page of a relation and the list of what to do are made of.
func openWhole(v *site.Visit, r *relation) (*whole, error) {
	w, id := &whole{relation: r}, r.GetLifecycle().GetId()
	for _, a := range r.GetAwards() {
		year, err := openRelationYear(v, a.GetId())
		if err != nil {
			return nil, err
		}
		w.years = append(w.years, year)
	}
	if err := w.openMoney(v); err != nil {
		return nil, err
	}
	checkins, err := v.API.Followup.ListCheckins(v.Context(), &saakornv1.ListCheckinsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	points, err := v.API.Followup.ListActionPoints(v.Context(), &saakornv1.ListActionPointsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	assessments, err := v.API.Followup.ListSustainabilityAssessments(v.Context(), &saakornv1.ListSustainabilityAssessmentsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	after, err := v.API.Followup.ListAfterQuestions(v.Context(), &saakornv1.ListAfterQuestionsRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	examples, err := v.API.Examples.ListLifecycleExamples(v.Context(), &saakornv1.ListLifecycleExamplesRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	w.checkins, w.points, w.assessments = checkins.GetCheckins(), points.GetActionPoints(), assessments.GetAssessments()
	w.after, w.examples = after.GetQuestions(), examples.GetExamples()
	return w, nil
}

func openRelationYear(v *site.Visit, awardID string) (*relationYear, error) {
	award, err := v.API.Grants.GetAward(v.Context(), &saakornv1.GetAwardRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	measures, err := v.API.Measures.ListMeasures(v.Context(), &saakornv1.ListMeasuresRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	changes, err := v.API.Changes.ListChangeRequests(v.Context(), &saakornv1.ListChangeRequestsRequest{AwardId: awardID})
	if err != nil {
		return nil, err
	}
	return &relationYear{award, measures.GetMeasures(), changes.GetChangeRequests()}, nil
}

// openMoney gathers the claims and the accounts; claims of other schemes belong to other relations.
func (w *whole) openMoney(v *site.Visit) error {
	enterpriseID := w.GetLifecycle().GetEnterpriseId()
	claims, err := site.All(200, func(token string) ([]*saakornv1.Claim, string, error) {
		list, err := v.API.Recovery.ListClaims(v.Context(), &saakornv1.ListClaimsRequest{EnterpriseId: enterpriseID, PageSize: 50, PageToken: token})
		return list.GetClaims(), list.GetNextPageToken(), err
	})
	if err != nil {
		return err
	}
	for _, c := range claims {
		if w.award(c.GetAwardId()) != nil {
			w.claims = append(w.claims, c)
		}
	}
	accounts, err := v.API.Accounts.ListPayeeAccounts(v.Context(), &saakornv1.ListPayeeAccountsRequest{EnterpriseId: enterpriseID})
	w.accounts = accounts.GetAccounts()
	return err
}

func showRelation(v *site.Visit) error {
	r, err := openRelation(v)
	if err != nil {
		return err
	}
	w, err := openWhole(v, r)
	if err != nil {
		return err
	}
	list, err := v.API.Reports.ListReports(v.Context(), &saakornv1.ListReportsRequest{LifecycleId: r.GetLifecycle().GetId(), PageSize: 200})
	if err != nil {
		return err
	}
	if w.reports, err = cards(v, list.GetReports()); err != nil {
		return err
	}
	return v.Show(relationPage(v.Page, w))
}

// tasks is what there is to do in the relation, reports as well, the most pressing first.
func (w *whole) tasks(p ui.Page) []task {
	if !w.editor {
		return nil
	}
	return sorted(append(w.duties(p), reportTasks(p, w.reports)...))
}

// pastYear is one of the years of a relation, used or still to apply for.
type pastYear struct {
	title, number, amount, tag, href string
	tone                             ui.Tone
	open                             bool
}

// pastYears lays out the years in order: those from before, those with an award, and those that remain.
func (w *whole) pastYears(p ui.Page) []pastYear {
	var list []pastYear
	for _, e := range w.GetLifecycle().GetEarlierYears() {
		y := pastYear{title: itoa(int(e.GetGrantYear())), tag: p.T("relation.earlier"), tone: ui.Neutral}
		if e.AmountOre != nil {
			y.amount = p.Kroner(e.GetAmountOre())
		}
		list = append(list, y)
	}
	for _, a := range w.GetAwards() {
		y := pastYear{
			title: itoa(int(a.GetGrantYear())), amount: p.Kroner(a.GetAmountOre()), href: "/awards/" + a.GetId(),
			tag: p.T("award_state." + a.GetState().String()), tone: awardTone(a.GetState()),
		}
		if n := a.GetYearNumber(); n > 0 {
			y.number = p.T("relation.year_n", "n", itoa(int(n)))
		}
		list = append(list, y)
	}
	if !w.closed() {
		for n := range w.GetLifecycle().GetRemainingYears() {
			list = append(list, pastYear{title: p.T("relation.year_n", "n", itoa(int(w.GetLifecycle().GetYearsUsed()+n+1))), open: true})
		}
	}
	return list
}

// ahead lays out what is going to happen, the nearest first.
func (w *whole) ahead(p ui.Page) []ui.Step {
	type event struct{ on, title string }
	var events []event
	for _, c := range w.checkins {
		if c.GetState() == saakornv1.CheckinState_CHECKIN_STATE_PLANNED {
			events = append(events, event{c.GetPlannedOn(), p.T("relation.ahead_checkin")})
		}
	}
	for _, a := range w.GetAwards() {
		if a.GetState() == saakornv1.AwardState_AWARD_STATE_ACCEPTED {
			events = append(events, event{a.GetSpendBy(), p.T("relation.ahead_spend", "year", itoa(int(a.GetGrantYear())))})
		}
	}
	for _, c := range w.reports {
		if c.report.GetState() == saakornv1.ReportState_REPORT_STATE_OPEN {
			events = append(events, event{c.report.GetDueOn(), c.title})
		}
	}
	for _, d := range w.GetExitPlanDemands() {
		if !d.GetSubmitted() {
			events = append(events, event{d.GetDueOn(), p.T("relation.ahead_exit_plan")})
		}
	}
	for _, q := range w.after {
		if q.GetState() == saakornv1.AfterQuestionState_AFTER_QUESTION_STATE_PLANNED {
			events = append(events, event{q.GetDueOn(), p.T("relation.ahead_after", "n", itoa(int(q.GetMonths())))})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.on, b.on) })
	var steps []ui.Step
	for _, e := range events {
		steps = append(steps, ui.Step{Title: e.title, When: p.Date(e.on)})
	}
	return steps
}

// addRelations adds the relations of the person's enterprises, and what there is to do about them.
func (s *start) addRelations(v *site.Visit) error {
	list, err := v.API.Grants.ListLifecycles(v.Context(), &saakornv1.ListLifecyclesRequest{PageSize: most})
	if err != nil {
		return err
	}
	for _, l := range list.GetLifecycles() {
		r, err := loadRelation(v, l.GetId())
		if err != nil {
			return err
		}
		w, err := openWhole(v, r)
		if err != nil {
			return err
		}
		s.relations = append(s.relations, w)
		for _, t := range w.duties(v.Page) {
			t.text = w.name() + ". " + t.text
			s.tasks = append(s.tasks, t)
		}
	}
	return nil
}

// paper is a form: what its fields are called, what was typed into them and what is wrong with it.
type paper struct {
	labels map[string]string
	typed  map[string]string
	errors ui.Errors
}

// newPaper returns the form with what was typed into its fields. labels name the fields by the
// identifiers of their inputs.
func newPaper(v *site.Visit, labels map[string]string) *paper {
	f := &paper{labels: labels, typed: map[string]string{}}
	for id := range labels {
		f.typed[id] = v.Value(id)
	}
	return f
}

// field is the field of the form with the identifier.
func (f *paper) field(id string) ui.Field {
	return ui.Field{ID: id, Label: f.labels[id], Value: f.typed[id], Error: f.errors.For(id)}
}

// area is a field for a text of several lines.
func (f *paper) area(id string, rows, most int) ui.Field {
	field := f.field(id)
	field.Rows, field.MaxLength = rows, most
	return field
}

// wrong says what is wrong with a field.
func (f *paper) wrong(id, text string) {
	f.errors = append(f.errors, ui.FieldError{ID: id, Text: text, Label: f.labels[id]})
}

// refused words why a method refused. ids say into which input a field of the request was typed; the
// others have the same name. It is false for what is not the reader's to mend.
func (f *paper) refused(v *site.Visit, err error, ids map[string]string) bool {
	inputs := map[string]string{}
	for _, violation := range site.ProblemOf(err).Violations {
		id, known := ids[violation.Field]
		if _, typed := f.labels[violation.Field]; !known && typed {
			id = violation.Field
		}
		inputs[violation.Field] = id
	}
	errs, ok := site.FormErrors(v.Page.Printer, err, inputs)
	if !ok {
		errs, ok = site.Refused(v.Page.Printer, err)
	}
	for i := range errs {
		errs[i].Label = f.labels[errs[i].ID]
	}
	f.errors = append(f.errors, errs...)
	return ok
}
