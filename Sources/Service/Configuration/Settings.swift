extension Setting {
    /// The table of settings, in the order in which help and the shipped file show them.
    public static let all: [Setting] =
        general + credentials + rateLimits + http + journal + idempotency + holds + index + streams

    private static let general: [Setting] = [
        Setting(
            "listen",
            .address(\.listen),
            option: true,
            "Where to serve. Port 0 lets the kernel choose."
        ),
        Setting(
            "listen_operator",
            .optionalAddress(\.listenOperator),
            "Where to serve the operator's routes too: catalogue, stock, money, cancellations, trails, metrics. With it, "
                + "`listen` answers those with 404."
        ),
        Setting(
            "data",
            .folder(\.data),
            option: true,
            "The folder of the journals; made if it is not there. One server at a time may use it."
        ),
        Setting(
            "loops",
            .number(\.loops, 0...256, unit: "threads"),
            option: true,
            "Threads that serve connections and decide purchases. 0: one per core."
        ),
        Setting(
            "partitions",
            .number(\.partitions, 0...1_024, unit: "journals"),
            option: true,
            "Journals that the SKUs are spread over; chosen when the data folder is made, and changed by journal "
                + "repartition only: another number is refused. 0: one per core, or what the folder has."
        ),
        Setting(
            "demo",
            .flag(\.demo),
            option: true,
            "Creates the demo drop at start, where it is not there yet: a SKU to try the server with."
        ),
        Setting(
            "drain_timeout_seconds",
            .number(\.drainTimeoutSeconds, 1...3_600, unit: "seconds"),
            "How long requests in flight may take after SIGTERM before their connections are closed. A supervisor must "
                + "wait longer before it kills."
        ),
        Setting(
            "mailbox_bytes",
            .number(\.mailboxBytes, 65_536...268_435_456, unit: "bytes per ordered pair of loops", .powerOfTwo),
            "Room for requests on their way from one loop to another; while it is full, a purchase is refused as "
                + "overloaded."
        ),
        Setting(
            "log_format",
            .word(\.logFormat, of: ["text", "json"]),
            option: true,
            "How the lines of the log are written, on standard output and standard error: to be read by people, or one JSON "
                + "object each."
        ),
        Setting(
            "access_log",
            .flag(\.accessLog),
            option: true,
            "Writes a line for each request to standard output. Where nobody reads them quickly enough, lines are dropped and "
                + "counted (stockkeeper_log_lines_dropped_total)."
        ),
    ]

    private static let credentials: [Setting] = [
        Setting(
            "credentials.file",
            .file(\.credentials.file),
            "The tokens that callers must show, a line for each as `stockkeeper credential new` prints it; read again on "
                + "SIGHUP. Without it everybody may do everything."
        ),
        Setting(
            "credentials.open_to_anyone",
            .flag(\.credentials.openToAnyone),
            "Serves everybody who reaches the address. Without it, and without credentials, only a loopback address is "
                + "listened on."
        ),
    ]

    private static let rateLimits: [Setting] = [
        Setting(
            "rate_limits.credential_per_second",
            .number(\.rateLimits.credentialPerSecond, 0...100_000, unit: "requests per second"),
            "Requests that one credential's name may make on and on, over all its connections; more are refused with 429. 0: "
                + "as many as it likes."
        ),
        Setting(
            "rate_limits.credential_burst",
            .number(\.rateLimits.credentialBurst, 1...1_000_000, unit: "requests"),
            "Requests that it may make at once after a while without any."
        ),
        Setting(
            "rate_limits.address_per_second",
            .number(\.rateLimits.addressPerSecond, 0...100_000, unit: "requests per second"),
            "Requests that may come on and on from one IPv4 address or one IPv6 network of 64 bits, whoever makes them; more "
                + "are refused with 429. Behind a proxy, set http.trusted_proxies too. 0: as many as they like."
        ),
        Setting(
            "rate_limits.address_burst",
            .number(\.rateLimits.addressBurst, 1...1_000_000, unit: "requests"),
            "Requests that may come from there at once after a while without any."
        ),
        Setting(
            "rate_limits.entries_max",
            .number(
                \.rateLimits.entriesMax,
                1_024...16_777_216,
                unit: "credentials, and as many addresses",
                .powerOfTwo
            ),
            "How many are counted at once; where there are more, those that asked least are forgotten."
        ),
    ]

    private static let http: [Setting] = [
        Setting(
            "http.connections_max",
            .number(\.http.connectionsMax, 1...1_000_000, unit: "connections"),
            "Connections open at once, or fewer where `ulimit -n` allows fewer; more wait in the kernel's backlog."
        ),
        Setting(
            "http.head_bytes_max",
            .number(\.http.headBytesMax, 1_024...1_048_576, unit: "bytes"),
            "The longest request line and header fields together; more is refused with 431 or 414."
        ),
        Setting(
            "http.body_bytes_max",
            .number(\.http.bodyBytesMax, 1_024...1_048_576, unit: "bytes"),
            "The longest content of a request; more is refused with 413."
        ),
        Setting(
            "http.request_timeout_seconds",
            .number(\.http.requestTimeoutSeconds, 1...600, unit: "seconds"),
            "From the first byte of a request to its last; a slower sender is refused with 408."
        ),
        Setting(
            "http.idle_timeout_seconds",
            .number(\.http.idleTimeoutSeconds, 1...3_600, unit: "seconds"),
            "How long a connection is kept with no request. A proxy in front should give up earlier, so that it never "
                + "sends into a closing connection."
        ),
        Setting(
            "http.write_timeout_seconds",
            .number(\.http.writeTimeoutSeconds, 1...600, unit: "seconds"),
            "How long a peer may take nothing of an answer that waits for it, before it is disconnected."
        ),
        Setting(
            "http.pipelined_max",
            .number(\.http.pipelinedMax, 1...1_024, unit: "requests per connection"),
            "Requests that one connection may have in flight; more are not read until some are answered."
        ),
        Setting(
            "http.trusted_proxies",
            .list(\.http.trustedProxies, of: "networks such as 10.0.0.0/8 or ::1") { TrustedProxies($0) != nil },
            "The proxies whose Forwarded or X-Forwarded-For says where a request comes from; of anybody else it is not "
                + "believed."
        ),
        Setting(
            "http.cors_origins",
            .list(\.http.corsOrigins, of: "origins such as https://shop.example, or *") { AllowedOrigins($0) != nil },
            "The origins whose pages may call the server from a browser."
        ),
    ]

    private static let journal: [Setting] = [
        Setting(
            "journal.segment_bytes",
            .number(\.journal.segmentBytes, 65_536...4_294_967_296, unit: "bytes", .multiple(of: 4_096)),
            "The size of a journal file, preallocated. Smaller ones are archived sooner, larger ones are made less often."
        ),
        Setting(
            "journal.staging_bytes",
            .number(\.journal.stagingBytes, 65_536...1_073_741_824, unit: "bytes per partition", .powerOfTwo),
            "The batch that fills while another is written and synced; while it is full, a change is refused as "
                + "overloaded."
        ),
        Setting(
            "journal.snapshot_every_bytes",
            .number(\.journal.snapshotEveryBytes, 0...1_099_511_627_776, unit: "bytes per partition"),
            "A snapshot is made, in the background, of each so many bytes of a journal: a start replays about as much. "
                + "Each takes the memory of the whole state once more while it is made. 0: none."
        ),
        Setting(
            "journal.snapshots_kept",
            .number(\.journal.snapshotsKept, 1...64, unit: "snapshots per partition"),
            "Snapshots that are kept: where the newest is damaged, a start begins from the one before."
        ),
        Setting(
            "journal.retention_days",
            .number(\.journal.retentionDays, 0...36_500, unit: "days"),
            "How long orders and changes can be read; journal files that are older, and that neither a kept snapshot nor "
                + "a remembered key needs, are deleted when a snapshot is made. 0: for ever."
        ),
    ]

    private static let idempotency: [Setting] = [
        Setting(
            "idempotency.window_hours",
            .number(\.idempotency.windowHours, 24...720, unit: "hours"),
            "How long an Idempotency-Key and its answer are remembered."
        ),
        Setting(
            "idempotency.keys_max",
            .number(\.idempotency.keysMax, 1_024...4_294_967_296, unit: "keys per partition"),
            "Keys remembered at once; while there are as many, a request with a new key is refused as overloaded."
        ),
        Setting(
            "idempotency.key_required",
            .flag(\.idempotency.keyRequired),
            "Refuses a POST that changes something and carries no Idempotency-Key."
        ),
    ]

    private static let holds: [Setting] = [
        Setting(
            "holds.ttl_seconds_max",
            .number(\.holds.ttlSecondsMax, 1...604_800, unit: "seconds"),
            "The longest time that a hold or an extension may ask for. A hold that asks for none gets 300, or this if it is "
                + "less."
        ),
        Setting(
            "holds.freeze_seconds_max",
            .number(\.holds.freezeSecondsMax, 1...86_400, unit: "seconds"),
            "The longest time that a hold's clock may be stopped for while a payment runs, once per hold."
        ),
        Setting(
            "holds.open_per_buyer_max",
            .number(\.holds.openPerBuyerMax, 1...1_000_000, unit: "holds per buyer and SKU"),
            "Open holds that one buyer may have of one SKU; more are refused, so that nobody hoards."
        ),
        Setting(
            "holds.held_units_max",
            .number(\.holds.heldUnitsMax, 0...9_007_199_254_740_991, unit: "units per SKU"),
            "Units of one SKU that may be held at once; more can only be bought. 0: as many as there are."
        ),
        Setting(
            "holds.extensions_max",
            .number(\.holds.extensionsMax, 0...255, unit: "times"),
            "How often one hold may be extended."
        ),
        Setting(
            "holds.remembered_hours",
            .number(\.holds.rememberedHours, 1...720, unit: "hours"),
            "How long a hold that was confirmed, released or has expired still answers so, and can be bought late."
        ),
        Setting(
            "holds.kept_max",
            .number(\.holds.keptMax, 1_024...67_108_864, unit: "holds per partition"),
            "Holds in memory, open or remembered; while there are as many, a new one is refused as overloaded."
        ),
    ]

    private static let streams: [Setting] = [
        Setting(
            "streams.events_max",
            .number(\.streams.eventsMax, 0...65_536, unit: "streams"),
            "Clients that may follow the events as a stream at once; more are refused as overloaded. 0: none."
        ),
        Setting(
            "streams.watchers_max",
            .number(\.streams.watchersMax, 0...1_000_000, unit: "streams"),
            "Clients that may watch a SKU at once, all SKUs together; more are refused as overloaded. Each takes one of "
                + "`http.connections_max`. 0: none."
        ),
    ]

    private static let index: [Setting] = [
        Setting(
            "index.orders_max",
            .number(\.index.ordersMax, 0...4_294_967_294, unit: "orders"),
            "Orders that can be found by their buyer, at 16 to 28 bytes of memory each; one that is cancelled, of a cart or "
                + "paid by a wallet counts three times. When there are more, the older half is left out. The index is "
                + "built anew at each start, in the background. 0: none."
        )
    ]
}
