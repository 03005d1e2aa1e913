import Foundation
import Testing

/// A real file system of its own for one data folder, to be filled, failed and cut off; unmounted with this object.
///
/// - Isolation: any thread.
final class SmallDisk: Sendable {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case tmpfs
        /// On a file of the machine's disk, through a loop device.
        case ext4

        var testDescription: String { rawValue }
    }

    let folder: DataFolder
    private let kind: Kind
    private let mebibytes: Int

    /// Mounts a new file system where servers on a new folder keep their data.
    init(_ kind: Kind, mebibytes: Int) throws {
        folder = try DataFolder()
        (self.kind, self.mebibytes) = (kind, mebibytes)
        try FileManager.default.createDirectory(atPath: folder.data, withIntermediateDirectories: true)
        if kind == .ext4 {
            try Command.run(["truncate", "-s", "\(mebibytes)M", image], in: folder)
            try Command.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], in: folder)
        }
        try mount()
    }

    deinit {
        try? Command.run(["umount", "-l", folder.data], in: folder)
    }

    private var image: String { folder.path + "/image" }
    private var ballast: String { folder.data + "/ballast" }

    /// Why this machine does not let the tests mount anything; nil where it does.
    static let obstacle: String? = {
        do {
            for kind in Kind.allCases { _ = try SmallDisk(kind, mebibytes: 8) }
            return nil
        } catch {
            let reason = "skipped, as only root may mount a file system and make one with mkfs.ext4: \(error)"
            print("SmallDisk: \(reason)")
            return reason
        }
    }()

    /// Takes room away, so that about `bytes` are left at most.
    func fill(leaving bytes: Int) throws {
        let free = try FileManager.default.attributesOfFileSystem(forPath: folder.data)[.systemFreeSize] as? Int ?? 0
        // Where the file system keeps something for itself, it is full before that, which is as good.
        let script = #"head -c "$1" /dev/zero >"$2"; true"#
        try Command.run(["sh", "-c", script, "fill", "\(max(4_096, free - bytes))", ballast], in: folder)
    }

    /// Gives that room back.
    func makeRoom() throws { try FileManager.default.removeItem(atPath: ballast) }

    /// Mounts it again, readable only; no server may be using it.
    func remountReadOnly() throws { try Command.run(["mount", "-o", "remount,ro", folder.data], in: folder) }

    func remountWritable() throws { try Command.run(["mount", "-o", "remount,rw", folder.data], in: folder) }

    /// Makes it read-only under its users, as the kernel does with an ext4 in which it finds an error.
    func abort() throws { try Command.run(["mount", "-o", "remount,abort", folder.data], in: folder) }

    /// Cuts the file system off from its disk at once: what was not synced never gets there, and whoever writes or
    /// syncs is told EIO (`EXT4_IOC_SHUTDOWN` without flushing the log; perl, because Swift cannot call `ioctl`).
    func cutOff() throws {
        let script =
            #"my $flags = pack("L", 2); open(my $f, "<", $ARGV[0]) or die $!; ioctl($f, 0x8004587d, $flags) or die $!"#
        try Command.run(["perl", "-e", script, folder.data], in: folder)
    }

    /// Does one of these things from any thread in the middle of a load; that it cannot is an issue of the test's.
    func during(_ fault: @escaping @Sendable (SmallDisk) throws -> Void) -> @Sendable () -> Void {
        {
            do { try fault(self) } catch { Issue.record(error) }
        }
    }

    /// Mounts what is on the disk, as after a power cut; no server may be using it.
    func mountAgain() throws {
        try Command.run(["umount", folder.data], in: folder)
        try mount()
    }

    private func mount() throws {
        switch kind {
        case .tmpfs:
            let options = ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs"]
            try Command.run(["mount"] + options + [folder.data], in: folder)
        case .ext4:
            try Command.run(["mount", "-o", "loop", image, folder.data], in: folder)
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test, and says why, where nothing can be mounted.
    static var needsMounts: Self {
        .enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")")
    }
}
