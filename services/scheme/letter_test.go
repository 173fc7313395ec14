package scheme

import (
	"strings"
	"testing"
	"time"

	"saakorn/services/platform/calendar"
)

func TestEveryLetterCanBeWrittenInEveryLanguage(t *testing.T) {
	sources, err := Published()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		d := source.Definition
		data := fullLetter(d.StatutesOn(d.ValidFrom))
		data.Conditions = []string{"Rapport innen fristen.", "Møte i juni."}
		for _, key := range LetterKeys() {
			for _, language := range Languages() {
				letter, err := d.RenderLetter(key, language, data)
				if err != nil {
					t.Errorf("%s: %v", source.Name, err)
					continue
				}
				text := letter.Subject
				for _, part := range letter.Parts {
					text += "\n" + part.Heading + "\n" + part.Body
				}
				if strings.Contains(text, "{{") || strings.Contains(text, "<no value>") || strings.Contains(text, "()") {
					t.Errorf("%s: %s in %s has a hole:\n%s", source.Name, key, language, text)
				}
			}
		}
	}
}

func TestDecisionLettersFollowTheOrderOfLaw(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	for _, key := range []LetterKey{LetterApproved, LetterPartiallyApproved, LetterRejected, LetterDismissed} {
		letter, err := d.RenderLetter(key, Bokmal, data)
		if err != nil {
			t.Fatal(err)
		}
		var headings []string
		for _, part := range letter.Parts {
			headings = append(headings, part.Heading)
		}
		order := strings.Join(headings, "|")
		at := -1
		for _, heading := range []string{"Begrunnelse for vedtaket", "Dere kan klage på vedtaket", "Dere har rett til innsyn i saken", "Har dere spørsmål?"} {
			next := strings.Index(order, heading)
			if next <= at {
				t.Errorf("%s: %q is missing or out of order in %s", key, heading, order)
			}
			at = next
		}
		var appeal string
		for _, part := range letter.Parts {
			if part.Heading == "Dere kan klage på vedtaket" {
				appeal = part.Body
			}
		}
		for _, want := range []string{"3 uker", "forvaltningsloven §§ 28 og 29", data.AppealBody} {
			if !strings.Contains(appeal, want) {
				t.Errorf("%s: appeal information lacks %q:\n%s", key, want, appeal)
			}
		}
		last := letter.Parts[len(letter.Parts)-1].Body
		if !strings.Contains(last, data.CaseOfficer) || !strings.Contains(last, data.DecisionMaker) {
			t.Errorf("%s: both names are not at the end:\n%s", key, last)
		}
	}
}

// written returns the whole text of a letter, with its headings.
func written(t *testing.T, d *Definition, key LetterKey, language string, data LetterData) string {
	t.Helper()
	letter, err := d.RenderLetter(key, language, data)
	if err != nil {
		t.Fatal(err)
	}
	text := letter.Subject
	for _, part := range letter.Parts {
		text += "\n" + part.Heading + "\n" + part.Body
	}
	return text
}

func TestOnlyDecisionsTellHowToAppeal(t *testing.T) {
	appealable := map[LetterKey]bool{
		LetterApproved: true, LetterPartiallyApproved: true, LetterRejected: true, LetterDismissed: true,
		LetterAppealDismissed: true, LetterAppealGranted: true, LetterReversed: true,
		LetterChangeRejected: true, LetterPaymentSuspended: true, LetterGrantStopped: true, LetterGrantReduced: true, LetterRecoveryDecided: true,
		LetterMeasureAppealDismissed: true,
	}
	sentence := map[string]string{
		Bokmal: "Fristen for å klage er 3 uker", Nynorsk: "Fristen for å klage er 3 veker", English: "You can appeal within 3 weeks",
	}
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	for _, key := range LetterKeys() {
		for language, sentence := range sentence {
			text := written(t, d, key, language, data)
			if got := strings.Contains(text, sentence); got != appealable[key] {
				t.Errorf("%s in %s: tells how to appeal %v, want %v:\n%s", key, language, got, appealable[key], text)
			}
		}
	}
}

func TestLettersThatAreNoDecisionsSaySo(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	for _, key := range []LetterKey{LetterDeficiencyNotice, LetterMeasureNotice} {
		for language, want := range map[string]string{Bokmal: "ikke et vedtak", Nynorsk: "ikkje eit vedtak", English: "not a decision"} {
			if text := written(t, d, key, language, data); !strings.Contains(text, want) || !strings.Contains(text, data.Deadline) {
				t.Errorf("%s in %s lacks %q or the deadline:\n%s", key, language, want, text)
			}
		}
	}
}

func TestDeficiencyLettersListWhatIsMissing(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	data.Missing = []string{"Vedtektene", "Et budsjett for 2019"}
	for _, key := range []LetterKey{LetterDeficiencyNotice, LetterDeficiencyReminder} {
		if text := written(t, d, key, Bokmal, data); !strings.Contains(text, "- Vedtektene\n- Et budsjett for 2019\n") || !strings.Contains(text, data.Deadline) {
			t.Errorf("%s lacks what is missing or the deadline:\n%s", key, text)
		}
	}
}

func TestAppealLettersSayWhetherTheAppealWasLate(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	tests := []struct {
		key          LetterKey
		late, inTime string
	}{
		{LetterAppealReceived, "Klagen kom etter fristen", ""},
		{LetterAppealDismissed, "forvaltningsloven § 31", "forvaltningsloven § 32"},
		{LetterAppealReferral, "etter fristen", "innen fristen"},
	}
	for _, test := range tests {
		data.AppealLate = true
		late := written(t, d, test.key, Bokmal, data)
		data.AppealLate = false
		inTime := written(t, d, test.key, Bokmal, data)
		if !strings.Contains(late, test.late) || !strings.Contains(inTime, test.inTime) || late == inTime {
			t.Errorf("%s says when late:\n%s\n\nand in time:\n%s", test.key, late, inTime)
		}
	}
}

func TestReferralHasWhatTheAppealBodyNeeds(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	text := written(t, d, LetterAppealReferral, Bokmal, data)
	at := -1
	for _, want := range []string{"Til " + data.AppealBody, data.AmountApplied, data.Outcome, data.DecisionReasons, data.AppealGrounds, "\nVår vurdering\n" + data.Reasons, data.DecisionMaker, data.CaseOfficer} {
		next := strings.Index(text, want)
		if next <= at {
			t.Errorf("%q is missing or out of order in:\n%s", want, text)
		}
		at = next
	}
}

func TestLettersAfterAnAppealSpeakOfMoneyOnlyWhenThereIsSome(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	for _, key := range []LetterKey{LetterAppealGranted, LetterAppealChanged, LetterReversed} {
		for language, heading := range map[string]string{Bokmal: "Dette gjelder for pengene", Nynorsk: "Dette gjeld for pengane", English: "What applies to the money"} {
			data.Amount = FormatAmount(50_000_000, language)
			with := written(t, d, key, language, data)
			data.Amount = ""
			without := written(t, d, key, language, data)
			if !strings.Contains(with, heading) || !strings.Contains(with, data.PreviousAmount) {
				t.Errorf("%s in %s lacks what applies to the money:\n%s", key, language, with)
			}
			if strings.Contains(without, heading) || strings.Contains(without, data.PreviousAmount) {
				t.Errorf("%s in %s speaks of money that is not awarded:\n%s", key, language, without)
			}
		}
	}
}

func TestNewsOfAMessageTellsNothingAboutTheCase(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	for _, language := range Languages() {
		text := written(t, d, LetterMessageNotice, language, data)
		for _, secret := range []string{data.Reasons, data.AppealGrounds, data.Outcome, data.Amount, data.AmountApplied, data.Missing[0], data.CaseOfficer} {
			if strings.Contains(text, secret) {
				t.Errorf("in %s it tells %q:\n%s", language, secret, text)
			}
		}
		if !strings.Contains(text, data.Reference) {
			t.Errorf("in %s it does not say which application:\n%s", language, text)
		}
	}
}

func TestPartWithNothingToSayIsLeftOut(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	count := func(conditions []string) int {
		data.Conditions = conditions
		letter, err := d.RenderLetter(LetterApproved, Nynorsk, data)
		if err != nil {
			t.Fatal(err)
		}
		return len(letter.Parts)
	}
	if with, without := count([]string{"Vilkår."}), count(nil); with != without+1 {
		t.Errorf("%d parts with conditions and %d without, want one more", with, without)
	}
}

func TestReceiptSaysWhenAnApplicationIsLate(t *testing.T) {
	d := published2019(t)
	data := fullLetter(d.StatutesOn(d.ValidFrom))
	for late, want := range map[bool]string{true: "kom etter fristen", false: "rette søknaden fram til"} {
		data.Late = late
		letter, err := d.RenderLetter(LetterReceipt, Bokmal, data)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(letter.Parts[0].Body, want) {
			t.Errorf("late %v: receipt lacks %q:\n%s", late, want, letter.Parts[0].Body)
		}
	}
}

func TestLetterWithoutItsStatuteIsRefused(t *testing.T) {
	d := published2019(t)
	data := fullLetter(nil)
	if letter, err := d.RenderLetter(LetterRejected, Bokmal, data); err == nil {
		t.Errorf("wrote %+v without statutes", letter)
	}
	if _, err := d.RenderLetter("FAREWELL", Bokmal, data); err == nil {
		t.Error("wrote a letter that the scheme does not have")
	}
}

func TestFormatAmount(t *testing.T) {
	tests := []struct {
		ore    int64
		nb, en string
	}{
		{125_000_000, "1\u00a0250\u00a0000\u00a0kroner", "NOK\u00a01,250,000"},
		{100_000, "1\u00a0000\u00a0kroner", "NOK\u00a01,000"},
		{99_900, "999\u00a0kroner", "NOK\u00a0999"},
		{100, "1\u00a0krone", "NOK\u00a01"},
		{0, "0\u00a0kroner", "NOK\u00a00"},
		{5, "0,05\u00a0kroner", "NOK\u00a00.05"},
		{150_050, "1\u00a0500,50\u00a0kroner", "NOK\u00a01,500.50"},
		{-150_000, "\u22121\u00a0500\u00a0kroner", "NOK\u00a0\u22121,500"},
		{-9223372036854775808, "\u221292\u00a0233\u00a0720\u00a0368\u00a0547\u00a0758,08\u00a0kroner", "NOK\u00a0\u221292,233,720,368,547,758.08"},
	}
	for _, test := range tests {
		for language, want := range map[string]string{Bokmal: test.nb, Nynorsk: test.nb, English: test.en} {
			if got := FormatAmount(test.ore, language); got != want {
				t.Errorf("FormatAmount(%d, %s) = %q, want %q", test.ore, language, got, want)
			}
		}
	}
}

func TestFormatDateAndTime(t *testing.T) {
	winter := time.Date(2026, time.November, 24, 23, 30, 0, 0, time.UTC)
	summer := time.Date(2026, time.May, 17, 12, 5, 0, 0, time.UTC)
	tests := []struct{ got, want string }{
		{FormatDate(calendar.On(winter), Bokmal), "25. november 2026"},
		{FormatDate(calendar.On(summer), Nynorsk), "17. mai 2026"},
		{FormatDate(calendar.On(summer), English), "17 May 2026"},
		{FormatDate(calendar.Date{}, Bokmal), ""},
		{FormatTime(winter, Bokmal), "25. november 2026 kl.\u00a000.30"},
		{FormatTime(summer, Nynorsk), "17. mai 2026 kl.\u00a014.05"},
		{FormatTime(summer, English), "17 May 2026 at 14:05"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
