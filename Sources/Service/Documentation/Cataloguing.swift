import Domain
import HTTP

/// SKUs, as the operator keeps them and everybody reads them.
enum Cataloguing {
    static let endpoints = [define, read, list, amend, adjust, Trail.operation, remove]

    private static let catalogueBody: Tree = [
        "title": "Demo shoes", "price": ["amount": 12900, "currency": "USD"], "stock": 500,
        "description": "Fast shoes.", "image": "https://shop.example/demo-shoes.jpg",
        "url": "https://shop.example/demo-shoes", "limit_per_buyer": 2, "opens_at": "2026-11-21T09:00:00.000Z",
    ]

    /// The SKU of the examples, with what changes in their story.
    static func example(limit: Int64, sequence: Int64) -> Tree {
        [
            "sku": "demo-shoes", "title": "Demo shoes", "price": ["amount": 12900, "currency": "USD"],
            "description": "Fast shoes.", "image": "https://shop.example/demo-shoes.jpg",
            "url": "https://shop.example/demo-shoes", "limit_per_buyer": .integer(limit),
            "opens_at": "2026-11-21T09:00:00.000Z", "paused": false, "available": 500, "held": 0, "sold": 0,
            "supplied": 500, "status": "on_sale", "sequence": .integer(sequence),
        ]
    }

    static let ifMatch = Endpoint.Parameter(
        name: "If-Match",
        text: "Only if the SKU is still the one that was read with this `ETag`; otherwise 412.",
        schema: ["type": "string", "pattern": #"^(\*|"[0-9]{1,19}")$"#],
        example: "*"
    )

    private static let ifNew = Endpoint.Parameter(
        name: "If-None-Match",
        text: "`*`: only if there is no such SKU; otherwise 412.",
        schema: ["type": "string", "const": "*"],
        example: "*"
    )

    static let ifChanged = Endpoint.Parameter(
        name: "If-None-Match",
        text: "The `ETag` of what the client has: 304 where that is still so.",
        schema: ["type": "string", "pattern": #"^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)$"#],
        example: #""0""#
    )

    private static let define = Endpoint(
        route: .sku(.absent),
        method: .put,
        id: "defineSKU",
        section: .catalogue,
        summary: "Create or replace a SKU",
        text: "`stock` counts only where the SKU is new; afterwards the stock is changed by its own resource.",
        conditions: [ifMatch, ifNew],
        body: Schema.named("SKUDefinition"),
        answers: [
            .init(
                status: .created,
                text: "Created.",
                content: [.init(type: .json, schema: Schema.named("SKU"))],
                fields: [.etag, .location],
                links: skuLinks
            ),
            .init(
                status: .ok,
                text: "Replaced.",
                content: [.init(type: .json, schema: Schema.named("SKU"))],
                fields: [.etag],
                links: skuLinks
            ),
        ],
        problems: [.preconditionFailed],
        example: .init(
            body: catalogueBody,
            answerFields: [("Location", "/v1/skus/\(Example.sku)")],
            answer: example(limit: 2, sequence: 1)
        )
    )

    private static let skuLinks = ["readSKU", "purchase", "placeHold", "amendSKU", "adjustStock", "readChanges"]
        .map { Endpoint.Link(operation: $0, parameter: "sku", member: "sku") }

    private static let read = Endpoint(
        route: .sku(.absent),
        method: .get,
        id: "readSKU",
        section: .catalogue,
        summary: "Read a SKU and its stock",
        text: """
            `supplied` is always `available + held + sold`. With `If-None-Match` a client that has the present \
            version gets 304. With `Accept: application/ld+json` it is a Product with an Offer, in the words of \
            schema.org.
            """,
        conditions: [ifChanged],
        answers: [
            .init(
                status: .ok,
                text: "The SKU.",
                content: [
                    .init(type: .json, schema: Schema.named("SKU")),
                    .init(type: .linkedData, schema: Schema.named("Product"), example: LinkedData.example),
                ],
                fields: [.etag, .cacheControl, .vary]
            ),
            .init(status: .notModified, text: "The client has it.", fields: [.etag, .cacheControl, .vary]),
        ],
        problems: [.unknownSKU],
        example: .init(answer: example(limit: 2, sequence: 1))
    )

    private static let list = Endpoint(
        route: .skus,
        method: .get,
        id: "listSKUs",
        section: .catalogue,
        summary: "List the catalogue",
        text: "Page by page, each SKU once. A page may be shorter than asked for; `next` tells whether it is the last.",
        query: [
            .init(
                name: "limit",
                text: "Most SKUs of the page.",
                schema: ["type": "integer", "minimum": 1, "maximum": 500, "default": 50],
                example: 2
            ),
            .init(
                name: "cursor",
                text: "`next` of the page before.",
                schema: ["type": "string", "pattern": "^[0-9]{1,19}$"],
                example: "0"
            ),
        ],
        answers: [
            .init(status: .ok, text: "A page.", content: [.init(type: .json, schema: Schema.named("SKUPage"))])
        ],
        example: .init(query: "?limit=2", answer: ["items": [example(limit: 2, sequence: 1)]])
    )

    private static let amend = Endpoint(
        route: .sku(.absent),
        method: .patch,
        id: "amendSKU",
        section: .catalogue,
        summary: "Change a SKU, or pause its sale",
        text: "A merge patch (RFC 7396): null takes an optional member away.",
        conditions: [ifMatch],
        body: Schema.named("SKUPatch"),
        bodyTypes: ["application/json", "application/merge-patch+json"],
        answers: [
            .init(
                status: .ok,
                text: "Changed.",
                content: [.init(type: .json, schema: Schema.named("SKU"))],
                fields: [.etag]
            )
        ],
        problems: [.unknownSKU, .preconditionFailed],
        example: .init(body: ["limit_per_buyer": 4], answer: example(limit: 4, sequence: 2))
    )

    private static let adjust = Endpoint(
        route: .stock(sku: .absent),
        method: .post,
        id: "adjustStock",
        section: .catalogue,
        summary: "Change the stock",
        text: """
            By a difference (`delta`) or to a count of available units (`set`), which `if_available` guards against \
            somebody who was faster. Held and sold units stay.
            """,
        conditions: [ifMatch],
        takesKey: true,
        body: Schema.named("StockChange"),
        answers: [
            .init(
                status: .ok,
                text: "Changed.",
                content: [.init(type: .json, schema: Schema.named("StockAdjustment"))]
            )
        ],
        problems: [.unknownSKU, .insufficientStock, .preconditionFailed],
        example: .init(
            body: ["delta": 50, "reason": "restock", "reference": "delivery-17"],
            answer: [
                "sku": "demo-shoes", "delta": 50, "available": 550, "reason": "restock", "reference": "delivery-17",
                "sequence": 3, "at": "2026-11-21T14:46:12.276Z",
            ]
        )
    )

    private static let remove = Endpoint(
        route: .sku(.absent),
        method: .delete,
        id: "removeSKU",
        section: .catalogue,
        summary: "Take a SKU out of the catalogue",
        text: "Its orders stay. Refused while holds are open.",
        conditions: [ifMatch],
        answers: [.init(status: .noContent, text: "It is gone.")],
        problems: [.unknownSKU, .preconditionFailed, .holdsOpen],
        example: .init()
    )
}
