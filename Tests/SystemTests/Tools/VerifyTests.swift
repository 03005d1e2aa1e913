import Foundation
import Testing

extension SystemTests {
    @Suite("journal verify")
    struct VerifyTests {
        @Test("a sound folder is found sound, with what is in it, and nothing is changed")
        func sound() throws {
            let shop = try Shop(orders: 1_200)
            let before = try shop.segments.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
            for replays in [false, true] {
                let run = try replays ? ToolRun("verify", "--replay", shop.path) : ToolRun("verify", shop.path)
                #expect(run.exit == .code(0), "\(run)")
                #expect(run.output.contains("1,201 records"), "\(run)")
                #expect(run.output.contains("which all balance") == replays, "\(run)")
                #expect(run.errors.isEmpty, "\(run)")
            }
            #expect(shop.segments.count > 2)
            #expect(try shop.segments.map { try Data(contentsOf: URL(fileURLWithPath: $0)) } == before)
        }

        @Test("what a crash tore off is told from damage, and harmless")
        func torn() throws {
            let shop = try Shop(orders: 20)
            let segment = try SegmentFile.last(in: shop.folder)
            try segment.overwrite(at: segment.end, [UInt8](repeating: 0xA5, count: 96))
            let run = try ToolRun("verify", shop.path)
            #expect(run.exit == .code(3), "\(run)")
            #expect(run.output.contains("96 bytes"), "\(run)")
            let server = try ServerProcess(in: shop.folder, Shop.options)
            #expect(try server.connect().stock(of: "mug").sold == 20)
        }

        @Test("a flipped bit anywhere is found, with its file, where a start would refuse it")
        func flips() throws {
            let shop = try Shop(orders: 1_000)
            var random = SplitMix64(seed: TestRun.seed("journal verify with flipped bits"))
            let segments = try shop.segments.map { try SegmentFile($0) }.filter { !$0.records.isEmpty }
            #expect(segments.count > 1)
            for segment in segments {
                let offsets = [0, 8, 12, 20, 33, 44, 60, 4_095, 4_096, segment.end - 1]
                let sample = offsets + (0..<10).map { _ in Int.random(in: 4_096..<segment.end, using: &random) }
                for offset in sample {
                    try segment.flipBit(at: offset)
                    let run = try ToolRun("verify", shop.path)
                    #expect(run.exit == .code(65), "\(segment.name) \(offset): \(run)")
                    #expect(run.output.contains(segment.name), "\(offset): \(run)")
                    try segment.flipBit(at: offset)
                }
            }
            #expect(try ToolRun("verify", shop.path).exit == .code(0))
        }

        @Test("the offset that is named is that of the damaged record")
        func offset() throws {
            let shop = try Shop(orders: 100)
            let segment = try SegmentFile.last(in: shop.folder)
            let record = segment.records[40]
            try segment.flipBit(at: record + 30)
            let run = try ToolRun("verify", shop.path)
            #expect(run.output.contains("\(segment.path) is damaged at byte \(record): "), "\(run)")
            #expect(run.output.contains("What to do"), "\(run)")
            let inspection = try ToolRun("inspect", shop.path)
            #expect(inspection.exit == .code(65))
            #expect(inspection.errors.contains("is damaged at byte \(record): "), "\(inspection.errors)")
            #expect(inspection.output.split(separator: "\n").count == 40)
        }

        @Test("a missing segment is damage, whichever it is")
        func missing() throws {
            let shop = try Shop(orders: 1_500)
            let written = shop.segments.dropLast()
            #expect(written.count > 2)
            for path in written {
                try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
                let run = try ToolRun("verify", shop.path)
                #expect(run.exit == .code(65), "\(path): \(run)")
                try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            }
        }

        @Test("a folder that is being sold from is sound at any moment, and selling goes on")
        func live() throws {
            let story = try CrashStory(seed: TestRun.seed("journal verify while selling"), skus: 20, stock: 1_000_000)
            let server = try story.start()
            let load = Load(requestsPerConnection: 150) { number in
                Purchase(sku: "sku-\(number % 20)", buyer: "b\(number % 50)", quantity: 1, key: "k\(number)")
            }
            let port = server.port
            let path = story.folder.data
            let sides = try inParallel(2) { side -> [Attempt] in
                if side == 0 { return try load.run(port: port) }
                for _ in 0..<8 {
                    let run = try ToolRun("verify", path)
                    #expect(run.exit == .code(0), "\(run)")
                }
                return []
            }
            #expect(sides[0].count == load.count)
            #expect(sides[0].allSatisfy { $0.outcome.sale != nil })
        }
    }
}
