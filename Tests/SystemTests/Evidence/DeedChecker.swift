/// When a server was started, and when it was ready: milliseconds since 1970.
struct Life: Sendable {
    let started: Int
    let ready: Int
}

/// Holds what clients were told of their deeds against what the restarted server says.
///
/// Pure: the same arguments, the same verdict.
///
/// - Returns: every broken promise; empty is the only good answer.
func violations(_ reports: [Report], _ lives: [Life], _ aftermath: DeedAftermath) -> [Violation] {
    var found = reports.flatMap { keptWord($0, aftermath.echoes[$0.deed.key] ?? []) }
    let settled = reports.settled(by: aftermath)
    let books = aftermath.trails.mapValues { $0 }.reduce(into: [:]) { $0[$1.key] = SKUBooks($1.key, $1.value) }
    for (sku, own) in books.sorted(by: { $0.key < $1.key }) {
        found += own.violations + counted(sku, own, aftermath.stocks[sku])
        found += own.holds.sorted { $0.key < $1.key }.compactMap { overdue($0, $1, lives, aftermath.askedAt) }
    }
    found += Ledger(settled, books, aftermath).violations
    return found + wallets(settled, aftermath)
}

extension [Report] {
    /// The same reports once those who got no answer have asked again.
    func settled(by aftermath: DeedAftermath) -> [Report] {
        map { report in
            guard report.told == .unknown, let echoes = aftermath.echoes[report.deed.key] else { return report }
            let done = echoes.first { $0.told.isDone } ?? echoes.last
            return Report(deed: report.deed, told: done?.told ?? .unknown)
        }
    }
}

/// The same deed, the same answer.
///
/// What was refused may be possible a moment later: units come back.
private func keptWord(_ report: Report, _ echoes: [Echo]) -> [Violation] {
    let key = report.deed.key
    var echoes = echoes[...]
    var told = report.told
    switch told {
    case .refused: return []
    case .unknown:
        guard echoes.count == 2, let first = echoes.popFirst() else { return [.unsettled(key: key)] }
        guard first.told.isDone else { return echoes.first?.told == .unknown ? [.unsettled(key: key)] : [] }
        told = first.told
    case .done: break
    }
    guard let echo = echoes.first, echo.told == told else {
        return [report.told == .unknown ? .unsettled(key: key) : .changedAnswer(key: key)]
    }
    return echo.isReplay == report.deed.isMarked ? [] : [.unmarkedReplay(key: key)]
}

/// A SKU reads as its trail says.
private func counted(_ sku: String, _ books: SKUBooks, _ stock: Stock?) -> [Violation] {
    guard let stock, books.counts.indices.contains(stock.sequence - 1) else { return [.unconserved(sku: sku)] }
    let counts = books.counts[stock.sequence - 1]
    let isKept = stock.isConserved && counts == (stock.available, stock.held, stock.sold)
    return isKept ? [] : [.unconserved(sku: sku)]
}

/// Units come back within a second of the deadline, or of the readiness of the first server after it.
private func overdue(_ hold: String, _ held: SKUBooks.Held, _ lives: [Life], _ askedAt: Int) -> Violation? {
    guard let due = held.placement.expiresAt else { return .lostHold(hold) }
    let isExpired = held.end?.type == "hold_expired"
    guard isExpired || held.state == "held" else { return nil }
    let at = isExpired ? held.end?.at ?? askedAt : askedAt
    let ready = lives.last { $0.started <= at }?.ready ?? 0
    return at > max(due, ready) + 1_000 ? .overdue(hold) : nil
}

private func wallets(_ settled: [Report], _ aftermath: DeedAftermath) -> [Violation] {
    var moves: [String: [(sequence: Int, balance: Int, amount: Int)]] = [:]
    let payers = Set(settled.filter(\.deed.isPaid).map(\.deed.buyer))
    let found = payers.sorted()
        .filter { aftermath.wallets[$0]?.balance ?? 0 != paidBalance($0, settled, aftermath) }
        .map { Violation.wrongBalance($0) }
    for report in settled where !payers.contains(report.deed.buyer) {
        guard let amount = report.deed.amount, let json = report.told.json else { continue }
        let told = (json["sequence"]?.int ?? 0, json["balance"]?["amount"]?.int ?? -1, amount)
        moves[report.deed.buyer, default: []].append(told)
    }
    return found
        + moves.sorted { $0.key < $1.key }
        .flatMap { buyer, moves in
            var balance = 0
            var found: [Violation] = []
            for (number, move) in moves.sorted(by: { $0.sequence < $1.sequence }).enumerated() {
                balance += move.amount
                if move.sequence != number + 1 || move.balance != balance || balance < 0 {
                    found.append(.brokenWallet(buyer, move.sequence))
                }
            }
            let now = DeedAftermath.Wallet(balance: balance, sequence: moves.count)
            return found + (aftermath.wallets[buyer] == now ? [] : [.wrongBalance(buyer)])
        }
}

/// What a wallet holds that pays for orders: nobody is told of these changes, nor of those that were undone.
private func paidBalance(_ buyer: String, _ settled: [Report], _ aftermath: DeedAftermath) -> Int {
    let own = settled.filter { $0.deed.buyer == buyer && $0.told.isDone }
    let orders = own.filter(\.deed.isPaid).flatMap(\.told.orders)
    let refunded = orders.compactMap { $0["order"]?.string }
        .reduce(0) { sum, order in
            let now = aftermath.orders[order].flatMap { try? JSON($0) }
            return sum + (now?["refunded"]?["amount"]?.int ?? 0)
        }
    let moved = own.reduce(0) { $0 + ($1.deed.amount ?? 0) }
    return moved + refunded - orders.reduce(0) { $0 + ($1["total"]?["amount"]?.int ?? 0) }
}
