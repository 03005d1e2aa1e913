import Loop

/// A keeper of a partition: an actor on the partition's executor.
protocol PartitionKeeper: Actor {
    /// The partition that keeps it.
    nonisolated var partition: Partition { get }
}

extension SKUKeeper: PartitionKeeper {}
extension WalletKeeper: PartitionKeeper {}

extension PartitionKeeper {
    /// What `assumeIsolated` does for code that is on the partition's thread already, without the two allocations and the
    /// questions to the runtime that it costs (150 ns a call).
    ///
    /// - Parameters:
    ///   - argument: what the body needs.
    ///   - body: captures nothing, or each call allocates.
    /// - Returns: what the body returns.
    @inline(__always)
    nonisolated func inPlace<Argument, Result>(
        _ argument: Argument,
        _ body: @escaping (isolated Self, borrowing Argument) -> Result
    ) -> Result {
        partition.executor.checkIsolated()
        // SAFETY: the isolation that the cast takes out of the type has just been checked; it is no part of how a
        // function is called. Inside of a structure a function is not wrapped for the cast.
        let free = unsafe unsafeBitCast(IsolatedBody(call: body), to: FreeBody<Self, Argument, Result>.self)
        return free.call(self, argument)
    }
}

private struct IsolatedBody<Keeper: Actor, Argument, Result> {
    let call: (isolated Keeper, borrowing Argument) -> Result
}

private struct FreeBody<Keeper: Actor, Argument, Result> {
    let call: (Keeper, borrowing Argument) -> Result
}
