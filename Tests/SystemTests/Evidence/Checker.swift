/// A broken promise, with what it was about.
enum Violation: Hashable, Sendable {
    /// An acknowledged order is not there any more.
    case lostOrder(String)
    /// An acknowledged order reads otherwise than it was acknowledged.
    case changedOrder(String)
    /// The same key was not given the answer that it had been given before.
    case changedAnswer(key: String)
    /// The answer is the same, but is not marked as a replay.
    case unmarkedReplay(key: String)
    /// A client without an answer asked twice and got two different ones.
    case unsettled(key: String)
    /// Two purchases were given the same order.
    case doubledOrder(String)
    /// Two purchases claim the same place among the SKU's changes.
    case sharedSequence(sku: String, Int)
    /// No purchase that a client knows of has this place: something was sold to nobody.
    case unclaimedSequence(sku: String, Int)
    /// `remaining` is not what was left after the purchases before it.
    case wrongRemaining(order: String)
    /// More units were sold than were supplied.
    case oversold(sku: String)
    /// `supplied`, `available`, `held` and `sold` do not fit the sales that clients know of.
    case unconserved(sku: String)

    /// A change of the trail cannot follow those before it.
    case brokenTrail(sku: String, Int)
    /// An acknowledged hold is not there any more.
    case lostHold(String)
    /// A hold is otherwise than it was acknowledged, or reads otherwise than its trail says.
    case changedHold(String)
    /// Two holds were given the same id.
    case doubledHold(String)
    /// A hold ended that was never placed.
    case unknownHold(String)
    /// A hold was confirmed, released or expired after it had been resolved already.
    case resolvedTwice(String)
    /// A hold expired before its time was over.
    case expiredEarly(String)
    /// A hold's units were not back within a second.
    case overdue(String)
    /// An acknowledged release did not happen.
    case lostRelease(String)
    /// An acknowledged cancellation did not happen.
    case lostCancellation(String)
    /// More of an order was cancelled than was asked for.
    case cancelledTwice(String)
    /// A change of a wallet is not the one after those before it.
    case brokenWallet(String, Int)
    /// A wallet does not hold what was put in and not taken out.
    case wrongBalance(String)
    /// The carts and payments that clients know of have not sold what the trail says that transactions have sold.
    case halfDone(sku: String)
}

/// Holds what clients were told against what the restarted server says.
///
/// Pure: the same arguments, the same verdict.
///
/// - Returns: every broken promise; empty is the only good answer.
func violations(_ history: History, _ aftermath: Aftermath) -> [Violation] {
    let settled = history.settled(by: aftermath)
    var found = history.attempts.flatMap { keptWord($0, aftermath) }
    found += doubledOrders(settled)
    for (sku, created) in settled.created.sorted(by: { $0.key < $1.key }) {
        let sold = settled.attempts.filter { $0.purchase.sku == sku && $0.outcome.sale != nil }
        found += account(sku, created, sold, aftermath.stocks[sku])
    }
    return found
}

/// What the server owes to one client.
private func keptWord(_ attempt: Attempt, _ aftermath: Aftermath) -> [Violation] {
    let key = attempt.purchase.key
    let answers = aftermath.retries[key] ?? []
    switch attempt.outcome {
    case .sold(let sale):
        return keptOrder(sale, aftermath) + keptAnswer(sale, key, answers)
    case .unknown:
        guard answers.count == 2 else { return [.unsettled(key: key)] }
        guard case .sold(let sale) = answers[0].outcome else {
            return isSameRefusal(answers[0].outcome, answers[1].outcome) ? [] : [.unsettled(key: key)]
        }
        guard answers[1].outcome == .sold(sale) else { return [.unsettled(key: key)] }
        return answers[1].isReplay ? [] : [.unmarkedReplay(key: key)]
    case .refused:
        return []
    }
}

private func keptOrder(_ sale: Sale, _ aftermath: Aftermath) -> [Violation] {
    guard let body = aftermath.orders[sale.order] else { return [.lostOrder(sale.order)] }
    return body == sale.body ? [] : [.changedOrder(sale.order)]
}

private func keptAnswer(_ sale: Sale, _ key: String, _ answers: [Aftermath.Answer]) -> [Violation] {
    guard let answer = answers.first, answer.outcome == .sold(sale) else { return [.changedAnswer(key: key)] }
    return answer.isReplay ? [] : [.unmarkedReplay(key: key)]
}

private func doubledOrders(_ settled: History) -> [Violation] {
    var seen: Set<String> = []
    return settled.sales.filter { !seen.insert($0.order).inserted }.map { .doubledOrder($0.order) }
}

/// Adds up one SKU: its sales, in order, must be all of its changes since it was created.
private func account(_ sku: String, _ created: Stock, _ sold: [Attempt], _ stock: Stock?) -> [Violation] {
    guard let stock else { return [.unconserved(sku: sku)] }
    var found = sequences(sku, created, sold, stock) + remaining(created, sold)
    let units = sold.reduce(0) { $0 + $1.purchase.quantity }
    if units > stock.supplied { found.append(.oversold(sku: sku)) }
    let isKept =
        stock.isConserved && stock.held == 0 && stock.supplied == created.supplied
        && stock.sold == created.sold + units
    if !isKept { found.append(.unconserved(sku: sku)) }
    return found
}

private func sequences(_ sku: String, _ created: Stock, _ sold: [Attempt], _ stock: Stock) -> [Violation] {
    let claims = Dictionary(grouping: sold.compactMap(\.outcome.sale), by: \.sequence)
    let shared = claims.filter { $0.value.count > 1 }.keys.sorted()
    let last = max(stock.sequence, claims.keys.max() ?? 0, created.sequence)
    let changes = (created.sequence + 1)..<(last + 1)
    return shared.map { .sharedSequence(sku: sku, $0) }
        + changes.filter { claims[$0] == nil || $0 > stock.sequence }.map { .unclaimedSequence(sku: sku, $0) }
}

private func remaining(_ created: Stock, _ sold: [Attempt]) -> [Violation] {
    var left = created.available
    var found: [Violation] = []
    for (sale, quantity) in inOrder(sold) {
        left -= quantity
        if sale.remaining != left { found.append(.wrongRemaining(order: sale.order)) }
    }
    return found
}

private func inOrder(_ sold: [Attempt]) -> [(Sale, Int)] {
    sold.compactMap { attempt in attempt.outcome.sale.map { ($0, attempt.purchase.quantity) } }
        .sorted { $0.0.sequence < $1.0.sequence }
}

/// Whether a purchase was refused twice for the same reason.
///
/// Others may have bought between the two: then there are no units left where there were too few.
private func isSameRefusal(_ first: Outcome, _ second: Outcome) -> Bool {
    if first == second { return true }
    return first == .refused(409, "/problems/insufficient-stock") && second == .refused(409, "/problems/sold-out")
}
