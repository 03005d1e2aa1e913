import Platform

/// Everything an operator can set, each with its default here; names, limits and sentences are in `Setting.all`.
public struct ServerConfiguration: Sendable, Equatable {
    /// The address to serve on.
    public var listen = SocketAddress(host: "127.0.0.1", port: 8080)
    /// The address that serves the operator's routes, and all others; nil where `listen` serves all.
    public var listenOperator: SocketAddress?
    /// The folder of the journals.
    public var data = "./data"
    /// Threads that serve connections; 0 is one per core (`ServerCapacity`).
    public var loops = 0
    /// Journals that SKUs are spread over; 0 is one per core (`ServerCapacity`).
    public var partitions = 0
    /// Whether the demo drop is created at start.
    public var demo = false
    /// How long requests in flight may take after SIGTERM, in seconds.
    public var drainTimeoutSeconds = 20
    /// Room for messages from one loop to another, in bytes per ordered pair of loops.
    public var mailboxBytes = 1 << 20
    /// How the lines of the log are written: `text` or `json`.
    public var logFormat = "text"
    /// Whether each request is logged.
    public var accessLog = false
    /// Who may do what.
    public var credentials = CredentialSource()
    /// How often one credential or address may ask.
    public var rateLimits = RateLimits()
    /// What one connection, and all of them, may use.
    public var http = HTTPLimits()
    /// How the journals are laid out.
    public var journal = JournalLayout()
    /// What is remembered of idempotency keys.
    public var idempotency = IdempotencyMemory()
    /// What is allowed of holds.
    public var holds = Holds()
    /// What is kept to find a buyer's orders by.
    public var index = OrderIndexLimits()

    /// How many may follow what happens.
    public var streams = StreamLimits()

    /// Where credentials are.
    public struct CredentialSource: Sendable, Equatable {
        /// Their file; empty for none.
        public var file = ""
        /// Whether everybody is served on any address where there are none.
        public var openToAnyone = false
    }

    /// How often one credential or address may ask; a rate of 0 is no limit.
    public struct RateLimits: Sendable, Equatable {
        /// Requests of one credential that may come on and on, per second.
        public var credentialPerSecond = 0
        /// Requests of one credential that may come at once.
        public var credentialBurst = 1_000
        /// Requests from one address that may come on and on, per second.
        public var addressPerSecond = 0
        /// Requests from one address that may come at once.
        public var addressBurst = 100
        /// Credentials and addresses that are counted, each.
        public var entriesMax = 65_536
    }

    /// The limits of connections.
    public struct HTTPLimits: Sendable, Equatable {
        /// Connections open at once.
        public var connectionsMax = 60_000
        /// A request line and its header fields, in bytes.
        public var headBytesMax = 16_384
        /// The content of a request, in bytes.
        public var bodyBytesMax = 65_536
        /// From a request's first byte to its last, in seconds.
        public var requestTimeoutSeconds = 10
        /// Between two requests, in seconds.
        public var idleTimeoutSeconds = 75
        /// How long a peer may take none of its answer, in seconds.
        public var writeTimeoutSeconds = 30
        /// Requests that one connection may have in flight.
        public var pipelinedMax = 64
        /// Networks of proxies that say where a request comes from, with commas between them.
        public var trustedProxies = ""
        /// Origins of pages that may call from a browser, with commas between them, or `*`.
        public var corsOrigins = ""
    }

    /// The sizes of the journals.
    public struct JournalLayout: Sendable, Equatable {
        /// A segment file, preallocated, in bytes.
        public var segmentBytes = 64 << 20
        /// The batch that fills while another is written and synced, in bytes per partition.
        public var stagingBytes = 4 << 20
        /// A snapshot is due when so many bytes of a partition's journal have been sealed; 0 is never.
        public var snapshotEveryBytes = 128 << 20
        /// Snapshots kept of each partition.
        public var snapshotsKept = 2
        /// How long segments are kept, in days; 0 is for ever.
        public var retentionDays = 0
    }

    /// The memory of idempotency keys.
    public struct IdempotencyMemory: Sendable, Equatable {
        /// How long a key is remembered, in hours.
        public var windowHours = 24
        /// Keys remembered per partition.
        public var keysMax = 64 << 20
        /// Whether a POST that changes something must carry a key.
        public var keyRequired = false
    }

    /// The limits of holds, so that nobody hoards.
    public struct Holds: Sendable, Equatable {
        /// The longest time that a request may ask for, in seconds.
        public var ttlSecondsMax = 3_600
        /// The longest time that a hold's clock may be stopped for, in seconds.
        public var freezeSecondsMax = 900
        /// Open holds of one buyer on one SKU.
        public var openPerBuyerMax = 10
        /// Units of one SKU that may be held at once; 0 for as many as there are.
        public var heldUnitsMax = 0
        /// How often one hold may be extended.
        public var extensionsMax = 3
        /// How long a resolved hold is remembered, in hours.
        public var rememberedHours = 24
        /// Holds in memory per partition.
        public var keptMax = 8 << 20
    }

    /// The limits of the index of orders.
    public struct OrderIndexLimits: Sendable, Equatable {
        /// Orders that can be found by their buyer; 0 for no index.
        public var ordersMax = 32 << 20
    }

    /// The limits of streams.
    public struct StreamLimits: Sendable, Equatable {
        /// Streams of events open at once.
        public var eventsMax = 256
        /// Watchers of SKUs at once.
        public var watchersMax = 20_000
    }

    /// Every default.
    public init() {}
}
