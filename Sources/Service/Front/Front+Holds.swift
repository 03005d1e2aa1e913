import HTTP
import Keepers

extension Front {
    /// Holds that are looked at in a turn, so that answers do not wait while many expire at once.
    private static var expiriesPerTurnMax: Int { 256 }

    /// Gives the units of holds back whose time is over.
    func expireHolds() {
        for partition in partitions where partition.openHolds > 0 {
            let expired = partition.expireHolds(most: Self.expiriesPerTurnMax, at: now)
            if expired > 0 { metrics.held(.expired, count: UInt64(expired)) }
        }
        if whenSettled != nil { settle() }
    }

    /// Tells whoever waits for it that no hold is due any more.
    func settle() {
        for partition in partitions where partition.hasDueHolds { return }
        whenSettled?()
        whenSettled = nil
    }

    /// Shows or cancels an order whose record the archive has read.
    func serve(
        _ errand: OrderErrand,
        _ partition: Partition,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        record: Span<UInt8>
    ) {
        let output = outputs.take()
        let served = serving.order(errand, of: partition, record, at: now, exchange, bytes, into: &output.bytes)
        finish(served, output, partition, ticket, exchange, bytes)
    }
}
