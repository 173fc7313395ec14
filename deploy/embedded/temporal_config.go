package embedded

import (
	"net"
	"strconv"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql" // registers the plugin named below
	"go.temporal.io/server/common/primitives"
)

const (
	sqlPlugin = "postgres12_pgx"

	// Fixed when a database is first used; one process needs few.
	historyShards = 4

	// Per service, of which there are four.
	maxConnections           = 20
	maxVisibilityConnections = 5
)

// temporalConfiguration is Temporal's own configuration for one process on one loopback address. The
// frontend listens where clients look for it, the services behind it on ports of their own.
func temporalConfiguration(cfg TemporalConfig) (*config.Config, map[primitives.ServiceName]static.Hosts) {
	portOf := map[primitives.ServiceName]int{primitives.FrontendService: cfg.FrontendPort}
	for i, name := range behindFrontend() {
		portOf[name] = cfg.behind[i]
	}

	services := make(map[string]config.Service, len(portOf))
	hosts := make(map[primitives.ServiceName]static.Hosts, len(portOf))
	for name, port := range portOf {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: cfg.Host}}
		hosts[name] = static.SingleLocalHost(net.JoinHostPort(cfg.Host, strconv.Itoa(port)))
	}
	frontend := hosts[primitives.FrontendService].Self

	const off = "disabled"
	return &config.Config{
		Global:      config.Global{Membership: config.Membership{BroadcastAddress: cfg.Host}},
		Persistence: persistence(cfg),
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        "active",
			CurrentClusterName:       "active",
			ClusterInformation: map[string]cluster.ClusterInformation{
				"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		Archival: config.Archival{
			History:    config.HistoryArchival{State: off},
			Visibility: config.VisibilityArchival{State: off},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: off},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: off},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
	}, hosts
}

func behindFrontend() []primitives.ServiceName {
	return []primitives.ServiceName{primitives.HistoryService, primitives.MatchingService, primitives.WorkerService}
}

func persistence(cfg TemporalConfig) config.Persistence {
	store := func(database string, connections int) config.DataStore {
		return config.DataStore{SQL: &config.SQL{
			PluginName:        sqlPlugin,
			ConnectAddr:       net.JoinHostPort(cfg.Postgres.Host, strconv.Itoa(cfg.Postgres.Port)),
			ConnectProtocol:   "tcp",
			ConnectAttributes: map[string]string{"sslmode": "disable"},
			User:              cfg.Postgres.User,
			Password:          cfg.Postgres.Password,
			DatabaseName:      database,
			MaxConns:          connections,
			MaxIdleConns:      connections,
		}}
	}
	return config.Persistence{
		DefaultStore:     "state",
		VisibilityStore:  "visibility",
		NumHistoryShards: historyShards,
		DataStores: map[string]config.DataStore{
			"state":      store(cfg.Database, maxConnections),
			"visibility": store(cfg.VisibilityDatabase, maxVisibilityConnections),
		},
	}
}
