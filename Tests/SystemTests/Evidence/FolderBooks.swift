import Foundation

/// The books of a folder that carts and payments by wallet were bought in, kept from its records alone, as
/// `journal inspect --json` prints them: all of a transaction is there, or nothing.
///
/// Plain purchases and holds are not in them.
struct FolderBooks {
    /// What is amiss; empty where everything adds up.
    private(set) var violations: [String] = []
    /// Reservations that are neither sold nor returned.
    var openUnits: Int { skus.values.reduce(0) { $0 + $1.reserved - $1.sold - $1.returned } }
    /// Transactions that were decided.
    private(set) var decided = 0
    /// The types of records that there are.
    let types: Set<String>

    private struct SKU {
        var (reserved, sold, returned, decided) = (0, 0, 0, 0)
    }

    private struct Wallet {
        var (balance, moved, paid, repaid) = (0, 0, 0, 0)
        /// Records.
        var (payments, refunds) = (0, 0)
        /// What the decisions and cancellations are that these belong to.
        var (paidDecisions, paidCancellations) = (0, 0)
    }

    private struct Order {
        let sku: String
        let quantity: Int
        let unitPrice: Int
        var isDecided = false
        var payer: String?
    }

    private var skus: [String: SKU] = [:]
    private var wallets: [String: Wallet] = [:]
    private var orders: [String: Order] = [:]

    /// What `journal inspect --json` says of a record, as far as it concerns the books.
    private struct Record: Decodable {
        struct Amount: Decodable { let amount: Int }
        struct Line: Decodable {
            let order: String
            let sku: String
            let quantity: Int
        }

        let type: String
        let sku: String?
        let wallet: String?
        let order: String?
        let buyer: String?
        let payment: String?
        let quantity: Int?
        let total: Amount?
        let amount: Amount?
        let balance: Amount?
        let orders: [Line]?
    }

    /// The books of a folder that nobody writes.
    init(_ folder: DataFolder) throws {
        let run = try ToolRun("inspect", "--json", folder.data)
        guard run.exit == .code(0) else { throw HarnessFailure("\(run)") }
        let decoder = JSONDecoder()
        let records = try run.output.split(separator: "\n")
            .map { try decoder.decode(Record.self, from: Data($0.utf8)) }
        types = Set(records.map(\.type))
        for record in records { try noteReservation(record) }
        for record in records { noteDecision(record) }
        for record in records { note(record) }
        close()
    }

    private mutating func noteReservation(_ record: Record) throws {
        guard record.type == "reserved" else { return }
        guard let order = record.order, let sku = record.sku, let quantity = record.quantity, let total = record.total
        else { throw HarnessFailure("not a reservation: \(record)") }
        orders[order] = Order(sku: sku, quantity: quantity, unitPrice: total.amount / quantity)
        skus[sku, default: SKU()].reserved += quantity
    }

    private mutating func noteDecision(_ record: Record) {
        guard record.type == "decided" else { return }
        let payer = record.payment == "wallet" ? record.buyer : nil
        decided += 1
        if let payer { wallets[payer, default: Wallet()].paidDecisions += 1 }
        for line in record.orders ?? [] {
            guard let order = orders[line.order], order.sku == line.sku, order.quantity == line.quantity,
                !order.isDecided
            else {
                violations.append("order \(line.order) was decided twice, or set aside never, or otherwise")
                continue
            }
            orders[line.order]?.isDecided = true
            orders[line.order]?.payer = payer
            skus[order.sku]?.decided += order.quantity
            if let payer { wallets[payer]?.paid += order.quantity * order.unitPrice }
        }
    }

    private mutating func note(_ record: Record) {
        if let buyer = record.wallet { return note(record, of: buyer) }
        let quantity = record.quantity ?? 0
        switch record.type {
        case "sold": skus[record.sku ?? ""]?.sold += quantity
        case "returned": skus[record.sku ?? ""]?.returned += quantity
        case "order_cancelled":
            guard let order = record.order.flatMap({ orders[$0] }), order.isDecided else {
                return violations.append("order \(record.order ?? "") was cancelled, and never bought")
            }
            guard let payer = order.payer else { return }
            wallets[payer]?.paidCancellations += 1
            wallets[payer]?.repaid += quantity * order.unitPrice
        default: return
        }
    }

    private mutating func note(_ record: Record, of buyer: String) {
        var wallet = wallets[buyer] ?? Wallet()
        let amount = record.amount?.amount ?? 0
        switch record.type {
        case "deposit": wallet.moved += amount
        case "withdrawal": wallet.moved -= amount
        case "payment": wallet.payments += 1
        case "refund": wallet.refunds += 1
        default: violations.append("\(buyer): an unknown change \(record.type)")
        }
        wallet.balance = record.balance?.amount ?? -1
        wallets[buyer] = wallet
    }

    private mutating func close() {
        for (name, sku) in skus.sorted(by: { $0.key < $1.key }) where sku.sold != sku.decided {
            violations.append("\(name): \(sku.sold) units were sold, \(sku.decided) decided")
        }
        for (buyer, wallet) in wallets.sorted(by: { $0.key < $1.key }) {
            if wallet.balance != wallet.moved - wallet.paid + wallet.repaid {
                violations.append("\(buyer): \(wallet)")
            }
            if wallet.payments - (wallet.refunds - wallet.paidCancellations) != wallet.paidDecisions {
                violations.append("\(buyer) has not paid once for each order: \(wallet)")
            }
        }
        if openUnits != 0 { violations.append("\(openUnits) units are still set aside") }
    }
}
