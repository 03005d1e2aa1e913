import Domain
import Journal

// The transactions in the body of a partition's snapshot, each list behind its number 8 and in the order of the ids:
// decided (id 16, number of others 2, each 2), parts (size of what follows 4, then id 16, coordinator 2, the buyer behind a
// one-byte count, 1 and then amount 8 and currency 3 if a debit is open; the open reservations are the SKUs'), refunds owed
// (size 4, then id 16, the buyer behind a one-byte count, amount 8, currency 3), refunds given (id 16).

extension Partition {
    /// Puts the transactions into a snapshot.
    func writeTransactions(to sink: SnapshotSink) throws(JournalError) {
        try sink.put(UInt64(transactions.decided.count))
        for (id, others) in transactions.decided.sorted(by: { $0.key < $1.key }) {
            try id.write(to: sink)
            try sink.put(UInt16(others.count))
            for other in others.sorted() { try sink.put(UInt16(other)) }
        }
        try sink.put(UInt64(transactions.parts.count))
        for (id, part) in transactions.parts.sorted(by: { $0.key < $1.key }) {
            try putBlock(to: sink) { writer in
                writer.put(TransactionLink(id: id, coordinator: UInt16(part.coordinator)))
                writer.putShort(part.buyer.span)
                writer.put(UInt8(part.debit == nil ? 0 : 1))
                if let debit = part.debit { writer.put(debit) }
            }
        }
        try sink.put(UInt64(transactions.dues.count))
        for (id, due) in transactions.dues.sorted(by: { $0.key < $1.key }) {
            try putBlock(to: sink) { writer in
                writer.put(id)
                writer.putShort(due.buyer.span)
                writer.put(due.amount)
            }
        }
        try sink.put(UInt64(transactions.credits.count))
        for id in transactions.credits.sorted() { try id.write(to: sink) }
    }

    /// Fills the transactions with what a snapshot tells; the SKUs are there already.
    func readTransactions(from source: SnapshotSource) throws(JournalError) {
        for _ in 0..<(try count(source)) {
            let id = try TransactionID.read(from: source)
            var others: [Int] = []
            for _ in 0..<(try source.take(UInt16.self)) { others.append(Int(try source.take(UInt16.self))) }
            transactions.decided[id] = others
        }
        for _ in 0..<(try count(source)) { try readPart(from: source) }
        for _ in 0..<(try count(source)) {
            let block = try source.takeBytes(Int(try source.take(UInt32.self)))
            var reader = PayloadReader()
            let id = reader.takeID(block.span)
            let buyer = reader.takeShort(block.span)
            guard let amount = SKURecord.money(&reader, block.span), reader.isComplete(block.span) else {
                throw source.damage("a refund cannot be read")
            }
            transactions.dues[id] = Due(buyer: Array(block[buyer]), amount: amount)
        }
        for _ in 0..<(try count(source)) { transactions.credits.insert(try TransactionID.read(from: source)) }
        try readReservations(source)
    }

    private func count(_ source: SnapshotSource) throws(JournalError) -> UInt64 {
        let count = try source.take(UInt64.self)
        guard count <= source.bytesLeftMax else { throw source.damage("transactions are missing") }
        return count
    }

    private func readPart(from source: SnapshotSource) throws(JournalError) {
        let block = try source.takeBytes(Int(try source.take(UInt32.self)))
        var reader = PayloadReader()
        let link = reader.takeLink(block.span)
        let buyer = reader.takeShort(block.span)
        let hasDebit = reader.take(UInt8.self, block.span) != 0
        let debit = hasDebit ? SKURecord.money(&reader, block.span) : nil
        guard reader.isComplete(block.span), hasDebit == (debit != nil) else {
            throw source.damage("a part in a transaction cannot be read")
        }
        var part = Participation(coordinator: Int(link.coordinator), buyer: Array(block[buyer]))
        part.debit = debit
        transactions.parts[link.id] = part
    }

    /// Which reservations belong to which part, the SKUs know.
    private func readReservations(_ source: SnapshotSource) throws(JournalError) {
        for (index, keeper) in keepers.enumerated() {
            for reservation in keeper.assumeIsolated({ $0.reservations }) {
                guard transactions.parts[reservation.link.id] != nil else {
                    throw source.damage("a reservation belongs to no transaction")
                }
                transactions.parts[reservation.link.id]?.lines.append((index, reservation.purchase.sequence))
            }
        }
    }
}

extension TransactionID {
    fileprivate func write(to sink: SnapshotSink) throws(JournalError) {
        try sink.put(high)
        try sink.put(low)
    }

    fileprivate static func read(from source: SnapshotSource) throws(JournalError) -> TransactionID {
        TransactionID(high: try source.take(UInt64.self), low: try source.take(UInt64.self))
    }
}
