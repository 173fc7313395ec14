package casework

import "saakorn/services/scheme"

// NextStep is what has to happen next in a case, and with that who has to do it. Only a closed case has
// none (R12).
type NextStep string

// The next steps.
const (
	NextScreen             NextStep = "SCREEN"                 // the system
	NextNameOwner          NextStep = "NAME_OWNER"             // an officer or a manager
	NextAnswerFindings     NextStep = "ANSWER_FINDINGS"        // the owner
	NextAwaitApplicant     NextStep = "AWAIT_APPLICANT"        // the applicant
	NextNameAssessors      NextStep = "NAME_ASSESSORS"         // the owner
	NextAwaitAssessments   NextStep = "AWAIT_ASSESSMENTS"      // the assessors
	NextOneMoreAssessor    NextStep = "NAME_ONE_MORE_ASSESSOR" // the owner, when the others differ too much
	NextAnswerContinuation NextStep = "ANSWER_CONTINUATION"    // the owner
	NextRecommend          NextStep = "RECOMMEND"              // the owner
	NextDecide             NextStep = "DECIDE"                 // a decision maker
	NextNotify             NextStep = "NOTIFY"                 // the system
	NextAwaitAppeal        NextStep = "AWAIT_APPEAL"           // time
	NextNameAppealOwner    NextStep = "NAME_APPEAL_OWNER"      // an officer or a manager
	NextPrepareAppeal      NextStep = "PREPARE_APPEAL"         // whoever has the appeal
	NextDecideAppeal       NextStep = "DECIDE_APPEAL"          // a decision maker
	NextAwaitAppealBody    NextStep = "AWAIT_APPEAL_BODY"      // the appeal body
)

// NextStepOf tells what has to happen next, from everything in the file; its step must be right.
func NextStepOf(f File, rules *scheme.Definition) NextStep {
	switch f.Step {
	case Closed:
		return ""
	case Screening:
		return NextScreen
	case Notification:
		return NextNotify
	case AwaitingAppeal:
		return NextAwaitAppeal
	case Appealing:
		return f.nextInAppeal()
	default:
	}
	if f.OwnerID == "" {
		return NextNameOwner
	}
	switch f.Step {
	case Clarification:
		return NextAnswerFindings
	case Completing:
		return NextAwaitApplicant
	case Assessing:
		return f.nextInAssessment(rules)
	case Deciding:
		return NextDecide
	default:
	}
	if f.Type == scheme.Continuation && f.direction() == nil && !f.formallyRefused() {
		return NextAnswerContinuation
	}
	return NextRecommend
}

func (f File) nextInAssessment(rules *scheme.Definition) NextStep {
	if f.asked() >= f.assessorsNeeded(rules) {
		return NextAwaitAssessments
	}
	if len(f.disputed(rules)) > 0 {
		return NextOneMoreAssessor
	}
	return NextNameAssessors
}

func (f File) nextInAppeal() NextStep {
	switch a := f.openAppeal(); {
	case a.DecidedAt != nil:
		return NextAwaitAppealBody
	case a.PreparedAt != nil:
		return NextDecideAppeal
	case a.OwnerID != "":
		return NextPrepareAppeal
	}
	return NextNameAppealOwner
}
