package embedded

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"strconv"
	"syscall"
)

const loopback = "127.0.0.1"

// Server says how to reach a PostgreSQL server.
type Server struct {
	Host     string
	Port     int
	User     string
	Password string
}

// URL is the connection string for one database on the server. It holds the password.
func (s Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(s.User, s.Password),
		Host:     net.JoinHostPort(s.Host, strconv.Itoa(s.Port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// checkAddress accepts only a loopback address on which nobody listens yet. Temporal and its pages
// know no passwords, so none of the embedded engines is ever offered to another machine.
func checkAddress(engine, host string, port int) error {
	ip := net.ParseIP(host)
	if ip == nil || !ip.IsLoopback() {
		return startError(BadConfig, nil,
			"%s runs embedded on this machine only, so its host must be a loopback address such as %s, not %q.",
			engine, loopback, host)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err == nil {
		return listener.Close()
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return portTaken(engine, host, port, err)
	}
	if errors.Is(err, syscall.EACCES) {
		return startError(NoPermission, err,
			"This user may not listen on port %d for %s: choose a port above 1023.", port, engine)
	}
	return startError(BadConfig, err, "%s cannot listen on %s port %d (%v): choose another address.",
		engine, host, port, err)
}

func portTaken(engine, host string, port int, cause error) error {
	return startError(PortTaken, cause,
		"Port %d on %s, which %s needs, is taken by another program: stop that program or choose another port.",
		port, host, engine)
}

// freePorts finds ports on which nobody listens. They lie below the range that operating systems
// lend to outgoing connections, so that no connection takes one before the engine listens on it, and each
// process looks in a range of its own, so that engines that start at the same time do not take them either.
func freePorts(host string, count int) ([]int, error) {
	const lowest, ranges, span, tries = 15000, 30, 500, 200
	first := lowest + os.Getpid()%ranges*span
	var ports []int
	for range tries {
		if len(ports) == count {
			return ports, nil
		}
		port := first + rand.IntN(span) //nolint:gosec // nobody gains by guessing a port
		listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			continue
		}
		// Kept open until the end, so that no port is found twice.
		defer listener.Close()
		ports = append(ports, port)
	}
	return nil, fmt.Errorf("find %d free ports on %s: none after %d tries", count, host, tries)
}
