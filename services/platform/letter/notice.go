package letter

import "cmp"

// notice is the e-mail that tells of a letter in the enterprise's mailbox. It says nothing of what
// the letter says: an e-mail may be read by others on its way.
func (l Letter) notice() (subject, text string) {
	from, to := cmp.Or(l.Head.Sender, "Nav"), l.Head.Recipient
	switch l.Language {
	case "nn":
		return "De har fått eit brev frå " + from,
			from + " har sendt " + to + " eit brev" + about(l.Head.CaseNumber, " i sak ") + ".\n\n" +
				"Brevet ligg i innboksen til verksemda i Altinn, og på sida for søknaden. Logg inn for å lese det. " +
				"Brevet kan gi rett til å klage innan ein frist, så les det snart.\n\n" +
				"Du kan ikkje svare på denne e-posten.\n"
	case "en":
		return "You have received a letter from " + from,
			from + " has sent a letter to " + to + about(l.Head.CaseNumber, " in case ") + ".\n\n" +
				"The letter is in the enterprise's inbox in Altinn, and on the page of the application. Sign in to read it. " +
				"The letter may give a right to appeal within a time limit, so please read it soon.\n\n" +
				"You cannot reply to this e-mail.\n"
	}
	return "Dere har fått et brev fra " + from,
		from + " har sendt " + to + " et brev" + about(l.Head.CaseNumber, " i sak ") + ".\n\n" +
			"Brevet ligger i virksomhetens innboks i Altinn, og på siden for søknaden. Logg inn for å lese det. " +
			"Brevet kan gi rett til å klage innen en frist, så les det snart.\n\n" +
			"Du kan ikke svare på denne e-posten.\n"
}

func about(number, words string) string {
	if number == "" {
		return ""
	}
	return words + number
}
