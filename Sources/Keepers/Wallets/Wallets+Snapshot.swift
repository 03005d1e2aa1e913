import Domain
import Journal

// The wallets in the body of a partition's snapshot: their number 8, then for each, in the order in which they came into
// being: size of what follows 4, then the buyer behind a one-byte count, start of the last record 8, sequence 8, what is
// in it 8, currency 3.

extension Partition {
    /// Puts the wallets into a snapshot.
    func writeWallets(to sink: SnapshotSink) throws(JournalError) {
        let keepers = wallets.all
        try sink.put(UInt64(keepers.count))
        for keeper in keepers {
            let state = keeper.assumeIsolated { $0.state }
            let lastStart = keeper.assumeIsolated { $0.lastStart }
            guard let balance = state.balance, let lastStart else { continue }
            let buyer = keeper.buyer
            try putBlock(to: sink) { writer in
                writer.putShort(buyer.span)
                writer.put(lastStart.rawValue)
                writer.put(state.sequence)
                writer.put(balance)
            }
        }
    }

    /// Adds the wallets that a snapshot tells of.
    func readWallets(from source: SnapshotSource) throws(JournalError) {
        let count = try source.take(UInt64.self)
        for _ in 0..<min(count, source.bytesLeftMax) {
            let keeper = try wallet(from: source)
            let buyer = keeper.buyer
            let fingerprint = key.fingerprint(of: buyer.span, domain: .buyer)
            guard wallets.find(fingerprint) == nil else { throw source.damage("a wallet stands in it twice") }
            wallets.add(keeper, fingerprint)
        }
        guard wallets.count == count else { throw source.damage("wallets are missing") }
    }

    private func wallet(from source: SnapshotSource) throws(JournalError) -> WalletKeeper {
        let block = try source.takeBytes(Int(try source.take(UInt32.self)))
        var reader = PayloadReader()
        let buyer = reader.takeShort(block.span)
        let lastStart = RecordPlace(rawValue: reader.take(UInt64.self, block.span))
        let sequence = reader.take(UInt64.self, block.span)
        guard let balance = SKURecord.money(&reader, block.span), reader.isComplete(block.span), !buyer.isEmpty else {
            throw source.damage("a wallet cannot be read")
        }
        do throws(Contradiction) {
            let state = try WalletState(balance: balance, sequence: sequence)
            return WalletKeeper(buyer: Array(block[buyer]), partition: self, state: state, lastStart: lastStart)
        } catch {
            throw source.damage("a wallet contradicts itself: \(error)")
        }
    }
}
