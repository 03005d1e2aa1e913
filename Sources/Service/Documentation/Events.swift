import HTTP

/// The feed of events.
enum Events {
    /// A place in each journal that was read.
    private static let offsetPattern = "[0-9]+[.][0-9]+(~[0-9]+[.][0-9]+)*"

    private static let offset: Tree = [
        "type": "string", "description": "Opaque: a place in the feed.", "pattern": .string("^\(offsetPattern)$"),
    ]

    /// Where a page begins or ends.
    static let place: Tree = [
        "type": "string", "description": "Opaque: an offset, or nothing at the beginning.",
        "pattern": .string("^(\(offsetPattern))?$"),
    ]

    private static let start: Tree = [
        "type": "string", "description": "Opaque: an offset, or `now`, or nothing.",
        "pattern": .string("^(\(offsetPattern)|now)?$"),
    ]

    static let schemas: [(String, Tree)] = [
        (
            "Event",
            Schema.oneOf(
                Trail.changes([.always("offset", offset), .always("sku", Schema.identifier)])
                    + [
                        Schema.object(
                            "A change of a wallet.",
                            [.always("offset", offset), .always("wallet", Schema.identifier), Trail.by] + Paying.change
                        ),
                        Schema.object(
                            "Events that are not kept any more.",
                            [.always("offset", offset), .always("gap", gap)]
                        ),
                    ]
            )
        )
    ]

    private static let gap = Schema.object(
        "Records of a journal between these places were deleted.",
        [
            .always("journal", Schema.count("The journal's number.")),
            .always("after", Schema.count("Read up to here.")), .always("before", Schema.count("Kept from here.")),
        ]
    )

    /// The example's line as an event of the stream.
    private static let streamExample = """
        id: 0.520
        event: purchased
        data: {"offset":"0.520","sku":"\(Example.sku)","sequence":4,"type":"purchased","at":"2026-11-21T14:46:12.300Z",\
        "order":"\(Example.order)","buyer":"ada","quantity":1,"total":{"amount":12900,"currency":"USD"},\
        "available_before":550,"available":549}


        """

    static let read = Endpoint(
        route: .events,
        method: .get,
        id: "readEvents",
        section: .feeds,
        summary: "Read every change of every SKU and wallet",
        text: """
            Straight from the journals, only what is on disk: a line of JSON for each event. Asked for with the `offset` of \
            a line as `after`, the feed goes on right behind it, in any later start of the server. Where records were \
            deleted, a line with `gap` says so. A page also ends after about 256 KiB: where `Events-Behind-Bytes` is not \
            0, there is more behind `Events-Next`.

            With `Accept: text/event-stream` the answer has no end: everything behind `after`, and then what happens, as \
            it becomes durable. Each event has its offset as `id`, its type as `event` and its line as `data`; a gap is an \
            event `gap`. A client that comes back with `Last-Event-ID` goes on right behind it. So it sees each event at \
            least once, those of a SKU or wallet in their order; by `sku` or `wallet` and `sequence` it knows those that it \
            has seen. Whoever takes nothing for `http.write_timeout_seconds` is cut off. An event `end` says why the \
            server ends a stream: `draining`, `unreadable`.
            """,
        query: [
            .init(
                name: "after",
                text: "`offset` of a line, or `Events-Next`; `now`: what comes. Nothing: from the beginning.",
                schema: start,
                example: "0.520"
            ),
            .init(
                name: "limit",
                text: "Most events of the page.",
                schema: ["type": "integer", "minimum": 1, "maximum": 10_000, "default": 1_000],
                example: 1
            ),
            .init(
                name: "sku",
                text: "Events of this SKU only.",
                schema: Schema.identifier,
                example: .string(Example.sku)
            ),
            .init(
                name: "type",
                text: "Events of this type only.",
                schema: Schema.one(of: EventFilter.types.map(\.description), "A type."),
                example: "purchased"
            ),
        ],
        answers: [
            .init(
                status: .ok,
                text: "A page: the schema is that of each line. It is empty where nothing is new.",
                content: [
                    .init(type: .lines, schema: Schema.named("Event")),
                    .init(
                        type: .eventStream,
                        schema: ["type": "string", "description": "Events; the data of each is an `Event`."],
                        example: .string(streamExample)
                    ),
                ],
                fields: [.eventsNext, .eventsBehind]
            )
        ],
        example: .init(
            query: "?limit=1&type=purchased",
            answer: [
                "offset": "0.520", "sku": .string(Example.sku), "sequence": 4, "type": "purchased",
                "at": "2026-11-21T14:46:12.300Z", "order": .string(Example.order), "buyer": "ada", "quantity": 1,
                "total": ["amount": 12900, "currency": "USD"], "available_before": 550, "available": 549,
            ]
        )
    )
}
