import Foundation
import Testing

extension SystemTests {
    @Suite("Start")
    struct StartTests {
        @Test("a second server on the same folder is refused, and the first goes on")
        func folderInUse() throws {
            let folder = try DataFolder()
            let client = try ServerProcess(in: folder).connected()
            let refusal = try ServerProcess.refusal(in: folder, ServerOptions())
            #expect(refusal.exit == .code(75))
            #expect(refusal.errors.contains(folder.data), "\(refusal)")
            try client.connection.create("mug", stock: 1)
        }

        @Test(
            "a wrong option is refused, and named",
            arguments: [
                ["--lops", "2"], ["--loops", "many"], ["--loops", "-1"], ["--listen", "nowhere"], ["extra"],
            ]
        )
        func wrongOption(arguments: [String]) throws {
            let refusal = try ServerProcess.refusal(in: DataFolder(), ServerOptions(arguments: arguments))
            #expect(refusal.exit == .code(64))
            #expect(refusal.errors.contains(arguments[0]), "\(refusal)")
        }

        @Test(
            "a wrong configuration is refused, and says where",
            arguments: [
                (#"{"lops": 2}"#, "lops"), (#"{"loops": "two"}"#, "loops"), (#"{"loops": 2"#, "config.json"),
                (#"{"journal": {"segment_bytes": 1}}"#, "segment_bytes"),
            ]
        )
        func wrongConfiguration(text: String, named: String) throws {
            let folder = try DataFolder()
            let path = folder.path + "/config.json"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let refusal = try ServerProcess.refusal(in: folder, .good("--config", path))
            #expect(refusal.exit == .code(78))
            #expect(refusal.errors.contains(named), "\(refusal)")
            let missing = try ServerProcess.refusal(in: folder, .good("--config", path + ".none"))
            #expect(missing.exit != .code(0))
            #expect(missing.errors.contains(path + ".none"))
        }

        @Test("a torn tail is cut and reported; everything acknowledged is there")
        func tornTail() throws {
            let (folder, orders) = try Self.folderWithOrders(20)
            let segment = try SegmentFile.last(in: folder)
            try segment.overwrite(at: segment.end, [UInt8](repeating: 0xA5, count: 100))
            let server = try ServerProcess(in: folder, Self.onePartition)
            #expect(server.output.contains("torn"), "\(server.output)")
            let client = try server.connect()
            for order in orders { #expect(try client.call(.get(order)).status == 200) }
            #expect(try client.call(.purchase("mug", buyer: "zoe")).status == 201)
            #expect(try client.stock(of: "mug").sold == 21)
        }

        @Test("a record that is half there is a torn tail too")
        func halfRecord() throws {
            let (folder, orders) = try Self.folderWithOrders(20)
            let segment = try SegmentFile.last(in: folder)
            let whole = try FileHandle(forReadingFrom: URL(fileURLWithPath: segment.path))
            let last = try #require(segment.records.last)
            try whole.seek(toOffset: UInt64(last))
            let record = [UInt8](try whole.read(upToCount: segment.end - last) ?? Data())
            try segment.overwrite(at: segment.end, Array(record.dropLast(record.count / 2)))
            let server = try ServerProcess(in: folder, Self.onePartition)
            #expect(server.output.contains("torn"), "\(server.output)")
            let client = try server.connect()
            for order in orders { #expect(try client.call(.get(order)).status == 200) }
        }

        @Test("damage in the middle is refused with file and place, and nothing is changed")
        func flippedBit() throws {
            let (folder, _) = try Self.folderWithOrders(20)
            let segment = try SegmentFile.last(in: folder)
            let damaged = segment.records[segment.records.count / 3]
            try segment.flipBit(at: damaged + 20)
            let before = try Data(contentsOf: URL(fileURLWithPath: segment.path))
            let refusal = try ServerProcess.refusal(in: folder, Self.onePartition)
            #expect(refusal.exit == .code(65))
            #expect(refusal.errors.contains(segment.name), "\(refusal)")
            #expect(refusal.errors.contains("\(damaged)"), "\(refusal)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: segment.path)) == before)
            try segment.flipBit(at: damaged + 20)
            _ = try ServerProcess(in: folder, Self.onePartition)
        }

        @Test("the start says what was recovered and how long it took")
        func report() throws {
            let (folder, _) = try Self.folderWithOrders(20)
            let output = try ServerProcess(in: folder, Self.onePartition).output
            #expect(output.lowercased().contains("recover"), "\(output)")
            #expect(output.firstMatch(of: /\d+(\.\d+)? ?(ms|s|µs|us)\b/) != nil, "\(output)")
        }

        @Test("small segments fill, follow each other and are all read again")
        func manySegments() throws {
            let folder = try DataFolder()
            let options = ServerOptions(
                arguments: ["--partitions", "1"],
                environment: ServerOptions.tinySegments
            )
            let client = try ServerProcess(in: folder, options).connected()
            try client.connection.create("mug", stock: 10_000)
            let requests = (0..<3_000).map { TestRequest.purchase("mug", buyer: "b\($0)", key: "k\($0)") }
            let answers = try client.connection.pipeline(requests)
            #expect(folder.files(".segment").count > 3)
            try client.server.kill()
            let again = try ServerProcess(in: folder, options).connect()
            let replays = try again.pipeline(requests)
            #expect(zip(answers, replays).allSatisfy { $0.status == 201 && $1.isReplay && $0.body == $1.body })
        }

        private static let onePartition = ServerOptions.good("--partitions", "1")

        /// A folder of one partition, whose server was killed after this many purchases, one after the other.
        private static func folderWithOrders(_ count: Int) throws -> (DataFolder, [String]) {
            let folder = try DataFolder()
            let client = try ServerProcess(in: folder, onePartition).connected()
            try client.connection.create("mug", stock: 1_000)
            let orders = try (0..<count)
                .map { number in
                    try #require(try client.connection.call(.purchase("mug", buyer: "b\(number)"))["Location"])
                }
            try client.server.kill()
            return (folder, orders)
        }
    }
}
