import Platform
import Testing

extension SystemTests {
    /// Folders that another version of the program has written, or that were made for another configuration.
    @Suite("A folder of another kind")
    struct OtherFormatTests {
        /// The files that say which format they have.
        enum Part: String, CaseIterable, CustomTestStringConvertible {
            case segment, mark, description

            var testDescription: String { rawValue }
        }

        @Test(
            "an earlier and a later format are refused with a message that says which version wrote it",
            arguments: Part.allCases,
            [0, 99] as [UInt32]
        )
        func otherFormat(part: Part, format: UInt32) throws {
            let folder = try FolderUnderTest(seed: TestRun.seed("format \(format) of the \(part)"))
            let path = try Self.rewrite(part, format, folder)
            let refusal = try folder.refusal()
            #expect(refusal.exit == .code(65))
            let age = format == 0 ? "an earlier" : "a later"
            let text = "\(path) has format \(format), written by stockkeeper 9.9: \(age) one than this build reads"
            #expect(refusal.errors.contains(text), "\(refusal)")
            try folder.restore()
            try folder.story.expectKept()
        }

        @Test("a number of partitions that is not the folder's is refused, and says both; without one it goes on")
        func otherPartitions() throws {
            let folder = try DataFolder()
            try ServerProcess(in: folder, .good("--partitions", "2")).connect().create("mug", stock: 1)
            for wrong in ["1", "3"] {
                let refusal = try ServerProcess.refusal(in: folder, .good("--partitions", wrong))
                #expect(refusal.exit == .code(78))
                #expect(refusal.errors.contains("has 2, and \(wrong) are asked for"), "\(refusal)")
            }
            for options in [ServerOptions.good(), .good("--partitions", "2"), .good("--loops", "1")] {
                #expect(try ServerProcess(in: folder, options).connect().stock(of: "mug").available == 1)
            }
        }

        /// Makes one file of the folder another version's.
        ///
        /// - Returns: its path.
        private static func rewrite(_ part: Part, _ format: UInt32, _ folder: FolderUnderTest) throws -> String {
            var file: FileBytes
            switch part {
            case .segment:
                file = try FileBytes(folder.segments()[1].path)
                file.setFormat(format, writer: "stockkeeper 9.9", size: 4_096, writerOffset: 56)
            case .mark:
                file = try FileBytes(folder.folder.data + "/journal-0000/settled")
                for slot in [0, 4_096] {
                    file.setFormat(format, writer: "stockkeeper 9.9", at: slot, size: 88, writerOffset: 56)
                }
            case .description:
                file = try FileBytes(folder.folder.data + "/FOLDER")
                let body = "stockkeeper data folder\nformat \(format)\nwriter stockkeeper 9.9\nand what it says\n"
                file.bytes = Array((body + "crc32c \(CRC32C.checksum(Array(body.utf8).span))\n").utf8)
            }
            try file.write()
            return file.path
        }
    }
}
