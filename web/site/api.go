// Package site is what every page stands on: who asks and in which language, the clients of the
// contract's methods, forms, and what to show when a method refuses.
package site

import (
	"google.golang.org/grpc"

	saakornv1 "saakorn/proto/gen/saakorn/v1"
)

// API are the clients of the contract's methods, the pages' only door to the data.
type API struct {
	Schemes        saakornv1.SchemeServiceClient
	Calls          saakornv1.CallServiceClient
	Enterprises    saakornv1.EnterpriseServiceClient
	Applications   saakornv1.ApplicationServiceClient
	Cases          saakornv1.CaseServiceClient
	Queue          saakornv1.QueueServiceClient
	Completeness   saakornv1.CompletenessServiceClient
	Appeals        saakornv1.AppealServiceClient
	Impartiality   saakornv1.ImpartialityServiceClient
	Journal        saakornv1.JournalServiceClient
	Correspondence saakornv1.CorrespondenceServiceClient
	Letters        saakornv1.LetterServiceClient
	Hints          saakornv1.HintServiceClient
	People         saakornv1.PersonServiceClient
	Portfolio      saakornv1.PortfolioServiceClient
	Sessions       saakornv1.SessionServiceClient
	Development    saakornv1.DevelopmentServiceClient
	Tasks          saakornv1.TaskServiceClient
	Grants         saakornv1.GrantServiceClient
	Measures       saakornv1.MeasureServiceClient
	Changes        saakornv1.ChangeRequestServiceClient
	Payments       saakornv1.PaymentServiceClient
	Accounts       saakornv1.PayeeAccountServiceClient
	Followup       saakornv1.FollowupServiceClient
	Examples       saakornv1.ExampleServiceClient
	Recovery       saakornv1.RecoveryServiceClient
	Reports        saakornv1.ReportingServiceClient
	Continuations  saakornv1.ContinuationServiceClient
	Rankings       saakornv1.RankingServiceClient
	Assignments    saakornv1.AssignmentServiceClient
}

// NewAPI returns clients that call through the connection.
func NewAPI(c grpc.ClientConnInterface) *API {
	return &API{
		Schemes:        saakornv1.NewSchemeServiceClient(c),
		Calls:          saakornv1.NewCallServiceClient(c),
		Enterprises:    saakornv1.NewEnterpriseServiceClient(c),
		Applications:   saakornv1.NewApplicationServiceClient(c),
		Cases:          saakornv1.NewCaseServiceClient(c),
		Queue:          saakornv1.NewQueueServiceClient(c),
		Completeness:   saakornv1.NewCompletenessServiceClient(c),
		Appeals:        saakornv1.NewAppealServiceClient(c),
		Impartiality:   saakornv1.NewImpartialityServiceClient(c),
		Journal:        saakornv1.NewJournalServiceClient(c),
		Correspondence: saakornv1.NewCorrespondenceServiceClient(c),
		Letters:        saakornv1.NewLetterServiceClient(c),
		Hints:          saakornv1.NewHintServiceClient(c),
		People:         saakornv1.NewPersonServiceClient(c),
		Portfolio:      saakornv1.NewPortfolioServiceClient(c),
		Sessions:       saakornv1.NewSessionServiceClient(c),
		Development:    saakornv1.NewDevelopmentServiceClient(c),
		Tasks:          saakornv1.NewTaskServiceClient(c),
		Grants:         saakornv1.NewGrantServiceClient(c),
		Measures:       saakornv1.NewMeasureServiceClient(c),
		Changes:        saakornv1.NewChangeRequestServiceClient(c),
		Payments:       saakornv1.NewPaymentServiceClient(c),
		Accounts:       saakornv1.NewPayeeAccountServiceClient(c),
		Followup:       saakornv1.NewFollowupServiceClient(c),
		Examples:       saakornv1.NewExampleServiceClient(c),
		Recovery:       saakornv1.NewRecoveryServiceClient(c),
		Reports:        saakornv1.NewReportingServiceClient(c),
		Continuations:  saakornv1.NewContinuationServiceClient(c),
		Rankings:       saakornv1.NewRankingServiceClient(c),
		Assignments:    saakornv1.NewAssignmentServiceClient(c),
	}
}
