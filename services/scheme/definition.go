// Package scheme holds grant schemes as versioned data: who may apply, what is asked, how it is
// judged, which deadlines count, and which statutes each rule rests on. Code elsewhere asks a
// Definition; it never knows a rule of a particular scheme by heart.
package scheme

import "saakorn/services/platform/calendar"

// Definition is one version of one grant scheme, as written in its YAML file. A case keeps the
// version under which it was opened, so a Definition never changes after it has been published.
type Definition struct {
	// ID names the scheme across versions, for example "social-entrepreneurship".
	ID string `yaml:"id"`
	// Version names this edition of the rules, for example "2019-1".
	Version string `yaml:"version"`
	// ValidFrom is the first calendar date (Europe/Oslo) on which calls may use this version.
	ValidFrom calendar.Date `yaml:"valid_from"`
	Title     Text          `yaml:"title"`
	// Purpose, TargetGroup and Process make the public scheme page (R4).
	Purpose     Text `yaml:"purpose"`
	TargetGroup Text `yaml:"target_group"`
	Process     Text `yaml:"process"`
	// Administrator is the body that runs the scheme; AppealBody decides appeals (fvl. § 28).
	Administrator Text `yaml:"administrator"`
	AppealBody    Text `yaml:"appeal_body"`
	// Referral says where AppealBody takes in appeals.
	Referral ReferralRule `yaml:"appeal_referral"`

	FormalRequirements []FormalRequirement `yaml:"formal_requirements"`
	ApplicationTypes   []ApplicationType   `yaml:"application_types"`
	Sections           []Section           `yaml:"sections"`
	BudgetLines        []BudgetLine        `yaml:"budget_lines"`
	Attachments        AttachmentRules     `yaml:"attachments"`
	LetterOfIntent     Gate                `yaml:"letter_of_intent"`
	Impartiality       ImpartialityRule    `yaml:"impartiality"`
	Assessment         AssessmentRules     `yaml:"assessment"`
	Continuation       ContinuationRule    `yaml:"continuation"`
	Deadlines          Deadlines           `yaml:"deadlines"`
	GrantYears         GrantYears          `yaml:"grant_years"`
	Awards             AwardRules          `yaml:"awards"`
	DeMinimis          DeMinimis           `yaml:"de_minimis"`
	Payment            PaymentRules        `yaml:"payment"`
	Budgets            []Budget            `yaml:"budgets"`
	Statutes           []Statute           `yaml:"statutes"`
	Letters            []Letter            `yaml:"letters"`
	Reporting          Reporting           `yaml:"reporting"`
	Followup           Followup            `yaml:"followup"`
}

// Text is one text in the three languages that pages and letters are written in
// (språklova § 14 demands bokmål and nynorsk at the same time).
type Text struct {
	Nb string `yaml:"nb"`
	Nn string `yaml:"nn"`
	En string `yaml:"en"`
}

// FormalRequirement is one condition that every applicant must meet (R1). People judge it;
// the automatic check only produces a finding with evidence.
type FormalRequirement struct {
	Key         string     `yaml:"key"`
	Title       Text       `yaml:"title"`
	Description Text       `yaml:"description"`
	Evidence    []Evidence `yaml:"evidence"`
	// Check names the automatic check that proposes an outcome, or is empty when only a person can tell.
	Check Check `yaml:"check"`
}

// Check is an automatic check of a formal requirement.
type Check string

// The automatic checks that a scheme may ask for.
const (
	CheckVoluntaryRegistry Check = "VOLUNTARY_REGISTRY"     // registered in Frivillighetsregisteret
	CheckArticlesAttached  Check = "ARTICLES_ATTACHED"      // articles of association are attached
	CheckAnswerGiven       Check = "ANSWER_GIVEN"           // every question named as evidence is answered
	CheckDeclared          Check = "DECLARED"               // the applicant has ticked the declaration
	CheckBusinessModel     Check = "BUSINESS_MODEL_DERIVED" // income other than this grant is planned in the last planned year
)

// Evidence says where the proof of a formal requirement is found.
type Evidence struct {
	Kind EvidenceKind `yaml:"kind"`
	// Key names the attachment kind, the question, the field of the contract's RegistryFacts or the
	// field of its Declarations.
	Key   string `yaml:"key"`
	Title Text   `yaml:"title"`
}

// EvidenceKind is the kind of source that an Evidence points at.
type EvidenceKind string

// The kinds of evidence.
const (
	EvidenceRegistry    EvidenceKind = "REGISTRY"
	EvidenceAttachment  EvidenceKind = "ATTACHMENT"
	EvidenceQuestion    EvidenceKind = "QUESTION"
	EvidenceDeclaration EvidenceKind = "DECLARATION"
)

// ApplicationTypeKey is one of the kinds of application in the contract's ApplicationType enum,
// without its prefix.
type ApplicationTypeKey string

// The application types of domain.md 1.3.
const (
	NewDevelopment ApplicationTypeKey = "NEW_DEVELOPMENT"
	NewOrdinary    ApplicationTypeKey = "NEW_ORDINARY"
	Continuation   ApplicationTypeKey = "CONTINUATION"
)

// ApplicationType is a kind of application that the scheme accepts.
type ApplicationType struct {
	Key         ApplicationTypeKey `yaml:"key"`
	Title       Text               `yaml:"title"`
	Description Text               `yaml:"description"`
	// MaxAmountOre is the most that may be applied for, in øre; nil when the scheme sets no ceiling.
	MaxAmountOre *int64 `yaml:"max_amount_ore"`
	// PlanYears is how many years ahead indicators, income and milestones are planned (R50).
	PlanYears int `yaml:"plan_years"`
}

// Section is one step of the application, with one topic (R13).
type Section struct {
	Key       string     `yaml:"key"`
	Title     Text       `yaml:"title"`
	Intro     Text       `yaml:"intro"`
	Questions []Question `yaml:"questions"`
}

// Question is one thing the applicant is asked.
type Question struct {
	Key  string       `yaml:"key"`
	Kind QuestionKind `yaml:"kind"`
	// Field is the path in the contract's ApplicationContent that holds the answer, for example
	// "business_model.customers". Empty: the answer is kept under Key among the free answers.
	Field string `yaml:"field"`
	Label Text   `yaml:"label"`
	Help  Text   `yaml:"help"`
	// Example is a worked, fictional answer shown beside the question (R13).
	Example Text `yaml:"example"`
	// MaxLength is the most characters (Unicode code points) a text may have.
	MaxLength int `yaml:"max_length"`
	// RequiredFor lists the application types that cannot be submitted without an answer. A required
	// BOOLEAN with a Field has to be ticked, because false there is no answer.
	RequiredFor []ApplicationTypeKey `yaml:"required_for"`
	// Choices are the allowed answers of CHOICE and MULTI_CHOICE.
	Choices []Choice `yaml:"choices"`
}

// QuestionKind says how an answer looks.
type QuestionKind string

// The kinds of question. COMPOSITE is a typed part of ApplicationContent with a form of its own
// (budget, indicators, income, milestones, collaborations).
const (
	KindText        QuestionKind = "TEXT"
	KindLongText    QuestionKind = "LONG_TEXT"
	KindBoolean     QuestionKind = "BOOLEAN"
	KindNumber      QuestionKind = "NUMBER"
	KindAmount      QuestionKind = "AMOUNT"
	KindChoice      QuestionKind = "CHOICE"
	KindMultiChoice QuestionKind = "MULTI_CHOICE"
	KindComposite   QuestionKind = "COMPOSITE"
)

// Choice is one allowed answer.
type Choice struct {
	Key   string `yaml:"key"`
	Label Text   `yaml:"label"`
}

// BudgetLine is a line of the budget form; money is earmarked by line (R66).
type BudgetLine struct {
	Key   string `yaml:"key"`
	Title Text   `yaml:"title"`
	Help  Text   `yaml:"help"`
	// Eligible tells whether the grant may pay for it.
	Eligible bool `yaml:"eligible"`
}

// AttachmentRules limit what may be uploaded.
type AttachmentRules struct {
	MaxBytes      int64 `yaml:"max_bytes"`       // one file
	MaxTotalBytes int64 `yaml:"max_total_bytes"` // all files of one application
	MaxCount      int   `yaml:"max_count"`
	// MediaTypes are the content types accepted after sniffing, for example "application/pdf".
	MediaTypes []string         `yaml:"media_types"`
	Kinds      []AttachmentKind `yaml:"kinds"`
}

// AttachmentKind is a document the scheme asks for.
type AttachmentKind struct {
	Key         string               `yaml:"key"`
	Title       Text                 `yaml:"title"`
	Help        Text                 `yaml:"help"`
	RequiredFor []ApplicationTypeKey `yaml:"required_for"`
}

// Gate says what happens when a letter of intent with a Nav unit is missing (R67).
type Gate string

// The gates.
const (
	GateOff     Gate = "OFF"
	GateWarn    Gate = "WARN"
	GateRequire Gate = "REQUIRE"
)

// ImpartialityRule says what people declare before they may see a case (fvl. §§ 6-10).
type ImpartialityRule struct {
	// Required tells that officers, assessors and decision makers declare themselves case by case.
	Required bool `yaml:"required"`
	// Text is the declaration, as it is shown to them.
	Text Text `yaml:"text"`
	// RolesCheckDays is how many days pass, while a case is open, before the registry is asked again
	// who holds which role in the enterprise; 0 means that it is asked once.
	RolesCheckDays int `yaml:"roles_check_days"`
}

// ContinuationRule says what is asked about enterprises that were granted money the year before (R30).
type ContinuationRule struct {
	// Question is answered with reasons by whoever assesses a continuation: has it moved in the right
	// direction? It may be empty only when the scheme takes no continuations.
	Question Text `yaml:"question"`
}

// AssessmentRules say how applications are judged.
type AssessmentRules struct {
	// Assessors is how many independent assessments a case needs before it can be recommended.
	Assessors int `yaml:"assessors"`
	// MaxSpread is by how many points of the scale the assessors may differ on a criterion, see
	// [Spread]. A case in which they differ by more is assessed by one more person.
	MaxSpread int `yaml:"max_spread"`
	// Moderation tells whether an assessor may change a submitted assessment in a moderation round,
	// with a reason that is kept beside what was changed.
	Moderation bool        `yaml:"moderation"`
	Scale      Scale       `yaml:"scale"`
	Criteria   []Criterion `yaml:"criteria"`
}

// Scale is the range of a score, both ends included.
type Scale struct {
	Min    int          `yaml:"min"`
	Max    int          `yaml:"max"`
	Labels []ScaleLabel `yaml:"labels"`
}

// ScaleLabel puts words on a score.
type ScaleLabel struct {
	Value int  `yaml:"value"`
	Text  Text `yaml:"text"`
}

// Criterion is one award criterion (bestemmelser om økonomistyring i staten, 6.2).
type Criterion struct {
	Key      string `yaml:"key"`
	Title    Text   `yaml:"title"`
	Guidance Text   `yaml:"guidance"`
	// AppliesTo lists the application types judged by this criterion; empty means all.
	AppliesTo []ApplicationTypeKey `yaml:"applies_to"`
}

// Deadlines are the time limits of a round.
type Deadlines struct {
	// DraftReminderDays lists how many days before the close people with drafts are reminded.
	DraftReminderDays []int `yaml:"draft_reminder_days"`
	// Late says what happens to a draft begun in time and submitted after the close.
	Late LateRule `yaml:"late"`
	// InterimReplyMonths is when an interim reply is due without a decision (fvl. § 11 a).
	InterimReplyMonths int `yaml:"interim_reply_months"`
	// AppealWeeks counts from the day the notification reached the party (fvl. § 29).
	AppealWeeks int `yaml:"appeal_weeks"`
	// LateAppealMonths after the decision was made not even a late appeal with an excuse can be taken up
	// (fvl. § 31).
	LateAppealMonths int `yaml:"late_appeal_months"`
	// Deficiency is the time to complete an application that lacks something (fvl. § 17).
	Deficiency DeficiencyRule `yaml:"deficiency"`
	// Reversal limits how late a decision can be changed without an appeal (fvl. § 35).
	Reversal ReversalRule `yaml:"reversal"`
	// StalledDays without an event make a case surface as stalled (R12).
	StalledDays int `yaml:"stalled_days"`
	// DecisionDays is the aim from the close of the call to the decision.
	DecisionDays int `yaml:"decision_days"`
}

// DeficiencyRule is the time an applicant gets to complete an application.
type DeficiencyRule struct {
	// Days is how many calendar days the applicant gets from the day the notice is sent.
	Days int `yaml:"days"`
	// ReminderDays is how many calendar days before the deadline the applicant is reminded.
	ReminderDays int `yaml:"reminder_days"`
}

// ReversalRule limits in time how a superior body changes a decision to the party's disadvantage
// without an appeal. Both limits count from when the party was sent the decision (fvl. § 35 third
// paragraph); the scheme holds the administrator to them too.
type ReversalRule struct {
	// NoticeWeeks is within how many weeks the party is told that the decision will be looked at again.
	NoticeWeeks int `yaml:"notice_weeks"`
	// DecisionMonths is within how many months the party is sent the new decision.
	DecisionMonths int `yaml:"decision_months"`
}

// LateRule says what happens to applications that arrive after the close of the call.
type LateRule struct {
	Policy LatePolicy `yaml:"policy"`
	// GraceHours is how long after the close a draft begun in time can still be received as late.
	GraceHours int `yaml:"grace_hours"`
}

// LatePolicy is REFUSE or RECEIVE_LATE.
type LatePolicy string

// The late policies.
const (
	LateRefuse  LatePolicy = "REFUSE"
	LateReceive LatePolicy = "RECEIVE_LATE"
)

// GrantYears is the cap on how long one enterprise may be supported, and how years are counted.
// How breaks and development grants count is not found in any source, so it is stated per scheme.
type GrantYears struct {
	Max int `yaml:"max"`
	// DevelopmentCounts tells whether years with a development grant count towards Max.
	DevelopmentCounts bool `yaml:"development_counts"`
	// BreakYears without a grant start the count afresh; 0 means a break never does.
	BreakYears int `yaml:"break_years"`
	// UnusedCounts tells whether a year counts for which an award was declined, or lapsed because nobody
	// accepted it.
	UnusedCounts bool `yaml:"unused_counts"`
}

// DeMinimis is the ceiling for minor aid, counted over a rolling period per single undertaking
// (Regulation (EU) 2023/2831 art. 3).
type DeMinimis struct {
	CeilingEURCents int64 `yaml:"ceiling_eur_cents"`
	PeriodYears     int   `yaml:"period_years"`
}

// Budget is the frame of one grant year.
type Budget struct {
	Year int `yaml:"year"`
	// FrameOre is what may be awarded in all, in øre.
	FrameOre int64 `yaml:"frame_ore"`
	// BoundOre is what the administrator expects continuations to take of the frame, in øre: shown
	// beside what is in fact decided, and never a limit by itself.
	BoundOre int64 `yaml:"bound_ore"`
	// AppealReserveOre is what is held back of the frame for appeals that are granted, in øre: people
	// leave it alone while they rank, and it is part of FrameOre.
	AppealReserveOre int64  `yaml:"appeal_reserve_ore"`
	Source           string `yaml:"source"`
}

// Statute is a dated reference to a rule of law. Letters and deadlines name it by Key, so a new
// act is a new row and not a new program.
type Statute struct {
	Key  string `yaml:"key"`
	Name Text   `yaml:"name"`
	// Reference is how the rule is cited, for example "forvaltningsloven § 29".
	Reference string        `yaml:"reference"`
	ValidFrom calendar.Date `yaml:"valid_from"`
	// ValidTo is the last calendar date on which the rule applies; zero while it is in force.
	ValidTo calendar.Date `yaml:"valid_to"`
}

// Letter is the text of one kind of letter. Subject and Paragraphs are text/template sources that
// see a LetterData.
type Letter struct {
	Key LetterKey `yaml:"key"`
	// Mailbox tells that the letter goes to the enterprise's own mailbox when the enterprise and the
	// installation have one, and e-mail then only says that it lies there. Decisions always do.
	Mailbox    bool              `yaml:"mailbox"`
	Subject    Text              `yaml:"subject"`
	Paragraphs []LetterParagraph `yaml:"paragraphs"`
}

// LetterParagraph is one part of a letter, with an optional heading.
type LetterParagraph struct {
	Heading Text `yaml:"heading"`
	Body    Text `yaml:"body"`
}

// LetterKey names a kind of letter.
type LetterKey string

// The letters of a round. A scheme has a text for each of them. The decisions DECISION_*,
// APPEAL_DISMISSED, APPEAL_GRANTED and REVERSED tell how to appeal; no other letter does.
const (
	LetterDraftReminder      LetterKey = "DRAFT_REMINDER"
	LetterReceipt            LetterKey = "RECEIPT"
	LetterDeficiencyNotice   LetterKey = "DEFICIENCY_NOTICE" // fvl. § 17; no decision
	LetterDeficiencyReminder LetterKey = "DEFICIENCY_REMINDER"
	LetterInterimReply       LetterKey = "INTERIM_REPLY"     // fvl. § 11 a
	LetterDeadlineExtended   LetterKey = "DEADLINE_EXTENDED" // a decision is expected later than was said
	LetterApproved           LetterKey = "DECISION_APPROVED"
	LetterPartiallyApproved  LetterKey = "DECISION_PARTIALLY_APPROVED"
	LetterRejected           LetterKey = "DECISION_REJECTED"
	LetterDismissed          LetterKey = "DECISION_DISMISSED"
	LetterWithdrawalReceived LetterKey = "WITHDRAWAL_CONFIRMED"
	LetterAppealReceived     LetterKey = "APPEAL_RECEIVED"
	LetterAppealDismissed    LetterKey = "APPEAL_DISMISSED" // late or not in the form of the law
	LetterAppealGranted      LetterKey = "APPEAL_GRANTED"   // the administrator changes its decision
	LetterAppealForwarded    LetterKey = "APPEAL_FORWARDED" // tells the party that the decision is maintained
	LetterAppealReferral     LetterKey = "APPEAL_REFERRAL"  // to the appeal body, with a copy to the party
	LetterAppealUpheld       LetterKey = "APPEAL_OUTCOME_UPHELD"
	LetterAppealChanged      LetterKey = "APPEAL_OUTCOME_CHANGED"
	LetterReversed           LetterKey = "REVERSED"       // fvl. § 35; only in the party's favour, so without notice
	LetterMessageNotice      LetterKey = "MESSAGE_NOTICE" // says that there is a message, never what it says
)

// LetterKeys returns every kind of letter, in the order of a round and of what follows it.
func LetterKeys() []LetterKey {
	keys := []LetterKey{
		LetterDraftReminder, LetterReceipt, LetterDeficiencyNotice, LetterDeficiencyReminder,
		LetterInterimReply, LetterDeadlineExtended,
		LetterApproved, LetterPartiallyApproved, LetterRejected, LetterDismissed,
		LetterWithdrawalReceived,
		LetterAppealReceived, LetterAppealDismissed, LetterAppealGranted,
		LetterAppealForwarded, LetterAppealReferral, LetterAppealUpheld, LetterAppealChanged,
		LetterReversed,
		LetterMessageNotice,
	}
	return append(keys, awardLetters()...)
}

// LetterData is what a letter's templates can use. Amounts and dates are already written out in
// the letter's language, see [FormatAmount], [FormatDate] and [FormatTime].
type LetterData struct {
	EnterpriseName, OrganizationNumber string
	// Reference is the application's, empty before it is submitted; CaseNumber is the case's, empty
	// before there is one.
	Reference, CaseNumber string
	CallTitle, GrantYear  string
	// Amount is what is awarded, AmountApplied what was applied for. PreviousAmount is what was awarded
	// before an appeal or a reversal. Letters about appeals and reversals leave out what applies to the
	// money when Amount is empty, so leave it empty when nothing is awarded.
	Amount, AmountApplied, PreviousAmount string
	// Reasons are those of the decision, the delay or the notice that the letter brings. In a referral
	// they are the administrator's assessment of the appeal.
	Reasons    string
	Conditions []string
	// Outcome says in words, in whole sentences, what was decided: by the new decision, by the appeal
	// body, or in a referral by the decision that is appealed.
	Outcome string
	// Missing is what the applicant is asked for, one item each.
	Missing []string
	// Deadline is the last date for what the letter asks of the party: the answer to a deficiency
	// notice, or comments on a referral or a planned reversal.
	Deadline string
	// Date is the date of the letter; ClosesAt is when the call closes.
	Date, ClosesAt string
	// ReceivedAt is when the application was received, and Late tells that it was after the close.
	ReceivedAt string
	Late       bool
	// ExpectedBy is the date by which a decision is expected, for an interim reply; empty when it
	// cannot be said (fvl. § 11 a).
	ExpectedBy string
	// ExtendedTo is the new date by which a decision is expected; ExpectedBy is then the date before.
	ExtendedTo string
	// DecisionDate and DecisionReasons are those of the decision that an appeal or a reversal is about.
	DecisionDate, DecisionReasons string
	// AppealReceivedAt is when the appeal was received, AppealLate tells that it was after the time
	// limit, and AppealGrounds is what the party wrote.
	AppealReceivedAt string
	AppealLate       bool
	AppealGrounds    string
	// Documents are those of the case when the appeal was decided to be forwarded, in a referral.
	Documents []LetterDocument
	// AppealWeeks is the length of the appeal period as a number.
	AppealWeeks                string
	AppealBody, Administrator  string
	CaseOfficer, DecisionMaker string
	ReportLetterData
	FollowupLetterData
	// Statute maps the key of a Statute in force on the letter's date to its Reference, see
	// [Definition.StatutesOn].
	Statute map[string]string
	AwardLetterData
}
