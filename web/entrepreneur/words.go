package entrepreneur

import (
	"strconv"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
	"saakorn/web/ui"
)

func itoa(n int) string { return strconv.Itoa(n) }

func yesNoText(p ui.Page, b bool) string { return p.T("field." + yesNo(b)) }

// rightField chooses what a colleague may do.
func rightField(p ui.Page, f *enterpriseForm) ui.Field {
	field := ui.Field{ID: "right", Label: p.T("members.right"), Error: f.errors.For("right")}
	for _, right := range []saakornv1.MemberRight{
		saakornv1.MemberRight_MEMBER_RIGHT_EDITOR, saakornv1.MemberRight_MEMBER_RIGHT_READER, saakornv1.MemberRight_MEMBER_RIGHT_ADMINISTRATOR,
	} {
		name := right.String()
		field.Choices = append(field.Choices, ui.Choice{Value: name, Label: p.T("right." + name), Help: p.T("right_help." + name)})
	}
	return field
}

func contactField(p ui.Page, f *enterpriseForm, i int, column string) ui.Field {
	name := "contacts." + itoa(i) + "." + column
	return ui.Field{ID: name, Label: p.T("contact." + column), Value: f.typed[name], Error: f.errors.For(name)}
}

func outcomeTone(o saakornv1.Outcome) ui.Tone {
	switch o {
	case saakornv1.Outcome_OUTCOME_APPROVED, saakornv1.Outcome_OUTCOME_PARTIALLY_APPROVED:
		return ui.Success
	default:
		return ui.Info
	}
}

// appealState words what has become of an appeal.
func appealState(p ui.Page, a *saakornv1.Appeal) string {
	switch {
	case a.GetOutcome() != saakornv1.AppealOutcome_APPEAL_OUTCOME_UNSPECIFIED:
		return p.T("appeal_outcome." + a.GetOutcome().String())
	case a.GetDisposition() != saakornv1.AppealDisposition_APPEAL_DISPOSITION_UNSPECIFIED:
		return p.T("appeal_disposition." + a.GetDisposition().String())
	}
	return p.T("appeal.considered")
}

func roleTitles(p ui.Page) []string {
	var titles []string
	for _, r := range p.Person.Roles {
		titles = append(titles, p.T("role."+r.String()+".title"))
	}
	return titles
}
