import Domain
import HTTP
import Keepers

extension ByteWriter {
    /// Appends a SKU as a Product with an Offer, in the words of schema.org.
    mutating func append(product view: SKUView, name: Span<UInt8>) {
        let details = view.details
        append("{\"@context\":\"https://schema.org\",\"@type\":\"Product\",\"sku\":\"")
        append(name)
        append("\",\"name\":\"")
        append(escaped: details.title)
        append("\"")
        append(text: details.description, behind: ",\"description\":\"")
        append(text: details.image, behind: ",\"image\":\"")
        append(text: details.url, behind: ",\"url\":\"")
        append(",\"offers\":{\"@type\":\"Offer\",\"price\":\"")
        append(price: details.price)
        append("\",\"priceCurrency\":\"")
        append(text: details.price.currency.description)
        append("\",\"availability\":\"https://schema.org/")
        append(view.status.availability)
        append("\",\"inventoryLevel\":{\"@type\":\"QuantitativeValue\",\"value\":")
        append(decimal: view.levels.available)
        append("}")
        append(time: details.opensAt, behind: ",\"availabilityStarts\":\"")
        append(time: details.closesAt, behind: ",\"availabilityEnds\":\"")
        if let limit = details.limitPerBuyer {
            append(",\"eligibleQuantity\":{\"@type\":\"QuantitativeValue\",\"maxValue\":")
            append(decimal: limit.units)
            append("}")
        }
        append("}}")
    }

    private mutating func append(text: String?, behind name: StaticString) {
        guard let text else { return }
        append(name)
        append(escaped: text)
        append("\"")
    }

    private mutating func append(time: Instant?, behind name: StaticString) {
        guard let time else { return }
        append(name)
        append(rfc3339: time.millisecondsSinceEpoch)
        append("\"")
    }

    /// Appends an amount in the currency's major units: `129.00` for 12900 USD, `12900` for as many JPY.
    mutating func append(price: Money) {
        var scale: Int64 = 1
        for _ in 0..<price.currency.decimals { scale *= 10 }
        append(decimal: price.amount / scale)
        guard scale > 1 else { return }
        append(".")
        let fraction = String(price.amount % scale)
        append(text: String(repeating: "0", count: price.currency.decimals - fraction.utf8.count) + fraction)
    }
}

extension SaleStatus {
    /// The member of schema.org's ItemAvailability that says it.
    fileprivate var availability: StaticString {
        switch self {
        case .onSale: "InStock"
        case .scheduled: "PreOrder"
        case .soldOut: "SoldOut"
        case .paused: "OutOfStock"
        case .closed: "Discontinued"
        }
    }
}

extension Currency {
    /// Digits behind the point of an amount in major units: the minor unit of ISO 4217, 2 but for these.
    fileprivate var decimals: Int {
        switch description {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
            "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: 2
        }
    }
}
