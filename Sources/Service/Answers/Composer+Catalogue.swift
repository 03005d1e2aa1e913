import Domain
import HTTP
import Keepers

extension SKUView {
    /// The version of what `GET` shows: the count of changes, the form, since a strong tag is never shared by two, and the
    /// status, which may change by time alone.
    func tag(of form: ContentType) -> EntityTag {
        EntityTag(sequence << 4 | (form == .linkedData ? 8 : 0) | status.code)
    }

    /// The count of changes that a tag stands for.
    static func sequence(ofTag value: UInt64) -> UInt64 { value >> 4 }
}

extension SaleStatus {
    /// Three bits of an entity tag.
    fileprivate var code: UInt64 {
        switch self {
        case .paused: 0
        case .scheduled: 1
        case .closed: 2
        case .soldOut: 3
        case .onSale: 4
        }
    }

    var text: StaticString {
        switch self {
        case .paused: "paused"
        case .scheduled: "scheduled"
        case .closed: "closed"
        case .soldOut: "sold_out"
        case .onSale: "on_sale"
        }
    }
}

extension Composer {
    /// Writes a SKU in the form that the client likes, or 304 where the client has it.
    func sku(
        _ status: Status,
        _ view: SKUView,
        name: Span<UInt8>,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let form = Preconditions.form(of: exchange, bytes) ?? .json
        let tag = view.tag(of: form)
        let isRead = exchange.label == .skuRead
        if isRead {
            switch EntityTag.satisfiesIfNoneMatch(exchange.request.ifNoneMatch, bytes, tag) {
            case .holds: break
            case .fails:
                return answer(.notModified, to: exchange, bytes, into: &output) { $0.appendReadFields(tag) }
            case .malformed:
                let error = InvalidRequest("If-None-Match", "must be a list of entity tags")
                return invalid(error, to: exchange, bytes, into: &output)
            }
        }
        answer(
            status,
            form,
            to: exchange,
            bytes,
            into: &output,
            fields: { output in
                if isRead { output.appendReadFields(tag) } else { output.appendField(tag) }
                if status == .created {
                    output.append("Location: /v1/skus/")
                    output.append(name)
                    output.append("\r\n")
                }
            },
            { body, _ in
                if form == .linkedData { body.append(product: view, name: name) } else { body.append(view, name: name) }
                body.append("\n")
            }
        )
    }
}

extension Composer {
    /// Writes the head of the feed of a SKU.
    func beginFeed(to exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        beginStream(to: exchange, bytes, into: &output) { $0.appendField("Cache-Control: ", "no-cache") }
    }
}

extension ByteWriter {
    /// Appends what a cache must know of a SKU: it asks each time, and each form is another answer.
    fileprivate mutating func appendReadFields(_ tag: EntityTag) {
        append("Cache-Control: no-cache\r\nVary: Accept\r\n")
        appendField(tag)
    }

    /// Appends a SKU as `GET` shows it.
    mutating func append(_ view: SKUView, name: Span<UInt8>) {
        append("{\"sku\":\"")
        append(name)
        append("\",")
        append(view.details)
        append(",\"available\":")
        append(decimal: view.levels.available)
        append(",\"held\":")
        append(decimal: view.levels.held)
        append(",\"sold\":")
        append(decimal: view.levels.sold)
        append(",\"supplied\":")
        append(decimal: view.levels.supplied)
        append(",\"status\":\"")
        append(view.status.text)
        append("\",\"sequence\":")
        append(decimal: view.sequence)
        append("}")
    }

    /// Appends the members of a catalogue entry; those that are not set are left out.
    mutating func append(_ details: SKUDetails) {
        append("\"title\":\"")
        append(escaped: details.title)
        append("\",\"price\":")
        append(details.price)
        append(optional: details.description, ",\"description\":\"")
        append(optional: details.image, ",\"image\":\"")
        append(optional: details.url, ",\"url\":\"")
        if let limit = details.limitPerBuyer {
            append(",\"limit_per_buyer\":")
            append(decimal: limit.units)
        }
        append(optional: details.opensAt, ",\"opens_at\":\"")
        append(optional: details.closesAt, ",\"closes_at\":\"")
        append(details.paused ? ",\"paused\":true" : ",\"paused\":false")
    }

    private mutating func append(optional text: String?, _ name: StaticString) {
        guard let text else { return }
        append(name)
        append(escaped: text)
        append("\"")
    }

    private mutating func append(optional instant: Instant?, _ name: StaticString) {
        guard let instant else { return }
        append(name)
        append(rfc3339: instant.millisecondsSinceEpoch)
        append("\"")
    }
}
