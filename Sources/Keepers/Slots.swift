import Platform

/// Which partition owns a SKU: the stable map that clients, tools and journals agree on.
///
/// `slot = CRC32C(sku bytes) mod 16,384`, `partition = slot * partitions / 16,384`. The number of partitions belongs to
/// the data folder; the slot of a SKU never changes.
public struct Slots: Sendable {
    /// Slots in all; the most partitions a folder can have.
    public static let count = 16_384

    /// Partitions of the data folder.
    public let partitions: Int

    /// - Parameter partitions: 1...`count`.
    public init(partitions: Int) {
        precondition(partitions >= 1 && partitions <= Self.count)
        self.partitions = partitions
    }

    /// The slot of a SKU.
    public static func slot(of sku: Span<UInt8>) -> Int {
        Int(CRC32C.checksum(sku)) & (count - 1)
    }

    /// The partition that owns a SKU.
    public func partition(of sku: Span<UInt8>) -> Int {
        partition(ofSlot: Self.slot(of: sku))
    }

    /// The partition that owns a slot.
    public func partition(ofSlot slot: Int) -> Int { slot * partitions / Self.count }
}
