import Domain
import Keepers

/// The drop that `--demo` creates, so that there is something to buy.
public enum DemoDrop {
    /// The SKU's name.
    public static let sku = "demo-shoes"

    static var details: SKUDetails? {
        guard let currency = Currency("USD") else { return nil }
        return try? SKUDetails(
            title: "Demo drop: 500 pairs of shoes",
            price: Money(amount: 12_900, currency: currency),
            description: "Made by --demo. Sold out? Restock it with POST /v1/skus/demo-shoes/stock."
        )
    }
}

extension Front {
    /// Creates the demo drop where it belongs; one that is there is left as it is.
    func createDemo(_ placement: Placement) {
        let name = Array(DemoDrop.sku.utf8)
        let partition = placement.partitions[placement.partition(of: name.span)]
        guard partitions.contains(where: { $0 === partition }), let details = DemoDrop.details,
            let stock = UnitCount(500)
        else { return }
        _ = partition.change(sku: name.span, .create(details, stock: stock), request: nil, at: now)
        partition.publish()
    }
}
