import Foundation

/// Reads what the preloaded allocation counter of another process has counted.
struct AllocationCounts {
    /// The layout of `struct allocation_counts`: 64-bit numbers; the first two are read here.
    struct Reading {
        let allocations: UInt64
        let bytes: UInt64
    }

    private let file: URL

    /// Makes the shared file in `folder`.
    init(in folder: URL) throws(BenchError) {
        file = folder.appendingPathComponent("allocations-\(UUID())")
        do {
            try Data(count: 24).write(to: file)
        } catch {
            throw .cannotRun("the counter's file cannot be made: \(error)")
        }
    }

    /// What the process to be counted must be started with.
    func environment(counter: URL) -> [String: String] {
        ["LD_PRELOAD": counter.path, "ALLOCATION_COUNTER_FILE": file.path]
    }

    /// The counts now.
    func read() throws(BenchError) -> Reading {
        guard let data = try? Data(contentsOf: file), data.count >= 24 else {
            throw .cannotRun("the counter's file cannot be read")
        }
        // Both machines that this runs on (x86-64, arm64) are little-endian.
        let numbers = (0..<2)
            .map { index in
                data[(index * 8)..<(index * 8 + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
        return Reading(allocations: numbers[0], bytes: numbers[1])
    }
}
