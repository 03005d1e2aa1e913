import HTTP
import Keepers
import Loop

/// A request whose transaction is under way.
struct TransactionRequest {
    let plan: TransactionPlan
    let ticket: Ticket
    let exchange: Exchange
    let bytes: [UInt8]
}

/// A transaction's mail on its way through a mailbox, which carries bytes only: the address of this.
final class TransactionParcel: Sendable {
    private let mail: TransactionMail

    private init(_ mail: TransactionMail) {
        self.mail = mail
    }

    /// The address of a parcel that whoever takes it owns.
    static func make(_ mail: TransactionMail) -> UInt {
        UInt(bitPattern: unsafe Unmanaged.passRetained(TransactionParcel(mail)).toOpaque())
    }

    /// Takes a parcel out; once, by the address that `make` gave.
    static func take(_ bits: UInt) -> TransactionMail {
        guard let address = unsafe UnsafeRawPointer(bitPattern: bits) else { preconditionFailure("no parcel") }
        // SAFETY: `make` has retained the object for exactly one taker.
        return unsafe Unmanaged<TransactionParcel>.fromOpaque(address).takeRetainedValue().mail
    }
}

extension Front {
    /// Whether mail of transactions waits here for its partition or for another loop.
    var hasTransactionMail: Bool { !localMail.isEmpty || !unsentMail.isEmpty }

    /// Begins the transaction that a request asks for; its connection waits.
    func begin(
        _ plan: TransactionPlan,
        at partition: Partition,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        lastToken &+= 1
        transactionRequests[lastToken] = TransactionRequest(
            plan: plan,
            ticket: ticket,
            exchange: exchange,
            bytes: bytes.array
        )
        partition.transactions.begin(plan, token: lastToken, at: now)
        carry(from: partition)
    }

    /// Goes on with the transactions of all partitions placed here, as far as the disk and the mail allow.
    func driveTransactions() {
        retryMail()
        for partition in partitions where partition.hasTransactionWork {
            partition.transactions.advance(at: now)
            carry(from: partition)
        }
        guard let placement else { return }
        while !localMail.isEmpty {
            var mail = emptyMail
            emptyMail = []
            swap(&mail, &localMail)
            for one in mail {
                let partition = placement.partitions[one.to]
                partition.transactions.receive(one, at: now)
                carry(from: partition)
            }
            mail.removeAll(keepingCapacity: true)
            emptyMail = mail
        }
    }

    /// Takes away what a partition's transactions have for others: mail, and outcomes.
    private func carry(from partition: Partition) {
        let transactions = partition.transactions
        if !transactions.outgoing.isEmpty {
            // Posting begins nothing: the list is as it was.
            for one in transactions.outgoing { post(one) }
            transactions.outgoing.removeAll(keepingCapacity: true)
        }
        guard !transactions.finished.isEmpty else { return }
        var finished = emptyFinished
        emptyFinished = []
        swap(&finished, &transactions.finished)
        for (token, outcome) in finished {
            guard let request = transactionRequests.removeValue(forKey: token) else { continue }
            answer(request, outcome, partition)
        }
        finished.removeAll(keepingCapacity: true)
        emptyFinished = finished
    }

    private func answer(_ request: TransactionRequest, _ outcome: TransactionOutcome, _ partition: Partition) {
        let output = outputs.take()
        let bytes = request.bytes.span
        let served = serving.answer(
            outcome,
            to: request.plan,
            of: partition,
            at: now,
            request.exchange,
            bytes,
            into: &output.bytes
        )
        finish(served, output, partition, request.ticket, request.exchange, bytes)
    }

    private func post(_ mail: TransactionMail) {
        guard let placement else { return }
        let home = placement.loop(ofPartition: mail.to)
        if home == index { return localMail.append(mail) }
        // Behind what waits already: mail keeps its order.
        guard unsentMail.isEmpty, push(mail, to: home) else { return unsentMail.append(mail) }
    }

    private func push(_ mail: TransactionMail, to home: Int) -> Bool {
        guard let outbox = outboxes[home] else { return true }
        let parcel = TransactionParcel.make(mail)
        let none = Ticket(bits: 0)
        if Message.push(.transaction(parcel), none, .none, Span(), Span(), into: outbox) { return true }
        metrics.reached(.mailboxBytes)
        _ = TransactionParcel.take(parcel)
        return false
    }

    /// Mailboxes are always emptied, so there will be room.
    private func retryMail() {
        guard !unsentMail.isEmpty, let placement else { return }
        let waiting = unsentMail
        unsentMail = []
        for mail in waiting {
            let home = placement.loop(ofPartition: mail.to)
            guard unsentMail.isEmpty, push(mail, to: home) else {
                unsentMail.append(mail)
                continue
            }
        }
    }
}
