import Foundation
import Synchronization

/// Cleans up behind the tests however they end, a crash of theirs included: a shell at the other end of a pipe, which
/// is told of each process and, once the pipe closes, kills what is left, unmounts what is mounted in the folder of this
/// run and removes it.
final class Reaper: Sendable {
    static let shared = Reaper()

    /// The folder that holds all data folders of this run.
    let root: String

    private let pipe: Int32
    private let order = Mutex<Void>(())

    private static let script = """
        trap '' INT TERM HUP
        alive=' '
        while read -r what process; do
            case "$what" in
            watch) alive="$alive$process " ;;
            forget) alive="${alive%% $process *} ${alive#* $process }" ;;
            esac
        done
        for process in $alive; do kill -9 "$process"; done
        while read -r _ place _; do
            case "$place" in "$1"/*) umount -l "$place" ;; esac
        done </proc/mounts
        rm -rf "$1"
        """

    private init() {
        root = NSTemporaryDirectory() + "/stockkeeper-system-tests-\(getpid())"
        guard let ends = try? PipeEnds() else { preconditionFailure("a test process that can open no pipe") }
        pipe = ends.writing
        _ = try? Spawn("/bin/sh", ["-c", Self.script, "reaper", root], input: ends.reading).run()
        close(ends.reading)
    }

    func watch(_ process: pid_t) { tell("watch \(process)\n") }

    func forget(_ process: pid_t) { tell("forget \(process)\n") }

    private func tell(_ line: String) {
        let bytes = Array(line.utf8)
        order.withLock { _ in
            // SAFETY: the array's own bytes; so short a write to a pipe is never split.
            _ = unsafe write(pipe, bytes, bytes.count)
        }
    }
}
