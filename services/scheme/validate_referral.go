package scheme

import "net/mail"

// referral checks that the appeal body can be reached.
func (v validator) referral() {
	const field = "appeal_referral.email"
	email := v.definition.Referral.Email
	if email == "" {
		v.add(field, "is missing; an appeal that is forwarded has to reach the appeal body")
		return
	}
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
		v.add(field, "%q is no e-mail address, for example appeals@ministry.example", email)
	}
}
