package entrepreneur

import (
	"fmt"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// changesView is an award with the changes that the enterprise has asked for.
type changesView struct {
	*paper
	*relation

	grant   *saakornv1.Award
	changes []*saakornv1.ChangeRequest
	kind    saakornv1.ChangeKind
	// budget is what the application planned for each line, in øre.
	budget map[string]int64
}

// changeKinds are what can be asked for, by their names in addresses.
func changeKinds() map[string]saakornv1.ChangeKind {
	return map[string]saakornv1.ChangeKind{
		"budget": saakornv1.ChangeKind_CHANGE_KIND_REBUDGET, "time": saakornv1.ChangeKind_CHANGE_KIND_EXTENSION,
		"contact": saakornv1.ChangeKind_CHANGE_KIND_CONTACT,
	}
}

// changeSlugs are the names in the order in which they are shown.
func changeSlugs() []string { return []string{"budget", "time", "contact"} }

func openChanges(v *site.Visit) (*changesView, error) {
	id, err := v.ID("award")
	if err != nil {
		return nil, err
	}
	got, err := v.API.Grants.GetAward(v.Context(), &saakornv1.GetAwardRequest{AwardId: id})
	if err != nil {
		return nil, err
	}
	r, err := loadRelation(v, got.GetAward().GetLifecycleId())
	if err != nil {
		return nil, err
	}
	list, err := v.API.Changes.ListChangeRequests(v.Context(), &saakornv1.ListChangeRequestsRequest{AwardId: id})
	if err != nil {
		return nil, err
	}
	return &changesView{paper: newPaper(v, nil), relation: r, grant: got.GetAward(), changes: list.GetChangeRequests()}, nil
}

func (c *changesView) here() string { return "/awards/" + c.grant.GetId() + "/changes" }

// ask leads to the form for one kind of change.
func (c *changesView) ask(slug string) string { return "/awards/" + c.grant.GetId() + "/ask/" + slug }

// mayAsk tells whether a change of the kind can be asked for: one of each is considered at a time.
func (c *changesView) mayAsk(kind saakornv1.ChangeKind) bool {
	if !c.editor || c.grant.GetState() != saakornv1.AwardState_AWARD_STATE_ACCEPTED {
		return false
	}
	for _, x := range c.changes {
		if x.GetKind() == kind && x.GetState() == saakornv1.ChangeState_CHANGE_STATE_SUBMITTED {
			return false
		}
	}
	return true
}

func (c *changesView) lineTitle(p ui.Page, key string) string {
	for _, line := range c.scheme.GetBudgetLines() {
		if line.GetKey() == key {
			return site.In(p.Language, line.GetTitle())
		}
	}
	return key
}

// asked says in words what a request asks for.
func (c *changesView) asked(p ui.Page, x *saakornv1.ChangeRequest) []string {
	var lines []string
	for _, m := range x.GetMoves() {
		key, ore := "change.gets", m.GetAmountOre()
		if ore < 0 {
			key, ore = "change.gives", -ore
		}
		lines = append(lines, p.T(key, "line", c.lineTitle(p, m.GetLine()), "amount", p.Kroner(ore)))
	}
	if on := x.GetSpendBy(); on != "" {
		lines = append(lines, p.T("change.until", "date", p.Date(on)))
	}
	if name := x.GetContactName(); name != "" {
		lines = append(lines, join(", ", name, x.GetContactEmail()))
	}
	return lines
}

func showChanges(v *site.Visit) error {
	c, err := openChanges(v)
	if err != nil {
		return err
	}
	return v.Show(changesPage(v.Page, c))
}

// openChange returns the form for one kind of change.
func openChange(v *site.Visit) (*changesView, error) {
	c, err := openChanges(v)
	if err != nil {
		return nil, err
	}
	kind, ok := changeKinds()[v.Request.PathValue("kind")]
	if !ok {
		return nil, notFound()
	}
	c.kind = kind
	labels := map[string]string{"grounds": v.Page.T("change.grounds")}
	switch kind {
	case saakornv1.ChangeKind_CHANGE_KIND_REBUDGET:
		application, err := v.API.Applications.GetApplication(v.Context(), &saakornv1.GetApplicationRequest{ApplicationId: c.grant.GetApplicationId()})
		if err != nil {
			return nil, err
		}
		c.budget = map[string]int64{}
		for _, item := range application.GetApplication().GetContent().GetBudget().GetItems() {
			c.budget[item.GetLineKey()] += item.GetAmountOre()
		}
		for _, line := range c.scheme.GetBudgetLines() {
			title := site.In(v.Page.Language, line.GetTitle())
			labels["less."+line.GetKey()] = title + ": " + v.Page.T("change.less")
			labels["more."+line.GetKey()] = title + ": " + v.Page.T("change.more")
		}
	case saakornv1.ChangeKind_CHANGE_KIND_EXTENSION:
		labels["spend_by"] = v.Page.T("change.spend_by")
	default:
		labels["contact_name"], labels["contact_email"] = v.Page.T("contact.name"), v.Page.T("contact.email")
	}
	c.paper = newPaper(v, labels)
	return c, nil
}

func showChange(v *site.Visit) error {
	c, err := openChange(v)
	if err != nil {
		return err
	}
	return v.Show(changePage(v.Page, c))
}

// askForChange asks for what was typed.
func askForChange(v *site.Visit) error {
	c, err := openChange(v)
	if err != nil {
		return err
	}
	request, ids := c.request(v)
	if len(c.errors) > 0 {
		return v.ShowInvalid(changePage(v.Page, c))
	}
	if _, err = v.API.Changes.SubmitChangeRequest(v.Context(), request); err == nil {
		return v.GoWith(c.here(), "change_asked")
	}
	if !c.refused(v, err, ids) {
		return err
	}
	return v.ShowInvalid(changePage(v.Page, c))
}

// request reads the form, and says which input each field of the request was typed into.
func (c *changesView) request(v *site.Visit) (*saakornv1.SubmitChangeRequestRequest, map[string]string) {
	r := &saakornv1.SubmitChangeRequestRequest{
		RequestId: v.RequestID(), AwardId: c.grant.GetId(), Kind: c.kind, Grounds: c.typed["grounds"],
		ContactName: c.typed["contact_name"], ContactEmail: c.typed["contact_email"],
	}
	if typed := c.typed["spend_by"]; typed != "" {
		on, ok := isoDate(typed)
		if !ok {
			c.wrong("spend_by", v.Page.T("violation.NO_SUCH_DATE"))
		}
		r.SpendBy = on
	}
	ids := map[string]string{"moves": "moves"}
	for _, line := range c.scheme.GetBudgetLines() {
		if c.kind != saakornv1.ChangeKind_CHANGE_KIND_REBUDGET {
			break
		}
		ore, id := c.move(v.Page, line.GetKey())
		if ore == 0 {
			continue
		}
		for _, field := range []string{"line", "amount_ore"} {
			ids[fmt.Sprintf("moves[%d].%s", len(r.GetMoves()), field)] = id
		}
		r.Moves = append(r.Moves, &saakornv1.BudgetMove{Line: line.GetKey(), AmountOre: ore})
	}
	return r, ids
}

// move reads how much more or less a line is to have, in øre, and from which input.
func (c *changesView) move(p ui.Page, line string) (ore int64, id string) {
	id = "more." + line
	more, ok := site.Kroner(c.typed[id])
	if !ok {
		c.wrong(id, p.T("violation.NOT_AN_AMOUNT"))
	}
	less, ok := site.Kroner(c.typed["less."+line])
	if !ok {
		c.wrong("less."+line, p.T("violation.NOT_AN_AMOUNT"))
	}
	if less > 0 {
		id = "less." + line
	}
	return more - less, id
}

// withdrawChange takes back what has not been decided.
func withdrawChange(v *site.Visit) error {
	c, err := openChanges(v)
	if err != nil {
		return err
	}
	id, err := v.ID("change")
	if err != nil {
		return err
	}
	_, err = v.API.Changes.WithdrawChangeRequest(v.Context(), &saakornv1.WithdrawChangeRequestRequest{RequestId: v.RequestID(), ChangeRequestId: id})
	if err == nil {
		return v.GoWith(c.here(), "change_withdrawn")
	}
	if !c.refused(v, err, nil) {
		return err
	}
	return v.ShowInvalid(changesPage(v.Page, c))
}

func changeTone(s saakornv1.ChangeState) ui.Tone {
	switch s {
	case saakornv1.ChangeState_CHANGE_STATE_APPROVED:
		return ui.Success
	case saakornv1.ChangeState_CHANGE_STATE_REJECTED:
		return ui.Danger
	case saakornv1.ChangeState_CHANGE_STATE_SUBMITTED:
		return ui.Info
	default:
		return ui.Neutral
	}
}

// budgetCell is the field of a line for less or more money.
func (c *changesView) budgetCell(prefix, line string) ui.Field {
	f := c.field(prefix + line)
	f.Hidden, f.Numeric = true, true
	return f
}

func (c *changesView) spendByField(p ui.Page) ui.Field {
	f := c.field("spend_by")
	f.Help = p.T("change.spend_by_help", "now", p.Date(c.grant.GetSpendBy()), "months", itoa(int(c.scheme.GetAwards().GetMaxExtensionMonths())))
	return f
}

func (c *changesView) groundsField(p ui.Page) ui.Field {
	f := c.area("grounds", 5, 10000)
	f.Help = p.T("change.grounds_help." + c.kind.String())
	return f
}
