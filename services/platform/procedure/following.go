package procedure

// The procedures that follow a grant up.
const (
	Reporting Kind = "reporting" // one for each award with its reports, named by the award
	Checkin   Kind = "checkin"   // one for each lifecycle with its check-ins, named by the lifecycle
)
