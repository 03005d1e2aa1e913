import HTTP

/// The feed of a SKU.
enum Watching {
    static let operation = Endpoint(
        route: .feed(sku: .absent),
        method: .get,
        id: "watchSKU",
        section: .feeds,
        summary: "Watch what can be bought of a SKU",
        text: """
            An answer without an end, as `text/event-stream`: the present state at once, and a new one after changes, at \
            most ten in a second and fewer where thousands watch; each tells the latest state, not each change. Only what \
            is on disk is told. An event `end` says why the server ends the stream: `removed`, `draining`.
            """,
        answers: [
            .init(
                status: .ok,
                text: "Events; the data of each is a JSON object.",
                content: [
                    .init(
                        type: .eventStream,
                        schema: ["type": "string", "description": "Events of an event stream (HTML, 9.2)."]
                    )
                ],
                fields: [.cacheControl]
            )
        ],
        problems: [.unknownSKU],
        example: .init(answer: .string(example))
    )

    private static let example = """
        data: {"sku":"\(Example.sku)","status":"on_sale","price":{"amount":12900,"currency":"USD"},"available":500,\
        "held":0,"sold":0,"supplied":500,"sequence":1}


        """
}
