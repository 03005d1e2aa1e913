import Foundation
import Platform
import Testing

@Suite("RealDisk")
struct DiskTests {
    private let disk = RealDisk()

    /// Calls `body` with a new directory, which is removed afterwards.
    private func inDirectory(_ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    private func code(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return 0
        } catch {
            return (error as? SystemError)?.code
        }
    }

    @Test("what is written is read back, at its place, and the gap before it is zeros")
    func readBack() throws {
        try inDirectory { path in
            let file = try disk.open("\(path)/a", .create)
            try file.writeFully([1, 2, 3].span, at: 5)
            try file.sync()
            #expect(try file.size() == 8)
            #expect(try file.bytes(at: 0, count: 100) == [0, 0, 0, 0, 0, 1, 2, 3])
            #expect(try file.bytes(at: 8, count: 1) == [])
            try file.truncate(to: 6)
            #expect(try disk.open("\(path)/a", .read).bytes(at: 0, count: 9) == [0, 0, 0, 0, 0, 1])
            try file.close()
            try file.close()
        }
    }

    @Test("zero filling covers the range and nothing else, and reports each slice")
    func zeroFill() throws {
        try inDirectory { path in
            let file = try disk.open("\(path)/a", .create)
            try file.writeFully([UInt8](repeating: 9, count: 20).span, at: 0)
            var slices = 0
            try file.zeroFill(3..<13, sliceBytes: 4) { () throws(SystemError) in slices += 1 }
            #expect(slices == 3)
            let nines = [UInt8](repeating: 9, count: 7)
            #expect(try file.bytes(at: 0, count: 20) == [9, 9, 9] + [UInt8](repeating: 0, count: 10) + nines)
            try file.zeroFill(20..<20)
            #expect(try file.size() == 20)
        }
    }

    @Test("names can be made, listed, changed and taken away; their directory can be synced")
    func names() throws {
        try inDirectory { path in
            try disk.createDirectory("\(path)/d")
            try disk.createDirectory("\(path)/d")
            try disk.open("\(path)/d/a", .create).close()
            try disk.rename("\(path)/d/a", to: "\(path)/d/b")
            try disk.syncDirectory("\(path)/d")
            #expect(try disk.list("\(path)/d") == ["b"])
            try disk.unlink("\(path)/d/b")
            #expect(try disk.list("\(path)/d") == [])
            #expect(try disk.freeBytes(path) > 0)
        }
    }

    @Test("errors name the call, the reason and the file")
    func errors() throws {
        try inDirectory { path in
            try disk.open("\(path)/a", .create).close()
            #expect(code { _ = try disk.open("\(path)/a", .create) } == EEXIST)
            #expect(code { _ = try disk.open("\(path)/b", .read) } == ENOENT)
            #expect(code { _ = try disk.list("\(path)/b") } == ENOENT)
            #expect(code { try disk.unlink("\(path)/b") } == ENOENT)
            #expect(code { try disk.rename("\(path)/b", to: "\(path)/c") } == ENOENT)
            #expect(code { try disk.createDirectory("\(path)/b/c") } == ENOENT)
            #expect(code { try disk.syncDirectory("\(path)/b") } == ENOENT)
            let readOnly = try disk.open("\(path)/a", .read)
            #expect(code { _ = try readOnly.write([1].span, at: 0) } == EBADF)
        }
    }

    @Test("a lock refuses the second, names the holder, and goes with the file")
    func lock() throws {
        try inDirectory { path in
            let held = try disk.openLocked("\(path)/LOCK", holder: "process 42")
            let error = #expect(throws: SystemError.self) {
                _ = try disk.openLocked("\(path)/LOCK", holder: "process 43")
            }
            #expect(error?.isLocked == true)
            #expect(error?.subject == "\(path)/LOCK, held by process 42")
            try held.close()
            try disk.openLocked("\(path)/LOCK", holder: "process 43").close()
        }
    }
}
