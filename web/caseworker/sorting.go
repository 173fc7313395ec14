package caseworker

import "net/url"

// sortingOf returns what the column of the queue sorts by; empty for columns that do not.
func sortingOf(column string) string {
	switch column {
	case "enterprise":
		return "ENTERPRISE_NAME"
	case "due":
		return "DUE"
	case "amount":
		return "AMOUNT"
	case "received":
		return "RECEIVED"
	}
	return ""
}

// sorted says how the queue is sorted by the column, as aria-sort has it; empty when it is not.
func (q *queue) sorted(column string) string {
	switch {
	case sortingOf(column) == "" || q.asked.Get("sort") != sortingOf(column):
		return ""
	case q.asked.Get("desc") != "":
		return "descending"
	}
	return "ascending"
}

// sortAddress sorts the queue by the column, and turns the order round when it is sorted so already.
func (q *queue) sortAddress(column string) string {
	changed := url.Values{}
	for key, values := range q.asked {
		if key != "page" && key != "desc" {
			changed[key] = values
		}
	}
	changed.Set("sort", sortingOf(column))
	if q.sorted(column) == "ascending" {
		changed.Set("desc", "yes")
	}
	return "/cases?" + changed.Encode()
}
