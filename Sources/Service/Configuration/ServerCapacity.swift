import FoundationEssentials
import Platform

/// What a configuration comes to on one machine: the counts that depend on cores and on `ulimit -n`.
public struct ServerCapacity: Sendable, Equatable {
    /// Threads that serve connections; at least 1.
    public let loops: Int
    /// Journals for a new data folder, at least 1; a folder that exists has the number it was made with.
    public let partitions: Int
    /// Connections open at once, over all loops; at least 1.
    public let connectionsMax: Int

    /// Descriptors that are not connections: standard streams, the data folder and its lock, signals, profilers.
    static let descriptorsOfProcess = 32
    /// A loop's epoll, doorbell and listening socket, and one to spare.
    static let descriptorsPerLoop = 4
    /// A partition's segments (the open one, the next, those being read) and its folder.
    static let descriptorsPerPartition = 8

    /// Works the counts out.
    ///
    /// - Parameters:
    ///   - configuration: valid.
    ///   - cores: the processors that this process may use.
    ///   - descriptorsMax: what `ProcessDescriptors.raiseLimit()` returned.
    /// - Throws: where the limit leaves no descriptor for a connection.
    public init(_ configuration: ServerConfiguration, cores: Int, descriptorsMax: Int) throws(ConfigurationError) {
        loops = configuration.loops > 0 ? configuration.loops : max(1, cores)
        partitions = configuration.partitions > 0 ? configuration.partitions : max(1, cores)
        let reserved =
            Self.descriptorsOfProcess + Self.descriptorsPerLoop * loops + Self.descriptorsPerPartition * partitions
        guard descriptorsMax > reserved else {
            throw ConfigurationError(
                origin: .standard,
                key: "http.connections_max",
                reason: "`ulimit -n` of \(descriptorsMax) leaves no descriptor for a connection: \(loops) loops and "
                    + "\(partitions) partitions take up to \(reserved)"
            )
        }
        connectionsMax = min(configuration.http.connectionsMax, descriptorsMax - reserved)
    }

    /// The processors that this process may use.
    public static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }
}
