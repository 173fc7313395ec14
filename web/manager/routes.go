// Package manager holds the pages of those who follow the whole portfolio: managers, and auditors, who
// read everything. Each page can be taken along as a file with the same rows.
package manager

import (
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"saakorn/web/site"
)

// Routes returns the pages of this package.
func Routes() []site.Route {
	return []site.Route{
		{Pattern: "GET /portfolio", Show: showPortfolio},
		{Pattern: "GET /budget", Show: showBudget},
		{Pattern: "GET /funnel", Show: showFunnel},
		{Pattern: "GET /funnel/cases", Show: showCourses},
		{Pattern: "GET /results", Show: showResults},
		{Pattern: "GET /results/reports", Show: showReports},
		{Pattern: "GET /places", Show: showPlaces},
		{Pattern: "GET /risk", Show: showRisk},
		{Pattern: "GET /due", Show: showDue},
		{Pattern: "GET /yearly/{year}", Show: showYearly},
	}
}

// pages are those of the tabs.
func pages() []string {
	return []string{"portfolio", "budget", "funnel", "results", "places", "risk", "due"}
}

func yearly(year int32) string { return "/yearly/" + strconv.Itoa(int(year)) }

func notFound() error { return status.Error(codes.NotFound, "no such page") }
