import HTTP
import Keepers
import Loop
import Platform

extension Front {
    /// Messages taken from one mailbox in a turn, so that the sockets are not forgotten over the mail.
    private static var messagesPerTurnMax: Int { 512 }
    /// Parts of streams and pages of events taken in a turn: each is as long as hundreds of answers to purchases.
    private static var partsPerTurnMax: Int { 1 }

    func takeMail() {
        retryUnsent()
        retryReports()
        for inbox in inboxes {
            let most = inbox === partsInbox ? Self.partsPerTurnMax : Self.messagesPerTurnMax
            unsafe inbox.drain(messagesMax: most) { bytes in
                unsafe Message.read(bytes) { message, request, extra in take(message, request, extra) }
            }
        }
    }

    func sendMail() {
        for outbox in outboxes { outbox?.publish() }
    }

    private func take(_ message: Message, _ request: Span<UInt8>, _ extra: Span<UInt8>) {
        let ticket = Ticket(bits: message.ticket)
        switch message.errand {
        case .serve(let route, let index):
            guard let placement else { return }
            serve(route, placement.partitions[Int(index)], ticket, message.exchange, request)
        case .list(let page, let index):
            guard let placement else { return }
            list(placement.partitions[Int(index)], page, ticket, message.exchange, request, extra)
        case .order(let errand, let index):
            guard let placement else { return }
            serve(errand, placement.partitions[Int(index)], ticket, message.exchange, request, record: extra)
        case .reply:
            deliver(extra, to: ticket)
        case .transaction(let bits):
            localMail.append(TransactionParcel.take(bits))
        case .part(let kind):
            stream(extra, kind, to: ticket)
        case .watch(let parcel, let version):
            join(Feed.take(parcel), from: version, extra, ticket)
        case .adopt(let socket):
            adopt(socket, isCounted: true)
        case .read, .streamed:
            break
        }
    }

    private func retryUnsent() {
        guard !unsent.isEmpty else { return }
        let waiting = unsent
        unsent = []
        for entry in waiting {
            if case .reply(let ticket, let output, _) = entry.reply { reply(output, to: ticket) }
        }
    }
}

extension Front {
    /// Answers what needs no partition.
    func answerHere(_ route: Route, _ exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        switch route {
        case .health:
            composer.answer(.ok, .text, to: exchange, bytes, into: &output) { body, _ in body.append("alive\n") }
        case .readiness:
            readiness(exchange, bytes, into: &output)
        case .metrics:
            let text = hub.metricsText()
            composer.answer(.ok, .metrics, to: exchange, bytes, into: &output) { body, _ in body.append(text.span) }
        case .problem(let type):
            explain(type, exchange, bytes, into: &output)
        case .document(let name):
            composer.document(hub.documents.document(name), to: exchange, bytes, into: &output)
        case .skus, .sku, .purchases, .stock, .changes, .feed, .holds, .hold, .confirm, .extend, .confirmIntent, .order,
            .buyerOrders, .events, .cancel, .wallet, .deposits, .withdrawals, .carts, .itemPurchase:
            composer.problem(.notFound, "Nothing is here.", to: exchange, bytes, into: &output)
        }
    }

    private func readiness(_ exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        switch hub.phase {
        case .recovering:
            composer.problem(.recovering, "The journals are being replayed.", to: exchange, bytes, into: &output)
        case .draining:
            composer.problem(.draining, "The server is about to stop.", to: exchange, bytes, into: &output)
        case .serving:
            if hub.placement?.partitions.contains(where: \.isReadOnly) == true {
                composer.problem(.readOnly, "The disk refuses writes.", to: exchange, bytes, into: &output)
            } else {
                composer.answer(.ok, .text, to: exchange, bytes, into: &output) { body, _ in body.append("ready\n") }
            }
        }
    }

    private func explain(
        _ type: ByteRange,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let slug = String(decoding: bytes.extracting(type.bounds).array, as: UTF8.self)
        guard let problem = ProblemType(slug: slug) else {
            return composer.problem(.notFound, "There is no such problem.", to: exchange, bytes, into: &output)
        }
        let form = Negotiation.choose(exchange.request.accept, bytes, .json, or: .html) ?? .json
        let text = form == .html ? ProblemPage.html(problem) : ProblemPage.json(problem)
        let fields: (inout ByteWriter) -> Void = { $0.appendField("Vary: ", "Accept") }
        composer.answer(.ok, form, to: exchange, bytes, into: &output, fields: fields) { body, _ in
            body.append(text: text)
        }
    }
}
