// Package entrepreneur holds the pages of those who act for an enterprise.
package entrepreneur

import "saakorn/web/site"

// Routes returns the pages of this package.
func Routes() []site.Route {
	return nil
}
