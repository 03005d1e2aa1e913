import Foundation
import Platform

/// `verify`: how fast `stockkeeper journal verify` checks a folder, beside a plain read of the same files.
enum VerifyCommand {
    static let command = Command(
        name: "verify",
        brief: "bytes a second that journal verify checks, beside a plain read",
        summary: """
            Fills a server that makes no snapshots with purchases and stops it. Then, in turns, the files of its data
            folder are read once from beginning to end, and checked by journal verify; before each turn they are dropped
            from the page cache, so that the disk has to give them. Afterwards once more from the page cache.
            """,
        options: [
            Option("count", "N", "10000000", "purchases, each with a unique Idempotency-Key"),
            Option("skus", "N", "1", "SKUs they are drawn from (Zipf)"),
            Option("connections", "N", "64", "keep-alive connections"),
            Option("rounds", "N", "3", "turns"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options,
        run: run
    )

    /// Unit: bytes a second.
    private struct Round {
        let read: Double
        let verified: Double
    }

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        var load = LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 0), mix: .purchaseZipf)
        let count = try options.integer("count", 1...1_000_000_000) ?? 10_000_000
        load.stop = .requests(UInt64(count))
        load.skus = try options.integer("skus", 1...1_000_000) ?? 1
        load.connections = try options.integer("connections", 1...50_000) ?? 64
        load.pipeline = 16
        let rounds = try options.integer("rounds", 1...100) ?? 3
        let findings = try rig.withFolder { folder throws(BenchError) in
            try measure(rig, folder, load, count: count, rounds: rounds)
        }
        try FigureOutput.finish(findings, options)
    }

    private static func measure(
        _ rig: Rig,
        _ folder: URL,
        _ load: LoadPlan,
        count: Int,
        rounds: Int
    ) throws(BenchError) -> [Finding] {
        try fill(rig, folder, load, count)
        let files = try dataFiles(folder.appendingPathComponent("data"))
        var turns: [Round] = []
        for number in 1...rounds {
            say("... round \(number)")
            try dropFromCache(files)
            let read = try rate(files) { () throws(BenchError) in for file in files { try readThrough(file.path) } }
            try dropFromCache(files)
            turns.append(Round(read: read, verified: try verified(rig, folder, files)))
        }
        let cached = try verified(rig, folder, files)
        return [finding(turns, cached: cached, count: count, files: files)]
    }

    private static func fill(_ rig: Rig, _ folder: URL, _ load: LoadPlan, _ count: Int) throws(BenchError) {
        let server = try rig.startServer(in: folder, environment: ["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES": "0"])
        defer { server.child.end() }
        _ = try RecoveryCommand.stockUp(load, server.address)
        say("... \(count) purchases")
        var fill = load
        fill.address = server.address
        try server.child.watched { [fill] () throws(BenchError) in try Load.run(fill).requireClean(fill) }
    }

    private static func verified(_ rig: Rig, _ folder: URL, _ files: [DataFile]) throws(BenchError) -> Double {
        try rate(files) { () throws(BenchError) in
            let tool = try Child(
                rig.server,
                ["journal", "verify", folder.appendingPathComponent("data").path],
                log: folder.appendingPathComponent("verify.log")
            )
            try tool.waitUntilEnd()
            try tool.requireSuccess()
        }
    }

    /// - Returns: the files' bytes for each second that `body` takes.
    private static func rate(_ files: [DataFile], _ body: () throws(BenchError) -> Void) throws(BenchError) -> Double {
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        try body()
        let seconds = Double(clock.monotonicNanoseconds() - start) / 1e9
        return Double(files.reduce(0) { $0 + $1.bytes }) / max(1e-9, seconds)
    }

    private static func finding(_ rounds: [Round], cached: Double, count: Int, files: [DataFile]) -> Finding {
        func text(_ rate: Double) -> String { Figure.decimals(rate / 1e9, 2) }
        let read = rounds.map(\.read).median
        let bytes = Double(files.reduce(0) { $0 + $1.bytes })
        return Finding(
            "journal verify",
            connections: 0,
            server: "\(count) orders",
            values: rounds.map { $0.verified / 1e9 },
            unit: "GB/s",
            goal: Goals.verify(readPerSecond: read / 1e9),
            note:
                "\(text(bytes)) GB; a plain read of them \(text(read)) GB/s, verify from the page cache \(text(cached)) GB/s"
        )
    }
}

/// A file of a data folder.
private struct DataFile {
    let path: String
    let bytes: Int
}

extension VerifyCommand {
    private static func dataFiles(_ folder: URL) throws(BenchError) -> [DataFile] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let files = names.sorted()
            .compactMap { name -> DataFile? in
                let path = folder.appendingPathComponent(name).path
                let facts = try? FileManager.default.attributesOfItem(atPath: path)
                guard facts?[.type] as? FileAttributeType == .typeRegular, let bytes = facts?[.size] as? Int else {
                    return nil
                }
                return DataFile(path: path, bytes: bytes)
            }
        guard !files.isEmpty else { throw .failed("there is nothing in \(folder.path)") }
        return files
    }

    /// Everything must be on disk before: only clean pages can be dropped.
    private static func dropFromCache(_ files: [DataFile]) throws(BenchError) {
        for file in files {
            try withFile(file.path) { descriptor in
                _ = fdatasync(descriptor)
                _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
            }
        }
    }

    private static func readThrough(_ path: String) throws(BenchError) {
        try withFile(path) { descriptor in
            let buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 4_096)
            // SAFETY: the kernel writes at most the buffer's size.
            while unsafe read(descriptor, buffer, 1 << 20) > 0 {}
            unsafe buffer.deallocate()
        }
    }

    private static func withFile(_ path: String, _ body: (Int32) -> Void) throws(BenchError) {
        // SAFETY: the path is copied for the length of the call.
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { throw .cannotRun("\(path) cannot be opened") }
        body(descriptor)
        close(descriptor)
    }
}
