package caseworker

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/site"
	"saakorn/web/ui"
)

// lane is a page about one side of a lifecycle.
type lane struct {
	sheet
	*saakornv1.GetLifecycleResponse

	tab    string
	people people
}

// openLane reads what the pages of a lifecycle share.
func openLane(v *site.Visit, tab string, s sheet) (*lane, error) {
	id, err := v.ID("lifecycle")
	if err != nil {
		return nil, err
	}
	v.Page.Staff = true
	s.Page = v.Page
	answer, err := v.API.Grants.GetLifecycle(v.Context(), &saakornv1.GetLifecycleRequest{LifecycleId: id})
	if err != nil {
		return nil, err
	}
	known, err := everybody(v)
	return &lane{sheet: s, GetLifecycleResponse: answer, tab: tab, people: known}, err
}

// path is the address of the page, and of its forms.
func (l *lane) path() string { return "/lifecycles/" + l.GetLifecycle().GetId() + "/" + l.tab }

func (l *lane) officer() bool { return l.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER) }

// years are the grant years of awards that were accepted, the newest first.
func (l *lane) years() []int32 {
	var years []int32
	for _, a := range l.GetAwards() {
		if a.GetAcceptedAt() != nil {
			years = append([]int32{a.GetGrantYear()}, years...)
		}
	}
	return years
}

// laneTabs are the pages of a lifecycle that the reader may see, "" for the lifecycle itself.
func laneTabs(p ui.Page) []string {
	tabs := []string{"", "reports"}
	if followsUp(p) {
		tabs = append(tabs, "checkins", "sustainability", "needs", "after", "learning")
	}
	return append(tabs, "claims")
}

func laneAddress(lifecycleID, tab string) string {
	return strings.TrimSuffix("/lifecycles/"+lifecycleID+"/"+tab, "/")
}

// laneName names a page of a lifecycle.
func laneName(p ui.Page, tab string) string {
	if tab == "" {
		return p.T("lane.overview")
	}
	return p.T("lane." + tab)
}

// followsUp tells whether the reader sees how enterprises are followed up; those who only pay do not.
func followsUp(p ui.Page) bool {
	return p.Person.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER, saakornv1.Role_ROLE_AUDITOR)
}

// again is a page that a form stands on: it is shown once more, with what was refused, in the state of s.
type again func(v *site.Visit, s sheet) error

// does carries out what a form asks for and goes back to the page with a notice. form is the form's name on its
// page. fields says which field of the form each field of the request was typed into.
func (show again) does(page func(v *site.Visit) string, notice string, fields map[string]string, do func(v *site.Visit) error) site.Handler {
	return func(v *site.Visit) error {
		at := page(v)
		err := do(v)
		if err == nil {
			return v.GoWith(at, notice)
		}
		s, ok := refusedForm(v, strings.TrimPrefix(v.Request.URL.Path, at+"/"), fields, err)
		if !ok {
			return err
		}
		if failed := show(v, s); failed != nil {
			return err // what was refused says more
		}
		return nil
	}
}

// laneAt returns the address of a page of the lifecycle that the request names.
func laneAt(tab string) func(v *site.Visit) string {
	return func(v *site.Visit) string { return laneAddress(v.Request.PathValue("lifecycle"), tab) }
}

// shown writes the page: as it is, or with what was refused.
func shown(v *site.Visit, s sheet, c templ.Component) error {
	if s.form == "" {
		return v.Show(c)
	}
	return v.ShowInvalid(c)
}

// people are the names of those who work with cases, by identifier.
type people struct {
	names map[string]string
	// staff are those of the directorate, by name.
	staff []*saakornv1.ListedPerson
}

// everybody returns the people's names. Those who may not list people see identifiers.
func everybody(v *site.Visit) (people, error) {
	known := people{names: map[string]string{}}
	if !v.Has(saakornv1.Role_ROLE_CASE_OFFICER, saakornv1.Role_ROLE_DECISION_MAKER, saakornv1.Role_ROLE_MANAGER) {
		return known, nil
	}
	const most = 1000
	list, err := site.All(most, func(token string) ([]*saakornv1.ListedPerson, string, error) {
		page, err := v.API.People.ListPeople(v.Context(), &saakornv1.ListPeopleRequest{PageSize: 200, PageToken: token})
		return page.GetPeople(), page.GetNextPageToken(), err
	})
	for _, p := range list {
		known.names[p.GetId()] = p.GetName()
		for _, r := range p.GetRoles() {
			if r == saakornv1.Role_ROLE_CASE_OFFICER || r == saakornv1.Role_ROLE_DECISION_MAKER {
				known.staff = append(known.staff, p)
				break
			}
		}
	}
	return known, err
}

// name returns the person's name, and the identifier of somebody who is not known.
func (p people) name(id string) string {
	if name := p.names[id]; name != "" {
		return name
	}
	return id
}

// percent writes a share in basis points; a dash when there is none.
func percent(p ui.Page, bp *int32) string {
	if bp == nil {
		return "–"
	}
	return decimal(p, int64(*bp), 100) + "\u00a0%"
}

// decimal writes a number with one decimal, in the reader's language; whole numbers without.
func decimal(p ui.Page, n, per int64) string {
	tenths := (abs(n)*10 + per/2) / per
	text := strconv.FormatInt(tenths/10, 10)
	if tenths%10 != 0 {
		comma := ","
		if p.Language == "en" {
			comma = "."
		}
		text += comma + strconv.FormatInt(tenths%10, 10)
	}
	if n < 0 && tenths > 0 {
		return "−" + text
	}
	return text
}

func abs(n int64) int64 { return max(n, -n) }

func yearText(year int32) string { return strconv.Itoa(int(year)) }

// ticked tells whether the box of the form was ticked when it was refused.
func (s *sheet) ticked(form, name string) bool { return s.form == form && s.typed.Get(name) == "yes" }

// lines are the lines that were typed into the field, without empty ones.
func lines(v *site.Visit, field string) []string {
	var typed []string
	for line := range strings.Lines(v.Value(field)) {
		if line = strings.TrimSpace(line); line != "" {
			typed = append(typed, line)
		}
	}
	return typed
}

// each says that every item of a list in a request was typed into one field, for lists of at most so many.
func each(list, field string, most int) map[string]string {
	fields := map[string]string{list: field}
	for i := range most {
		fields[list+"["+strconv.Itoa(i)+"]"] = field
	}
	return fields
}

// dash stands for what there is not.
func dash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
