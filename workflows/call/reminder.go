package call

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"saakorn/services/application"
	"saakorn/services/enterprise"
	"saakorn/services/platform/calendar"
	"saakorn/services/platform/letter"
	"saakorn/services/scheme"
)

// reminder returns the letter at now that reminds those who write a draft of the call's close, in
// the enterprise's language. due is the moment of the reminder: there is one letter for each day.
func reminder(d *scheme.Definition, c scheme.Call, e enterprise.Enterprise, draft application.DraftApplication, due, now time.Time) (letter.Letter, error) {
	today := calendar.On(now)
	rendered, err := d.RenderLetter(scheme.LetterDraftReminder, e.Language, scheme.LetterData{
		EnterpriseName: e.Name, OrganizationNumber: e.OrganizationNumber.Grouped(),
		CallTitle: c.Title.In(e.Language), GrantYear: strconv.Itoa(c.GrantYear),
		Date: scheme.FormatDate(today, e.Language), ClosesAt: scheme.FormatTime(c.ClosesAt, e.Language),
		AppealWeeks: strconv.Itoa(d.Deadlines.AppealWeeks), AppealBody: d.AppealBody.In(e.Language),
		Administrator: d.Administrator.In(e.Language), Statute: d.StatutesOn(today),
	})
	if err != nil {
		return letter.Letter{}, err
	}
	l := letter.Letter{
		Key:           fmt.Sprintf("draft-reminder/%s/%s", draft.ID, calendar.On(due)),
		ApplicationID: draft.ID, Kind: string(scheme.LetterDraftReminder), Language: e.Language,
		Subject: rendered.Subject, Recipients: recipients(draft), CreatedAt: now,
	}
	for _, part := range rendered.Parts {
		l.Parts = append(l.Parts, letter.Part(part))
	}
	return l, nil
}

// recipients leaves out what is no address yet: a draft may be half written.
func recipients(draft application.DraftApplication) []string {
	kept := make([]string, 0, len(draft.Recipients))
	for _, address := range draft.Recipients {
		if address = strings.TrimSpace(address); strings.Contains(address, "@") && !slices.Contains(kept, address) {
			kept = append(kept, address)
		}
	}
	return kept
}
