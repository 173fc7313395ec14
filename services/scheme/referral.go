package scheme

// ReferralRule says where the appeal body takes in what is referred to it (fvl. § 33 fourth paragraph). The
// party gets a copy in the way in which it gets its other letters.
type ReferralRule struct {
	// Email is the address of a mailbox of the body's that is meant for cases.
	Email string `yaml:"email"`
}

// LetterDocument is a document of the case, as the journal has it. The body gets a list of all of them.
type LetterDocument struct {
	// Reference is the document's number in the case, Date that of the document, in the letter's language, and
	// Title what the public journal says of it.
	Reference, Date, Title string
}
